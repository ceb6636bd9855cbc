// The entry point for exported pages. It fetches nothing.

import { Kept } from "../wire/kept";
import { Player } from "./player";
import { read, reason } from "./reader";

export interface Mounted {
  destroy(): void;
  seek(step: number): void;
  play(): void;
  pause(): void;
}

/** Adds a player of `replay`, a document or its text, to `element`, and fires `vultorch:step` events with the shown
 *  step there. `chosen` holds the user's choices from the notebook. Throws `ReplayError` if `replay` is not valid. */
export function mount(element: HTMLElement, replay: unknown, chosen: unknown = ""): Mounted {
  const stepped = (step: number) =>
    element.dispatchEvent(new CustomEvent("vultorch:step", { detail: { step }, bubbles: true }));
  const player = new Player(read(replay), stepped, new Kept({ get: () => chosen }));
  element.append(player.element);
  return player;
}

declare global {
  var vultorchReplay: { mount: typeof mount; reason: typeof reason };
}

globalThis.vultorchReplay = { mount, reason };
