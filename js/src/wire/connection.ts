// The connection to the kernel: kernel messages in, client messages out, over two models of the widget manager.

import type { ClientMessage, KernelMessage } from "./protocol";
import { uniqueId } from "./unique_id";

/** How long, in milliseconds, the page shows the user's choice while the kernel still reports something else. */
export const PATIENCE = 2000;

type Listener = (...args: never[]) => void;

/** A comm to the kernel. On hosts that set it, `comm_live` tells whether a kernel is at the other end. */
export interface Target {
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
  on?(event: string, callback: Listener): void;
  off?(event: string, callback: Listener): void;
  comm_live?: boolean;
}

/** The part of anywidget's model that this front end uses. */
export interface Model extends Target {
  get(name: string): unknown;
  on(event: string, callback: Listener): void;
  off(event: string, callback: Listener): void;
  set?(name: string, value: unknown): void;
  save_changes?(): void;
  widget_manager?: { get_model(id: string): Promise<Target> };
}

export type Outgoing = ClientMessage extends infer M
  ? M extends ClientMessage
    ? Omit<M, "client">
    : never
  : never;

/** The channel to the kernel. Everything that sends holds this one object. */
export interface Wire {
  /** The page's random id, new for every rendering. It distinguishes two views of one widget. */
  readonly client: string;
  /** Whether this is a replay, which handles messages that hide labels but has no kernel. */
  readonly plays?: boolean;
  send(message: Outgoing, buffers?: ArrayBuffer[]): void;
}

/** The wire of a replay, which has no kernel. */
export const NO_WIRE: Wire = { client: "", send: () => {} };

export interface ConnectionEvents {
  message(message: KernelMessage, buffers: DataView[]): void;
  /** Called with whether a kernel is connected, once that is known and whenever it changes. */
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

  // Input has a separate model. The kernel's main loop never sends on that comm, so a separate thread can receive on it
  // while a cell runs. marimo hides other models; there, input goes over the widget's own.
  async #connect(): Promise<void> {
    let target: Target = this.#model;
    const id = /^IPY_MODEL_(.+)$/.exec(String(this.#model.get("_input")))?.[1];
    if (id !== undefined && this.#model.widget_manager !== undefined) {
      try {
        target = await this.#model.widget_manager.get_model(id);
      } catch {
        // The host does not know that model. The widget's own works too, but is served only between cells.
      }
    }
    this.#target = target;
    for (const [message, buffers] of this.#waiting.splice(0)) this.#deliver(message, buffers, target);
    if (this.#destroyed) return;
    if (target !== this.#model) target.on?.("msg:custom", this.#onMessage); // sent by the input thread
    target.on?.("comm_live_update", this.#onLive);
    this.#onLive();
  }

  /** Drops everything still to be sent: the kernel has closed the view. */
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
    if (target.comm_live === false) return; // a notebook without a kernel
    try {
      if (buffers.length === 0) target.send(message);
      else target.send(message, undefined, buffers);
    } catch {
      this.#tell(false); // the comm was closed together with its kernel
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
