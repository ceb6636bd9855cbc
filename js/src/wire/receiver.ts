// Dispatches kernel messages by their kind.

import type { KernelMessage } from "./protocol";

/** One handler for each kind of kernel message. */
export type Handlers = {
  [M in KernelMessage as M["kind"]]: (message: M, buffers: DataView[]) => void;
};

export class Receiver {
  #client: string;
  #handlers: Handlers;
  #alive: () => void;

  /** Handles messages for `client`. `alive` is called after every message from the kernel's main loop, for any page. */
  constructor(client: string, handlers: Handlers, alive: () => void) {
    this.#client = client;
    this.#handlers = handlers;
    this.#alive = alive;
  }

  receive(message: KernelMessage, buffers: DataView[]): void {
    const handle = this.#handlers[message.kind] as (message: KernelMessage, buffers: DataView[]) => void;
    if (!("client" in message) || message.client === this.#client) handle(message, buffers);
    if (message.kind !== "busy") this.#alive(); // `busy` comes from the input thread
  }
}
