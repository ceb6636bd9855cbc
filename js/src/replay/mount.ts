// What an exported page loads: plays replays in elements of that page. It fetches nothing.

import { Player } from "./player";
import { read, reason } from "./reader";

export interface Mounted {
  destroy(): void;
  seek(step: number): void;
  play(): void;
  pause(): void;
}

/** Puts a player of `replay`, a document or its text, into `element`, which hears `vultorch:step` events with the step
 *  that is shown. Throws `ReplayError` for what is no replay. */
export function mount(element: HTMLElement, replay: unknown): Mounted {
  const player = new Player(read(replay), (step) =>
    element.dispatchEvent(new CustomEvent("vultorch:step", { detail: { step }, bubbles: true })),
  );
  element.append(player.element);
  return player;
}

declare global {
  var vultorchReplay: { mount: typeof mount; reason: typeof reason };
}

globalThis.vultorchReplay = { mount, reason };
