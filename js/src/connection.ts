// The wire as the page sees it: kernel messages in, client messages out, over two models of the widget manager.

import type { ClientMessage, KernelMessage } from "./protocol";

/** What anywidget hands to a front end, as far as this one uses it. */
export interface Model {
  get(name: string): unknown;
  send(content: unknown): void;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
  widget_manager?: { get_model(id: string): Promise<{ send(content: unknown): void }> };
}

type Outgoing = ClientMessage extends infer M ? (M extends ClientMessage ? Omit<M, "client"> : never) : never;
type Handler = (message: KernelMessage, buffers: DataView[]) => void;

export class Connection {
  /** New with every rendering, so that the kernel can tell two views of one widget apart. */
  readonly client = crypto.randomUUID();
  #model: Model;
  #handler: Handler;
  #target: { send(content: unknown): void } | null = null;
  #waiting: ClientMessage[] = [];
  #listener = (content: KernelMessage, buffers: DataView[]) => this.#handler(content, buffers);

  constructor(model: Model, handler: Handler) {
    this.#model = model;
    this.#handler = handler;
    model.on("msg:custom", this.#listener);
    void this.#connect();
  }

  // Input goes over a model of its own: a comm on which the kernel's main loop never sends is heard on a thread of its
  // own, also while a cell runs. A host that hides other models (marimo) has it go over the one it knows.
  async #connect(): Promise<void> {
    let target: { send(content: unknown): void } = this.#model;
    const id = /^IPY_MODEL_(.+)$/.exec(String(this.#model.get("_input")))?.[1];
    if (id !== undefined && this.#model.widget_manager !== undefined) {
      try {
        target = await this.#model.widget_manager.get_model(id);
      } catch {
        // The host does not know it: the model at hand does as well, only later while a cell runs.
      }
    }
    this.#target = target;
    for (const message of this.#waiting.splice(0)) target.send(message);
  }

  send(message: Outgoing): void {
    const whole = { ...message, client: this.client } as ClientMessage;
    if (this.#target === null) this.#waiting.push(whole);
    else this.#target.send(whole);
  }

  destroy(): void {
    this.send({ kind: "gone" });
    this.#model.off("msg:custom", this.#listener);
  }
}
