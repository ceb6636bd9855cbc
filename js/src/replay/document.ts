// The replay document, which `vultorch_widget/replay/document.py` writes and `reader.ts` reads, and its state at any
// step. Pure.

import { isLayer } from "../annotations/layer_ids";
import { spoken } from "../base/numbers";
import { indexAt } from "../base/steps";
import { type Course, common, type Happened } from "../chart/step_marks";
import { spokenName } from "../controls/control";
import type {
  Annotations,
  BestValue,
  Control,
  ControlsPatch,
  Failure,
  GhostRun,
  Marks,
  PinnedTexel,
  RulerPatch,
  Scene,
  Slider,
  SliderInt,
  Status,
  StepMark,
} from "../wire/protocol";
import { changedTo } from "./control_schema";

export interface ReplayBlob {
  format: "jpeg" | "png";
  width: number;
  height: number;
  lossless: boolean;
  /** The picture file in base64. */
  data: string;
}

/** A step, and the canvases whose pictures or annotations changed since the previous frame. */
export interface ReplayFrame {
  step: number;
  pictures: { canvas: string; blob: number }[];
  /** Empty in replays of earlier versions. */
  annotations: Annotations[];
}

export interface ReplaySeries {
  steps: number[];
  values: (number | null)[];
  /** The moving average after each step, or null in replays of earlier versions. */
  averages: (number | null)[] | null;
  /** The best value; null if no value counts as best, and in replays of earlier versions. */
  best: BestValue | null;
}

/** The points of a scalar. */
export type ReplayPoints = Omit<ReplaySeries, "best">;

/** Other measures that go with steps: the `values` of a measure at increasing `steps`. */
export interface ReplayRuler {
  measure: RulerPatch["measure"];
  steps: number[];
  values: number[];
}

/** An abandoned branch, or another run, and its curves. */
export interface ReplayGhost extends Omit<GhostRun, "rulers"> {
  rulers: ReplayRuler[];
  curves: { series: string; steps: number[]; values: (number | null)[] }[];
}

/** The pictures and controls of an abandoned branch: up to step `shared` those of the present, then its own. */
export interface ReplayBranch {
  /** The name of its ghost. */
  name: string;
  /** -1 if it shares nothing with the present. */
  shared: number;
  /** The step at which it ended. */
  last: number;
  /** Those after `shared`, sorted by step. */
  frames: ReplayFrame[];
  /** Those after `shared`, sorted by step. */
  controls: ReplayChange[];
  /** What happened after `shared`, sorted by step; where the branch began, perhaps at it. None in replays of earlier
   *  versions. */
  marks: StepMark[];
  /** The best values on its whole way, by series. None in replays of earlier versions. */
  bests: Record<string, BestValue>;
}

/** What one channel of a pinned texel held over the run. */
export interface ReplayLife extends PinnedTexel {
  channel: number;
  steps: number[];
  values: (number | null)[];
}

export interface ReplayChange {
  step: number;
  panel: string;
  control: string;
  value: unknown;
}

export interface ReplayDocument {
  version: number;
  title: string;
  scene: Scene;
  first: number;
  last: number;
  state: Status["state"];
  failure: Failure | null;
  steps_per_second: number;
  backend: string;
  /** Sorted by step. */
  frames: ReplayFrame[];
  blobs: ReplayBlob[];
  series: Record<string, ReplaySeries>;
  /** Sorted by step. */
  controls: ReplayChange[];
  /** Texels that were pinned at the end of the run, and their values over it. Empty in replays of earlier versions. */
  pins: PinnedTexel[];
  lives: ReplayLife[];
  /** A training that the page can continue, read only when it is needed; see `training.ts`. */
  training?: unknown;
  /** What happened at steps, sorted by step. Empty in replays of earlier versions. */
  marks: StepMark[];
  /** Seconds and epochs beside steps. Empty in replays of earlier versions. */
  rulers: ReplayRuler[];
  /** Empty in replays of earlier versions. */
  ghosts: ReplayGhost[];
  /** Branches that have pictures. Empty in replays of earlier versions. */
  branches: ReplayBranch[];
  /** When the run began, in seconds since the epoch; 0 if unknown. */
  began: number;
}

/** `replay` along the way to the end of a branch instead of the present; unchanged if there is no such branch. */
export function along(replay: ReplayDocument, branch: string): ReplayDocument {
  const left = replay.branches.find(({ name }) => name === branch);
  if (left === undefined) return replay;
  const upToFork = ({ step }: { step: number }) => step <= left.shared;
  const frames = [...replay.frames.filter(upToFork), ...left.frames];
  return {
    ...replay,
    scene: withStripsUntil(replay.scene, left.shared),
    first: frames[0]?.step ?? left.last,
    last: left.last,
    frames,
    controls: [...replay.controls.filter(upToFork), ...left.controls],
    marks: [...common(replay.marks, left.shared), ...left.marks],
    series: Object.fromEntries(
      Object.entries(replay.series).map(([name, series]) => [
        name,
        { ...series, best: left.bests[name] ?? null },
      ]),
    ),
  };
}

/** A network's strips belong to the present alone. */
function withStripsUntil(scene: Scene, step: number): Scene {
  const until = (control: Control): Control =>
    control.kind === "network"
      ? { ...control, steps: control.steps.filter((column) => column <= step) }
      : control;
  return {
    ...scene,
    panels: scene.panels.map((panel) => ({ ...panel, controls: panel.controls.map(until) })),
  };
}

/** Finds the blob that each canvas shows in a frame. The last frame has only the layers that it lists, because a page
 *  that saves a replay has no new ones. */
export class ShownBlobs {
  #canvases = new Map<string, { frames: number[]; blobs: number[] }>();
  #last: number;

  constructor(frames: readonly ReplayFrame[]) {
    this.#last = frames.length - 1;
    frames.forEach(({ pictures }, frame) => {
      for (const { canvas, blob } of pictures) {
        const known = this.#canvases.get(canvas) ?? { frames: [], blobs: [] };
        this.#canvases.set(canvas, known);
        known.frames.push(frame);
        known.blobs.push(blob);
      }
    });
  }

  /** The blobs of a frame by canvas, without the canvases that have none yet. */
  at(frame: number): ReadonlyMap<string, number> {
    const shown = new Map<string, number>();
    for (const [canvas, { frames, blobs }] of this.#canvases) {
      if ((frames[0] as number) > frame) continue;
      if (frame === this.#last && isLayer(canvas) && frames.at(-1) !== frame) continue;
      shown.set(canvas, blobs[indexAt(frames, frame)] as number);
    }
    return shown;
  }
}

/** What is drawn over each canvas in a frame, for all canvases that ever have anything drawn over them. */
export function annotationsAt(
  frames: readonly ReplayFrame[],
  frame: number,
): ReadonlyMap<string, readonly Marks[]> {
  const shown = new Map<string, readonly Marks[]>();
  frames.forEach(({ annotations }, at) => {
    for (const { canvas, pictures } of annotations) {
      if (at <= frame) shown.set(canvas, pictures);
      else if (!shown.has(canvas)) shown.set(canvas, []);
    }
  });
  return shown;
}

/** The controls of every panel at `step`. */
export function controlsAt(replay: ReplayDocument, step: number): ControlsPatch[] {
  const values = new Map<string, unknown>();
  for (const change of replay.controls) {
    if (change.step <= step) values.set(key(change.panel, change.control), change.value);
  }
  return replay.scene.panels.map((panel) => ({
    panel: panel.id,
    changed: panel.controls.map((spec) => changedTo(spec, values.get(key(panel.id, spec.id)))),
    order: null,
  }));
}

/** A slider as it was at `step`, if there is one. */
export function sliderAt(
  replay: ReplayDocument,
  { panel, control }: { panel: string; control: string },
  step: number,
): Slider | SliderInt | null {
  const found = controlsAt(replay, step)
    .find((patch) => patch.panel === panel)
    ?.changed.find(({ id }) => id === control);
  return found?.kind === "slider" || found?.kind === "slider_int" ? found : null;
}

/** What happened along `replay`, and the best values. */
export function courseOf(replay: ReplayDocument): Course {
  const bests = Object.entries(replay.series).flatMap(([name, { best }]) =>
    best === null ? [] : [[name, best] as const],
  );
  return { marks: happened(replay), bests: new Map(bests) };
}

/** What happened at steps: marks set by the program, and controls that were moved. */
export function happened({ scene, marks, controls }: ReplayDocument): Happened[] {
  const labels = new Map(
    scene.panels.flatMap(({ id, controls }) =>
      controls.flatMap((spec) =>
        "value" in spec && "revision" in spec ? [[key(id, spec.id), spokenName(spec)] as const] : [],
      ),
    ),
  );
  const moved = controls.flatMap(({ step, panel, control, value }): Happened[] => {
    const label = labels.get(key(panel, control));
    return label === undefined ? [] : [{ step, kind: "control", text: `${label} ${spoken(value)}` }];
  });
  return [...marks, ...moved];
}

function key(panel: string, control: string): string {
  return JSON.stringify([panel, control]);
}
