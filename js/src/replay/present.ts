// The current state of a view as data, collected from the kernel's messages, whether or not a rendering shows it.

import { Rulers } from "../chart/rulers";
import { Series } from "../chart/series";
import type { Model } from "../wire/connection";
import type {
  Control,
  KernelMessage,
  Marks,
  PanelSpec,
  Picture,
  Scene,
  Status,
  StepMark,
  Update,
} from "../wire/protocol";

import type { ReplayGhost } from "./document";
import { recordedGhosts } from "./ghosts";

/** A picture file. `fresh` is whether it arrived after the last replay. */
export interface File extends Omit<Picture, "buffer" | "canvas" | "crop"> {
  readonly bytes: DataView;
  readonly fresh: boolean;
}

export class Present {
  readonly series = new Map<string, Series>();
  /** By canvas. */
  readonly files = new Map<string, File>();
  /** What is drawn over each canvas. */
  readonly annotations = new Map<string, readonly Marks[]>();
  /** Whether that has changed since the last replay. */
  annotated = false;
  /** Whether the run has started over since the last replay. */
  restarted = false;
  status: Status | null = null;
  /** What happened at steps of the run, or null if the kernel has said nothing yet. */
  marks: readonly StepMark[] | null = null;
  /** Branches and other runs, or null if the kernel has said nothing yet. */
  ghosts: ReplayGhost[] | null = null;
  readonly rulers = new Rulers();
  #scene: Scene | null = null;
  #controls = new Map<string, Map<string, Control>>(); // by panel and id, in order
  #logged = false; // whether steps count logged values, not frames
  #model: Model;
  #hear = (message: KernelMessage, buffers?: DataView[]) => {
    if (message.kind === "scene") this.#takeScene(message);
    else if (message.kind === "update") this.#takeUpdate(message, buffers ?? []);
    else if (message.kind === "timeline") this.marks = message.marks;
    else if (message.kind === "ghosts") this.ghosts = recordedGhosts(message, buffers ?? []);
  };
  #onReplay = () => {
    this.restarted = this.annotated = false;
    for (const [canvas, file] of this.files) this.files.set(canvas, { ...file, fresh: false });
  };

  constructor(model: Model) {
    this.#model = model;
    model.on("msg:custom", this.#hear);
    model.on("change:_replay", this.#onReplay);
  }

  /** The scene with its current controls, or null before the first scene. */
  get scene(): Scene | null {
    const scene = this.#scene;
    if (scene === null) return null;
    const panels = scene.panels.map((panel): PanelSpec => {
      return { ...panel, controls: [...(this.#controls.get(panel.id)?.values() ?? [])] };
    });
    return { ...scene, panels };
  }

  /** The step of a replay: the logged step if anything was logged, otherwise the frame. */
  get step(): number {
    if (!this.#logged) return this.status?.frame ?? 0;
    const last = [...this.series.values()].map(({ steps }) => steps.at(-1) ?? 0);
    return Math.max(this.status?.iteration ?? 0, ...last);
  }

  #takeScene(scene: Scene): void {
    this.#scene = scene;
    this.#controls.clear();
    for (const { id, controls } of scene.panels)
      this.#controls.set(id, new Map(controls.map((control) => [control.id, control])));
    const canvases = new Set(scene.panels.flatMap((panel) => panel.canvases.map(({ id }) => id)));
    for (const canvas of this.files.keys()) if (!canvases.has(canvas)) this.files.delete(canvas);
  }

  #takeUpdate(update: Update, buffers: readonly DataView[]): void {
    const before = this.step;
    for (const { panel, changed, order } of update.controls) {
      const controls = this.#controls.get(panel) ?? new Map<string, Control>();
      for (const control of changed) controls.set(control.id, control);
      const ordered = (order ?? [...controls.keys()]).flatMap((id) => controls.get(id) ?? []);
      this.#controls.set(panel, new Map(ordered.map((control) => [control.id, control])));
    }
    for (const patch of update.series) {
      const buffer = buffers[patch.buffer];
      if (buffer === undefined) continue;
      const series = this.series.get(patch.name) ?? new Series(patch.name);
      series.apply(patch, buffer);
      if (series.empty) this.series.delete(patch.name);
      else this.series.set(patch.name, series);
    }
    this.rulers.take(update.rulers ?? [], buffers);
    for (const { canvas, buffer, crop, ...picture } of update.pictures) {
      const bytes = buffers[buffer];
      // A replay has whole pictures. A part that someone zoomed into is not one of them.
      if (bytes !== undefined && crop == null) this.files.set(canvas, { ...picture, bytes, fresh: true });
    }
    for (const { canvas, pictures } of update.annotations) {
      this.annotations.set(canvas, pictures);
      this.annotated = true;
    }
    if (update.status !== null) this.status = update.status;
    this.#logged ||= (this.status?.iteration ?? 0) > 0;
    this.restarted ||= this.step < before;
  }

  destroy(): void {
    this.#model.off("msg:custom", this.#hear);
    this.#model.off("change:_replay", this.#onReplay);
  }
}
