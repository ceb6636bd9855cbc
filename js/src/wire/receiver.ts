// Hands each kernel message to what handles its kind.

import type { KernelMessage } from "./protocol";

/** What handles the messages of each kind, as far as they are for this page. */
export type Handlers = {
  [M in KernelMessage as M["kind"]]: (message: M, buffers: DataView[]) => void;
};

export class Receiver {
  #client: string;
  #handlers: Handlers;
  #alive: () => void;

  /** `alive` is called after every message of the loop that sends pictures, also after one for another page. */
  constructor(client: string, handlers: Handlers, alive: () => void) {
    this.#client = client;
    this.#handlers = handlers;
    this.#alive = alive;
  }

  receive(message: KernelMessage, buffers: DataView[]): void {
    const handle = this.#handlers[message.kind] as (message: KernelMessage, buffers: DataView[]) => void;
    if (!("client" in message) || message.client === this.#client) handle(message, buffers);
    if (message.kind !== "busy") this.#alive(); // the thread that hears pages says that it is busy
  }
}
