// The wire as the page sees it: kernel messages in, client messages out, over two models of the widget manager.

import type { ClientMessage, KernelMessage } from "./protocol";
import { uniqueId } from "./unique_id";

/** Milliseconds for which the page shows what a hand has asked for, although the kernel still says otherwise. */
export const PATIENCE = 2000;

type Listener = (...args: never[]) => void;

/** What takes messages to the kernel. Hosts that can tell whether a kernel listens do so by `comm_live`. */
export interface Target {
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on?(event: string, callback: Listener): void;
  off?(event: string, callback: Listener): void;
  comm_live?: boolean;
}

/** What anywidget hands to a front end, as far as this one uses it. */
export interface Model extends Target {
  get(name: string): unknown;
  on(event: string, callback: Listener): void;
  off(event: string, callback: Listener): void;
  widget_manager?: { get_model(id: string): Promise<Target> };
}

export type Outgoing = ClientMessage extends infer M
  ? M extends ClientMessage
    ? Omit<M, "client">
    : never
  : never;

/** The way to the kernel, handed to whatever sends on it. */
export interface Wire {
  /** The page's own name, new with every rendering, so that the kernel can tell two views of one widget apart. */
  readonly client: string;
  send(message: Outgoing, buffers?: ArrayBuffer[]): void;
}

/** The wire of a replay: there is no kernel. */
export const NO_WIRE: Wire = { client: "", send: () => {} };

export interface ConnectionEvents {
  message(message: KernelMessage, buffers: DataView[]): void;
  /** Whether a kernel listens, as soon as that is known and whenever it changes. */
  live(live: boolean): void;
}

export class Connection implements Wire {
  readonly client = uniqueId();
  #model: Model;
  #events: ConnectionEvents;
  #target: Target | null = null;
  #waiting: [ClientMessage, ArrayBuffer[]][] = [];
  #live: boolean | null = null;
  #over = false;
  #destroyed = false;
  #onMessage = (content: KernelMessage, buffers?: DataView[]) => this.#events.message(content, buffers ?? []);
  #onLive = () => this.#tell(this.#target?.comm_live !== false);

  constructor(model: Model, events: ConnectionEvents) {
    this.#model = model;
    this.#events = events;
    model.on("msg:custom", this.#onMessage);
    void this.#connect();
  }

  // Input goes over a model of its own: a comm on which the kernel's main loop never sends is heard on a thread of its
  // own, also while a cell runs. A host that hides other models (marimo) has it go over the one it knows.
  async #connect(): Promise<void> {
    let target: Target = this.#model;
    const id = /^IPY_MODEL_(.+)$/.exec(String(this.#model.get("_input")))?.[1];
    if (id !== undefined && this.#model.widget_manager !== undefined) {
      try {
        target = await this.#model.widget_manager.get_model(id);
      } catch {
        // The host does not know it: the model at hand does as well, only later while a cell runs.
      }
    }
    this.#target = target;
    for (const [message, buffers] of this.#waiting.splice(0)) this.#deliver(message, buffers, target);
    if (this.#destroyed) return;
    if (target !== this.#model) target.on?.("msg:custom", this.#onMessage); // from the thread that hears pages
    target.on?.("comm_live_update", this.#onLive);
    this.#onLive();
  }

  /** Nobody listens any more. */
  end(): void {
    this.#over = true;
    this.#waiting = [];
  }

  send(message: Outgoing, buffers: ArrayBuffer[] = []): void {
    if (this.#over) return;
    const whole = { ...message, client: this.client } as ClientMessage;
    if (this.#target === null) this.#waiting.push([whole, buffers]);
    else this.#deliver(whole, buffers, this.#target);
  }

  #deliver(message: ClientMessage, buffers: ArrayBuffer[], target: Target): void {
    if (target.comm_live === false) return; // a notebook without its kernel: there is nobody to tell
    try {
      if (buffers.length === 0) target.send(message);
      else target.send(message, undefined, buffers);
    } catch {
      this.#tell(false); // the comm was closed with its kernel
    }
  }

  #tell(live: boolean): void {
    if (live === this.#live || this.#destroyed) return;
    this.#live = live;
    this.#events.live(live);
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.send({ kind: "gone" });
    this.#destroyed = true;
    this.#model.off("msg:custom", this.#onMessage);
    this.#target?.off?.("comm_live_update", this.#onLive);
    this.#target?.off?.("msg:custom", this.#onMessage);
  }
}
