// Plays a replay document: panels, chart and controls, without a kernel or network.

import { element } from "../base/dom";
import { grouped } from "../base/numbers";
import { indexAt } from "../base/steps";
import { Chart } from "../chart/chart";
import type { Files } from "../files/files";
import { FailureBox } from "../frame/messages";
import { BackendDetails, speedText } from "../frame/status_line";
import { Pixels } from "../inspection/pixels";
import { Probe } from "../inspection/probe";
import { PanelGrid } from "../panels/panel_grid";
import { NO_WIRE, type Outgoing } from "../wire/connection";
import { Kept } from "../wire/kept";
import type { CanvasSpec, Legend, Scene } from "../wire/protocol";
import { annotationsAt, controlsAt, type ReplayDocument, ShownBlobs } from "./document";
import { PlaybackBar } from "./playback_bar";
import { ReplayPainter } from "./replay_painter";
import { savedLives } from "./saved_lives";
import { seriesPatches } from "./series_patches";

/** Duration of a replay at the usual speed, and the shortest and longest duration of a frame, in milliseconds. */
const LENGTH = 12_000;
const SHORTEST = 50;
const LONGEST = 400;

/** A replay transfers no files. */
const NO_FILES: Files = { upload: () => () => {}, download: () => {} };

/** Turns off pointer input on all canvases of `scene`. */
function untouchable(scene: Scene): Scene {
  const panels = scene.panels.map((panel) => ({
    ...panel,
    canvases: panel.canvases.map((canvas) => ({ ...canvas, pointer: "off" as const })),
  }));
  return { ...scene, panels };
}

const ENDINGS: Record<ReplayDocument["state"], string> = {
  idle: "not run",
  running: "saved while it ran",
  paused: "paused",
  stopped: "stopped",
  failed: "failed",
  closed: "ended",
};

export class Player {
  readonly element = element("div", { className: "vw-root vw-replay" });
  #replay: ReplayDocument;
  #stepped: (step: number) => void;
  #steps: number[];
  #blobs: ShownBlobs;
  #bar: PlaybackBar;
  #failure = new FailureBox(null);
  #grid: PanelGrid;
  #chart = new Chart((step) => this.seek(step));
  #painter: ReplayPainter;
  #scene: Scene;
  #chosen = new Map<string, Legend[]>(); // by canvas, once labels were hidden or shown here
  #pixels: Pixels;
  #probe: Probe;
  #frame = -1;
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** Starts at the last frame. Calls `stepped` with each step whose pictures have been painted. Panels are as `kept` has
   *  them. */
  constructor(replay: ReplayDocument, stepped: (step: number) => void = () => {}, kept = new Kept()) {
    this.#replay = replay;
    this.#stepped = stepped;
    this.#steps = replay.frames.map((frame) => frame.step);
    this.#blobs = new ShownBlobs(replay.frames);
    this.#bar = new PlaybackBar(this.#steps, {
      toggle: () => this.#toggle(),
      seek: (frame) => this.#seekFrame(frame),
    });
    this.#scene = untouchable(replay.scene);
    const wire = { ...NO_WIRE, plays: true, send: (message: Outgoing) => this.#hear(message) };
    this.#grid = new PanelGrid(wire, NO_FILES, () => this.#repaint(), kept);
    this.#painter = this.#makePainter();
    this.#grid.live = false;
    const frozen = element("div", { className: "vw-frozen" }, this.#grid.element);
    frozen.setAttribute("role", "group");
    frozen.setAttribute("aria-label", "Panels, as recorded");
    this.#chart.onAxis = (axis) => this.#bar.align(axis);
    this.element.append(this.#failure.element, frozen, this.#bar.element, this.#chart.element, this.#foot());
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", `Replay of ${replay.title}`);
    this.element.dataset.state = "replay";
    this.#failure.update(replay.failure);
    this.#grid.update(this.#scene);
    this.#pixels = this.#makePixels();
    this.#probe = new Probe(this.element, this.#pixels);
    this.#probe.update(this.#grid.pictures);
    const { patches, buffers } = seriesPatches(replay.series);
    this.#chart.patch(patches, buffers);
    this.#show(this.#steps.length - 1);
  }

  #makePixels(): Pixels {
    const pixels = new Pixels(
      (canvas) => this.#grid.picture(canvas),
      () => this.#probe.refresh(),
      savedLives(this.#replay.lives),
    );
    pixels.pins = this.#replay.pins;
    return pixels;
  }

  /** Shows the last frame at or before `step`. */
  seek(step: number): void {
    this.#seekFrame(indexAt(this.#steps, step));
  }

  /** Plays from the current frame, or from the beginning if that is the last one. */
  play(): void {
    if (this.#timer !== null || this.#steps.length < 2) return;
    if (this.#frame === this.#steps.length - 1) this.#show(0);
    this.#bar.playing = true;
    this.#wait();
  }

  pause(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#bar.playing = false;
  }

  #toggle(): void {
    if (this.#timer === null) this.play();
    else this.pause();
  }

  #wait(): void {
    const usual = Math.min(LONGEST, Math.max(SHORTEST, LENGTH / this.#steps.length));
    this.#timer = setTimeout(() => this.#next(), usual / this.#bar.speed);
  }

  #next(): void {
    this.#show(this.#frame + 1);
    if (this.#frame < this.#steps.length - 1) this.#wait();
    else this.pause();
  }

  #seekFrame(frame: number): void {
    this.pause();
    this.#show(frame);
  }

  #show(frame: number): void {
    if (frame === this.#frame) return;
    this.#frame = frame;
    const step = this.#steps[frame] as number;
    this.#bar.show(frame);
    this.#chart.mark(step);
    for (const patch of controlsAt(this.#replay, step)) this.#grid.patch(patch);
    this.#painter.show(frame, this.#blobs.at(frame));
  }

  /** Hides or shows a label. There is no kernel that could do anything else. */
  #hear(message: Outgoing): void {
    if (message.kind !== "hide_label") return;
    const legends = (canvas: CanvasSpec): Legend[] =>
      canvas.legends.map((legend) =>
        legend.layer !== message.layer
          ? legend
          : {
              ...legend,
              labels: legend.labels.map((label, n) =>
                n === message.label ? { ...label, hidden: message.hidden } : label,
              ),
            },
      );
    const panels = this.#scene.panels.map((panel) => ({
      ...panel,
      canvases: panel.canvases.map((canvas) => {
        if (canvas.id !== message.canvas) return canvas;
        const chosen = { ...canvas, legends: legends(canvas) };
        this.#chosen.set(canvas.id, chosen.legends);
        this.#painter.choose(canvas.id, chosen.legends);
        return chosen;
      }),
    }));
    this.#scene = { ...this.#scene, panels };
    this.#grid.update(this.#scene);
  }

  #makePainter(): ReplayPainter {
    return new ReplayPainter(this.#replay.blobs, {
      surface: (canvas) => this.#grid.picture(canvas),
      painted: (frame) => {
        for (const [canvas, marks] of annotationsAt(this.#replay.frames, frame))
          this.#grid.annotate(canvas, marks);
        const step = this.#steps[frame] as number;
        this.#probe.until = step;
        this.#grid.showValues(this.#pixels);
        if (this.element.dataset.vwStep === String(step)) return;
        this.element.dataset.vwStep = String(step);
        this.#stepped(step);
      },
    });
  }

  #repaint(): void {
    this.#painter.destroy();
    this.#painter = this.#makePainter();
    for (const [canvas, legends] of this.#chosen) this.#painter.choose(canvas, legends);
    this.#painter.show(this.#frame, this.#blobs.at(this.#frame));
  }

  #foot(): HTMLElement {
    const { title, state, last, steps_per_second: speed, backend: backendName } = this.#replay;
    const items = [`Recorded, ${ENDINGS[state]} at step ${grouped(last)}`];
    if (speed > 0) items.push(`${speedText(speed, "step")} on average`);
    const backend = new BackendDetails();
    backend.show(backendName);
    return element(
      "footer",
      { className: "vw-status" },
      element("span", { className: "vw-state", textContent: title, title }),
      ...items.map((textContent) => element("span", { className: "vw-item", textContent })),
      backend.element,
    );
  }

  destroy(): void {
    this.pause();
    this.#painter.destroy();
    this.#probe.destroy();
    this.#grid.destroy();
    this.#chart.destroy();
    this.element.remove();
  }
}
