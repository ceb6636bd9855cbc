// Fakes of a browser and a host: observers that a test triggers, a model that records what is sent, and messages.

import type { Model } from "../src/wire/connection";
import {
  type CanvasSpec,
  type ClientMessage,
  type KernelMessage,
  type Leaf,
  type PanelSpec,
  PROTOCOL_VERSION,
  type Scene,
  type Slider,
  type Split,
  type Status,
  type Update,
} from "../src/wire/protocol";

/** Replaces ResizeObserver and IntersectionObserver. `all` has every instance. */
export class FakeObserver {
  static all: FakeObserver[] = [];
  connected = true;
  targets: Element[] = [];

  constructor(readonly callback: (entries: unknown[]) => void) {
    FakeObserver.all.push(this);
  }

  observe(target: Element): void {
    this.targets.push(target);
  }

  disconnect(): void {
    this.connected = false;
  }

  static of(target: Element): FakeObserver {
    const found = FakeObserver.all.find((observer) => observer.targets.includes(target));
    if (found === undefined) throw new Error("it is not observed");
    return found;
  }
}

export class FakeModel implements Model {
  sent: ClientMessage[] = [];
  listeners = new Map<string, Set<(...args: never[]) => void>>();
  input = {
    comm_live: true,
    send: (content: unknown) => void this.sent.push(content as ClientMessage),
    on: (event: string, callback: (...args: never[]) => void) => this.on(event, callback),
    off: (event: string, callback: (...args: never[]) => void) => this.off(event, callback),
  };
  widget_manager = { get_model: async () => this.input };
  poster = "";
  replay = "";
  over = false;
  chosen = "";
  saves = 0;

  set(name: string, value: unknown): void {
    if (name === "_chosen") this.chosen = value as string;
  }

  save_changes(): void {
    this.saves++;
  }

  get(name: string): unknown {
    if (name === "_chosen") return this.chosen;
    if (name === "_over") return this.over;
    if (name === "_replay") return this.replay;
    return name === "_poster" ? this.poster : "IPY_MODEL_input";
  }

  send(): void {
    throw new Error("messages go over the input model");
  }

  on(event: string, callback: (...args: never[]) => void): void {
    this.listeners.set(event, (this.listeners.get(event) ?? new Set()).add(callback));
  }

  off(event: string, callback: (...args: never[]) => void): void {
    this.listeners.get(event)?.delete(callback);
  }

  post(message: KernelMessage, buffers: DataView[] = []): void {
    this.emit("msg:custom", message, buffers);
  }

  emit(event: string, ...args: unknown[]): void {
    for (const callback of this.listeners.get(event) ?? [])
      (callback as (...args: unknown[]) => void)(...args);
  }

  get listening(): number {
    return [...this.listeners.values()].reduce((sum, callbacks) => sum + callbacks.size, 0);
  }

  of<K extends ClientMessage["kind"]>(kind: K): Extract<ClientMessage, { kind: K }>[] {
    return this.sent.filter(
      (message): message is Extract<ClientMessage, { kind: K }> => message.kind === kind,
    );
  }
}

export const canvas = (panel: string, overrides: Partial<CanvasSpec> = {}): CanvasSpec => ({
  id: `${panel}/image`,
  name: "image",
  filter: "linear",
  fit: "contain",
  width: 256,
  height: 256,
  detail: "float32 · cpu",
  pointer: "off",
  link: "auto",
  legends: [],
  error: "",
  ...overrides,
});

export const panel = (name: string, overrides: Partial<PanelSpec> = {}): PanelSpec => ({
  id: name,
  name,
  canvases: [canvas(name)],
  controls: [],
  ...overrides,
});

export const row = (...names: string[]): Split => ({
  kind: "split",
  direction: "row",
  weights: names.map(() => 1 / names.length),
  children: names.map((name): Leaf => ({ kind: "leaf", panel: name })),
});

export const scene = (...panels: PanelSpec[]): Scene => ({
  kind: "scene",
  protocol: PROTOCOL_VERSION,
  title: "Fit an image",
  width: 1280,
  height: 720,
  layout: row(...panels.map(({ id }) => id)),
  panels,
  notices: [],
  compared: [],
});

export const update = (news: Partial<Update>): Update => ({
  kind: "update",
  seq: 0,
  made: 0,
  pictures: [],
  controls: [],
  annotations: [],
  series: [],
  status: null,
  key_frames: null,
  moves: null,
  rulers: [],
  ...news,
});

export const status = (news: Partial<Status> = {}): Status => ({
  state: "running",
  iteration: 1200,
  frame: 200,
  seconds: 10,
  steps_per_second: 120.4,
  ticks_per_second: 20,
  shown_per_second: 19.7,
  latency_ms: 8.6,
  tick_rate: 0,
  can_reset: false,
  backend: "torch · cpu",
  backend_detail: "no Vulkan loader",
  failure: null,
  recordings: [],
  began: 0,
  ...news,
});

/** A slider from 0 to 1 that no user has moved. */
export const slider = (overrides: Partial<Slider> = {}): Slider => ({
  kind: "slider",
  id: "slider:lr",
  label: "lr",
  min: 0,
  max: 1,
  log: false,
  step: 0,
  initial: 0.5,
  value: 0.5,
  origin: "",
  revision: 0,
  ...overrides,
});
