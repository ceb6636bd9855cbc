// The panels of a view as they were at one moment: pictures are recorded, and controls cannot be moved.

import { element } from "../base/dom";
import type { Files } from "../files/files";
import { Probe } from "../inspection/probe";
import type { Source } from "../inspection/source";
import { PanelGrid } from "../panels/panel_grid";
import type { PictureView } from "../pictures/picture";
import { NO_WIRE, type Outgoing } from "../wire/connection";
import type { Kept } from "../wire/kept";
import type { CanvasSpec, ControlsPatch, Legend, Marks, Scene } from "../wire/protocol";
import { type RecordedPictures, ReplayPainter } from "./replay_painter";

/** A replay transfers no files. */
const NO_FILES: Files = { upload: () => () => {}, download: () => {} };

/** The pictures and annotations of a moment. */
export interface Moment {
  readonly step: number;
  /** By canvas or layer, as the numbers of recorded pictures. */
  readonly pictures: ReadonlyMap<string, number>;
  readonly annotations: ReadonlyMap<string, readonly Marks[]>;
}

export class Stage {
  readonly element: HTMLElement;
  #recorded: RecordedPictures;
  #painted: (step: number) => void;
  #grid: PanelGrid;
  #painter: ReplayPainter<Moment>;
  #scene: Scene;
  #chosen = new Map<string, Legend[]>(); // by canvas, once labels have been hidden or shown here
  #moment: Moment | null = null;
  #over: HTMLCanvasElement | null = null; // scratch canvas for the pixels of `overpaint`
  #source: Source | null = null;
  #probe: Probe | null = null;

  /** Shows `scene`, arranged as in `kept`. Calls `painted` with the step of each moment that was painted. */
  constructor(scene: Scene, recorded: RecordedPictures, kept: Kept, painted: (step: number) => void) {
    this.#recorded = recorded;
    this.#painted = painted;
    this.#scene = untouchable(scene);
    const wire = { ...NO_WIRE, plays: true, send: (message: Outgoing) => this.#hear(message) };
    this.#grid = new PanelGrid(wire, NO_FILES, () => this.#repaint(), kept);
    this.#painter = this.#makePainter();
    this.#grid.live = false;
    this.element = element("div", { className: "vw-frozen" }, this.#grid.element);
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Panels, as recorded");
    this.#grid.update(this.#scene);
  }

  picture(canvas: string): PictureView | undefined {
    return this.#grid.picture(canvas);
  }

  /** Probes the pictures for the values of `source`, in `root`, which contains this stage. */
  probe(root: HTMLElement, source: Source): void {
    this.#source = source;
    this.#probe = new Probe(root, source);
    this.#probe.update(this.#grid.pictures);
  }

  /** Shows what is known of probed texels now. */
  refresh(): void {
    this.#probe?.refresh();
  }

  /** Shows the histories of texels up to `step`. */
  set until(step: number) {
    if (this.#probe !== null) this.#probe.until = step;
  }

  /** Takes another `scene`. */
  update(scene: Scene): void {
    this.#scene = untouchable(scene);
    this.#grid.update(this.#scene);
    this.#probe?.update(this.#grid.pictures);
    this.#repaint();
  }

  patch(patch: ControlsPatch): void {
    this.#grid.patch(patch);
  }

  /** Shows the pictures and annotations of `moment` once they are decoded, unless another moment is wanted by then. */
  show(moment: Moment): void {
    this.#moment = moment;
    this.#painter.show(moment, moment.pictures);
  }

  /** Whether what is shown here is of an earlier step than the pictures that `overpaint` shows, until they are restored. */
  set past(past: boolean) {
    this.element.classList.toggle("vw-behind", past);
    if (!past) this.#repaint();
  }

  /** Shows another picture instead of the recorded one, and nothing over it. */
  overpaint(canvas: string, picture: ImageData): void {
    const { width, height } = picture;
    this.#over ??= element("canvas");
    const image = this.#over;
    if (image.width !== width || image.height !== height) Object.assign(image, { width, height });
    image.getContext("2d")?.putImageData(picture, 0, 0);
    this.#grid.annotate(canvas, []);
    this.#grid.picture(canvas)?.paint({ image, width, height, close: () => {} }, true, null);
    if (this.#source !== null) this.#grid.showValues(this.#source);
  }

  /** Hides or shows a label. Nothing else can be done without a kernel. */
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

  #makePainter(): ReplayPainter<Moment> {
    return new ReplayPainter(this.#recorded, {
      surface: (canvas) => this.#grid.picture(canvas),
      painted: ({ step, annotations }) => {
        for (const [canvas, marks] of annotations) this.#grid.annotate(canvas, marks);
        if (this.#source !== null) this.#grid.showValues(this.#source);
        this.#painted(step);
      },
    });
  }

  #repaint(): void {
    this.#painter.destroy();
    this.#painter = this.#makePainter();
    for (const [canvas, legends] of this.#chosen) this.#painter.choose(canvas, legends);
    if (this.#moment !== null) this.show(this.#moment);
  }

  destroy(): void {
    this.#painter.destroy();
    this.#probe?.destroy();
    this.#grid.destroy();
    this.element.remove();
  }
}

/** Turns off pointer input on all canvases of `scene`. */
function untouchable(scene: Scene): Scene {
  const panels = scene.panels.map((panel) => ({
    ...panel,
    canvases: panel.canvases.map((canvas) => ({ ...canvas, pointer: "off" as const })),
  }));
  return { ...scene, panels };
}
