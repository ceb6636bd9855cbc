// What an exported page loads: plays replays in elements of that page. It fetches nothing.

import type { ReplayDocument } from "./replay/document";
import { Player } from "./replay/player";

export interface Mounted {
  destroy(): void;
  seek(step: number): void;
  play(): void;
  pause(): void;
}

/** Puts a player of `replay` into `element`, which hears `vultorch:step` events with the step that is shown. */
export function mount(element: HTMLElement, replay: ReplayDocument): Mounted {
  const player = new Player(replay, (step) =>
    element.dispatchEvent(new CustomEvent("vultorch:step", { detail: { step }, bubbles: true })),
  );
  element.append(player.element);
  return player;
}

declare global {
  var vultorchReplay: { mount: typeof mount };
}

globalThis.vultorchReplay = { mount };
