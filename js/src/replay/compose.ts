// Extends the kernel's last replay, which may be old, up to what the page shows now. Pure.

import { LABELS, layersOf } from "../annotations/layer_ids";
import type { CanvasSpec, Control, Failure, PanelSpec, Scene } from "../wire/protocol";
import { followed } from "./control_schema";
import {
  annotationsAt,
  controlsAt,
  type ReplayChange,
  type ReplayDocument,
  type ReplayFrame,
  ShownBlobs,
} from "./document";
import { recordedRulers } from "./ghosts";
import type { File, Present } from "./present";
import { VERSION } from "./reader";
import { MOST_PIXELS } from "./replay_painter";
import { MOST_ENTRIES } from "./schema";
import { recorded } from "./series_patches";

/** The current state of a view; see `Present`. */
export type Shown = Pick<
  Present,
  "scene" | "status" | "step" | "series" | "files" | "annotations" | "annotated" | "marks" | "restarted"
> &
  Partial<Pick<Present, "ghosts" | "rulers">>;

/** Extends `replay`, or makes a new one, up to what is `shown`. Returns `replay` itself if there is nothing to add. */
export function composed(replay: ReplayDocument | null, shown: Shown): ReplayDocument | null {
  const { scene, status } = shown;
  if (scene === null || status === null) return replay;
  const known = replay !== null && shown.restarted && shown.step < replay.last ? null : replay;
  const step = Math.max(shown.step, known?.last ?? 0);
  const began = known === null ? blank(scene) : asItBegan(scene, known);
  const base = known ?? emptied(scene);
  const changes = changed({ ...base, scene: began, controls: of(began, base.controls) }, scene, step);
  const resting = status.state !== "running"; // later pictures are lossless versions of the same ones
  const still = !shown.annotated && (resting || ![...shown.files.values()].some(({ fresh }) => fresh));
  const marks = [...(shown.marks ?? base.marks)];
  const ghosts = shown.ghosts ?? base.ghosts;
  const unmarked =
    JSON.stringify(marks) === JSON.stringify(base.marks) &&
    JSON.stringify(ghosts.map(({ name }) => name)) === JSON.stringify(base.ghosts.map(({ name }) => name));
  const rulers = shown.rulers === undefined ? [] : recordedRulers(shown.rulers);
  if (known?.last === step && known.state === status.state && still && changes.length === 0 && unmarked)
    return replay;
  const branches = base.branches
    .filter(({ name }) => ghosts.some((ghost) => ghost.name === name))
    .map((branch) => ({ ...branch, controls: of(began, branch.controls) }));
  const made = withPictures({ ...base, branches }, scene, step, shown, known === null);
  const { frames } = made;
  return {
    ...base,
    title: scene.title,
    scene: began,
    first: frames[0]?.step ?? step,
    last: step,
    state: status.state,
    failure: status.failure === null ? null : ({ ...status.failure } satisfies Failure),
    steps_per_second: known?.steps_per_second || status.steps_per_second || status.ticks_per_second,
    backend: status.backend,
    ...made,
    series: shown.series.size > 0 ? recorded([...shown.series.values()]) : base.series,
    controls: [...of(began, base.controls), ...changes],
    marks,
    ghosts,
    rulers: rulers.length > 0 ? rulers : base.rulers,
    began: status.began || base.began,
  };
}

function emptied(scene: Scene): ReplayDocument {
  return {
    version: VERSION,
    title: scene.title,
    scene,
    first: 0,
    last: 0,
    state: "idle",
    failure: null,
    steps_per_second: 0,
    backend: "",
    frames: [],
    blobs: [],
    series: {},
    controls: [],
    pins: [],
    lives: [],
    training: null,
    marks: [],
    rulers: [],
    ghosts: [],
    branches: [],
    began: 0,
  };
}

/** Removes from `scene` the origins of changes to its controls. */
function blank(scene: Scene): Scene {
  return withControls(scene, (_, control) =>
    "revision" in control ? { ...control, origin: "", revision: 0 } : control,
  );
}

/** Resets the controls of `scene` to their state at the beginning of `replay`, if they were there. */
function asItBegan(scene: Scene, replay: ReplayDocument): Scene {
  const before = specs(replay.scene);
  return withControls(scene, (panel, control) => {
    const first = before.get(key(panel.id, control.id));
    if (first === undefined || first.kind !== control.kind)
      return "revision" in control ? { ...control, origin: "", revision: 0 } : control;
    if (!("value" in control && "value" in first)) return first;
    return { ...control, value: first.value, origin: "", revision: 0 } as Control;
  });
}

function withControls(scene: Scene, control: (panel: PanelSpec, control: Control) => Control): Scene {
  const panels = scene.panels.map((panel) => ({
    ...panel,
    controls: panel.controls.map((spec) => control(panel, spec)),
  }));
  return { ...scene, panels };
}

/** The changes at `step` that turn the controls of `replay` into those of `scene`. */
function changed(replay: ReplayDocument, scene: Scene, step: number): ReplayChange[] {
  const now = specs(scene);
  return controlsAt(replay, step).flatMap(({ panel, changed }) =>
    changed.flatMap((spec) => {
      const shown = now.get(key(panel, spec.id));
      const value = shown === undefined ? undefined : followed(shown);
      const same = JSON.stringify(value) === JSON.stringify(followed(spec));
      return same ? [] : [{ step, panel, control: spec.id, value }];
    }),
  );
}

/** The `changes` to controls that `scene` has. */
function of(scene: Scene, changes: readonly ReplayChange[]): ReplayChange[] {
  const known = specs(scene);
  return changes.filter(({ panel, control }) => known.has(key(panel, control)));
}

function specs(scene: Scene): Map<string, Control> {
  return new Map(
    scene.panels.flatMap((panel) => panel.controls.map((spec) => [key(panel.id, spec.id), spec] as const)),
  );
}

function key(panel: string, control: string): string {
  return JSON.stringify([panel, control]);
}

/** Adds a frame of `step` to `base`, with all files, or only the new ones unless `all`. */
function withPictures(
  base: ReplayDocument,
  scene: Scene,
  step: number,
  { files, annotations: drawn }: Shown,
  all: boolean,
): Pick<ReplayDocument, "frames" | "branches" | "blobs"> {
  const blobs = [...base.blobs];
  const before = base.frames.filter((frame) => frame.step < step).slice(0, MOST_ENTRIES - 1);
  const known = new ShownBlobs(base.frames).at(base.frames.length - 1);
  const pictures: ReplayFrame["pictures"] = [];
  for (const spec of scene.panels.flatMap((panel) => panel.canvases)) {
    const { id: canvas, width, height } = spec;
    if (width === 0 || height === 0) continue; // no tensor is bound now
    const file = files.get(canvas);
    const blob = known.get(canvas);
    if (
      file !== undefined &&
      (file.fresh || all || blob === undefined) &&
      file.width * file.height <= MOST_PIXELS
    ) {
      const { format, width, height, lossless } = file;
      pictures.push({ canvas, blob: blobs.length });
      // Older layers would show an outdated mask. The page has no newer ones, unless the picture is a layer itself.
      if (lossless && isWholeLabelMap(spec, file))
        pictures.push({ canvas: LABELS + canvas, blob: blobs.length });
      blobs.push({ format, width, height, lossless, data: base64(file.bytes) });
    } else if (blob !== undefined) {
      pictures.push({ canvas, blob });
      for (const layer of layersOf(canvas)) {
        const kept = known.get(layer);
        if (kept !== undefined) pictures.push({ canvas: layer, blob: kept });
      }
    }
  }
  const marks = new Map([...annotationsAt(base.frames, base.frames.length - 1), ...drawn]);
  const annotations = [...marks].map(([canvas, marks]) => ({ canvas, pictures: [...marks] }));
  return used([...before, { step, pictures, annotations }], base.branches, blobs);
}

/** Whether every pixel of `file` is a texel of a label map with nothing hidden. */
function isWholeLabelMap({ legends, width, height }: CanvasSpec, file: File): boolean {
  const [legend] = legends;
  const alone =
    legends.length === 1 && legend?.layer === "picture" && legend.labels.every(({ hidden }) => !hidden);
  return alone && file.width === width && file.height === height;
}

/** Removes blobs that no frame uses. */
function used(
  frames: readonly ReplayFrame[],
  branches: ReplayDocument["branches"],
  blobs: ReplayDocument["blobs"],
): Pick<ReplayDocument, "frames" | "branches" | "blobs"> {
  const all = [...frames, ...branches.flatMap((branch) => branch.frames)];
  const order = [...new Set(all.flatMap(({ pictures }) => pictures.map(({ blob }) => blob)))];
  const place = new Map(order.map((blob, at) => [blob, at]));
  const placed = ({ step, pictures, annotations }: ReplayFrame): ReplayFrame => ({
    step,
    annotations,
    pictures: pictures.map(({ canvas, blob }) => ({ canvas, blob: place.get(blob) as number })),
  });
  return {
    frames: frames.map(placed),
    branches: branches.map((branch) => ({ ...branch, frames: branch.frames.map(placed) })),
    blobs: order.map((blob) => blobs[blob] as ReplayDocument["blobs"][number]),
  };
}

/** Bytes converted per call, in which each one is an argument. */
const AT_ONCE = 1 << 14;

function base64({ buffer, byteOffset, byteLength }: DataView): string {
  const bytes = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  let text = "";
  for (let at = 0; at < bytes.length; at += AT_ONCE)
    text += String.fromCharCode(...bytes.subarray(at, at + AT_ONCE));
  return btoa(text);
}
