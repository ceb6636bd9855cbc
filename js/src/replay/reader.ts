// Reads a saved replay, which is untrusted, so everything in it is checked. Every replay in a page passes through here,
// and every replay in the exporter through `vultorch_widget/replay/reader.py`. Both refuse the same documents. Pure.

import type {
  Annotations,
  BestValue,
  CanvasSpec,
  Compared,
  Failure,
  GhostControl,
  Leaf,
  Legend,
  LegendLabel,
  Marks,
  PanelSpec,
  PinnedTexel,
  Scene,
  Split,
  StepMark,
} from "../wire/protocol";
import { control, VALUES } from "./control_schema";
import type {
  ReplayBlob,
  ReplayBranch,
  ReplayChange,
  ReplayDocument,
  ReplayFrame,
  ReplayGhost,
  ReplayLife,
  ReplayRuler,
  ReplaySeries,
} from "./document";
import {
  brief,
  byKind,
  COLOR,
  choice,
  expect,
  file,
  flag,
  later,
  list,
  mapping,
  nullable,
  object,
  type Read,
  ReplayError,
  real,
  text,
  whole,
} from "./schema";

export { ReplayError };

/** The only version of the format that is played. */
export const VERSION = 1;
const MOST_CHARACTERS = 128 << 20;
const MOST_CANVASES = 1_024;
const MOST_CONTROLS = 5_000;
const MOST_CHANGES = 20_000;
const MOST_FRAMES = 20_000;
const MOST_PICTURES = 200_000;
const MOST_POINTS = 140_000;
const MOST_MARKED = 200_000;
const MOST_SHAPES = 1_000_000;
const MOST_PINNED = 1_000_000;
const MOST_HAUNTING = 140_000;
const MOST_CHANNELS = 4;
/** Longest text that a control of a ghost was set to, and most numbers that it holds. */
const MOST_TEXT = 1 << 20;
const MOST_PARTS = 4;
/** Largest width and height of a view. No screen has that many pixels. */
const MOST_SIDE = 1 << 20;

const layout: Read<Leaf | Split> = (value, path, depth) => tree(value, path, depth);
const tree = byKind<Leaf | Split>({
  leaf: object<Leaf>({ kind: choice("leaf"), panel: text }),
  split: object<Split>({
    kind: choice("split"),
    direction: choice("row", "column"),
    weights: list(real),
    children: list(layout, 1_024),
  }),
});

const legend = object<Legend>({
  layer: choice("picture", "overlay"),
  alpha: real,
  labels: list(object<LegendLabel>({ name: text, color: text, hidden: flag })),
});

const scene = object<Scene>({
  kind: choice("scene"),
  protocol: whole,
  title: text,
  width: whole,
  height: whole,
  layout: nullable(layout),
  panels: list(
    object<PanelSpec>({
      id: text,
      name: text,
      canvases: list(
        object<CanvasSpec>({
          id: text,
          name: text,
          filter: choice("nearest", "linear"),
          fit: choice("contain", "stretch", "natural"),
          width: whole,
          height: whole,
          detail: text,
          error: text,
          pointer: choice("off", "on", "wheel"),
          link: later(nullable(text), "auto"),
          legends: later(list(legend, 2), []),
        }),
      ),
      controls: list(control, 20_000),
    }),
    1_024,
  ),
  notices: list(text),
  compared: later(
    list(
      object<Compared>({
        canvas: text,
        other: text,
        mode: choice("side", "wipe", "flicker", "difference"),
        difference: choice("signed", "absolute", "squared", "relative"),
        gain: real,
        colormap: later(text, ""),
        colors: later(text, ""),
      }),
      MOST_CANVASES,
    ),
    [],
  ),
});

const marks = object<Marks>({
  area: list(real),
  caption: text,
  boxes: list(real, 8_000),
  box_texts: list(text),
  box_colors: list(whole),
  points: list(real, 40_000),
  point_texts: list(text, 20_000),
  point_colors: list(whole, 20_000),
});

const ruler = object<ReplayRuler>({
  measure: choice("seconds", "epochs"),
  steps: list(whole),
  values: list(real),
});

const frames = list(
  object<ReplayFrame>({
    step: whole,
    pictures: list(object({ canvas: text, blob: whole }), MOST_CANVASES),
    annotations: later(
      list(object<Annotations>({ canvas: text, pictures: list(marks, MOST_CANVASES) }), MOST_CANVASES),
      [],
    ),
  }),
);

const best = object<BestValue>({ step: whole, value: real, highest: flag });

const stepMarks = list(
  object<StepMark>({ step: whole, kind: choice("note", "alarm", "checkpoint", "branch"), text }),
);

const changesOfControls = list(
  object<ReplayChange>({ step: whole, panel: text, control: text, value: (value) => value }),
  MOST_CHANGES,
);

const document = object<ReplayDocument>({
  version: whole,
  title: text,
  scene,
  first: whole,
  last: whole,
  state: choice("idle", "running", "paused", "stopped", "failed", "closed"),
  failure: nullable(object<Failure>({ where: text, summary: text, traceback: text })),
  steps_per_second: real,
  backend: text,
  frames,
  blobs: list(
    object<ReplayBlob>({
      format: choice("jpeg", "png"),
      width: whole,
      height: whole,
      lossless: (value, path) => {
        expect(typeof value === "boolean", `${path} is ${brief(value)}, not true or false`);
        return value as boolean;
      },
      data: file,
    }),
    MOST_PICTURES,
  ),
  series: mapping(
    object<ReplaySeries>({
      steps: list(whole, MOST_POINTS),
      values: list(nullable(real), MOST_POINTS),
      averages: later(nullable(list(nullable(real), MOST_POINTS)), null),
      best: later(nullable(best), null),
    }),
    2_048,
  ),
  controls: changesOfControls,
  pins: later(list(object<PinnedTexel>({ canvas: text, x: whole, y: whole }), 64), []),
  training: later((value) => value ?? null, null),
  lives: later(
    list(
      object<ReplayLife>({
        canvas: text,
        x: whole,
        y: whole,
        channel: whole,
        steps: list(whole),
        values: list(nullable(real)),
      }),
      8_192,
    ),
    [],
  ),
  marks: later(stepMarks, []),
  rulers: later(list(ruler, 2), []),
  ghosts: later(
    list(
      object<ReplayGhost>({
        name: text,
        kind: choice("branch", "run", "file"),
        began: real,
        controls: list(object<GhostControl>({ label: text, value: (value) => value as never }), 20_000),
        rulers: list(ruler, 2),
        curves: list(
          object<ReplayGhost["curves"][0]>({
            series: text,
            steps: list(whole),
            values: list(nullable(real)),
          }),
          256,
        ),
      }),
      256,
    ),
    [],
  ),
  branches: later(
    list(
      object<ReplayBranch>({
        name: text,
        shared: whole,
        last: whole,
        frames,
        controls: changesOfControls,
        marks: later(stepMarks, []),
        bests: later(mapping(best, 10_000), {}),
      }),
      256,
    ),
    [],
  ),
  began: later(real, 0),
});

function checkBranches(branches: readonly ReplayBranch[]): void {
  expect(
    new Set(branches.map(({ name }) => name)).size === branches.length,
    "two branches have the same name",
  );
  const changes = branches.reduce((sum, { controls }) => sum + controls.length, 0);
  atMost(changes, MOST_CHANGES, "changes of controls in branches");
  const told = branches.reduce((sum, { marks, bests }) => sum + marks.length + Object.keys(bests).length, 0);
  atMost(told, MOST_CHANGES, "marks and best values of branches");
  for (const { name, shared, frames, marks } of branches) {
    const where = `branch ${brief(name)}`;
    expect(rises(marks.map(({ step }) => step)), `the steps of the marks of ${where} go back`);
    expect(frames.length > 0, `${where} has no pictures`);
    const steps = frames.map(({ step }) => step);
    expect(shared >= -1 && rises([shared + 1, ...steps]), `the steps of ${where} go back`);
  }
}

function checkRulers(rulers: readonly ReplayRuler[]): void {
  for (const { measure, steps, values } of rulers)
    expect(steps.length === values.length, `the ${measure} have not as many steps as values`);
}

function checkGhosts(ghosts: readonly ReplayGhost[]): void {
  const curves = ghosts.flatMap(({ curves }) => curves);
  atMost(
    curves.reduce((sum, { steps }) => sum + steps.length, 0),
    MOST_HAUNTING,
    "values of ghosts",
  );
  expect(new Set(ghosts.map(({ name }) => name)).size === ghosts.length, "two ghosts have the same name");
  for (const { name, controls, rulers, curves } of ghosts) {
    const where = `of ghost ${brief(name)}`;
    for (const { value } of controls)
      expect(isSetting(value), `a control ${where} was set to ${brief(value)}`);
    checkRulers(rulers);
    for (const { steps, values } of curves) {
      expect(steps.length === values.length, `a curve ${where} does not have as many steps as values`);
      expect(rises(steps), `the steps of a curve ${where} go back`);
    }
  }
}

/** Whether a control can have `value`: a number, a text, true, false, or a few numbers. */
function isSetting(value: unknown): boolean {
  if (Array.isArray(value)) return value.length <= MOST_PARTS && value.every(Number.isFinite);
  if (typeof value === "string") return value.length <= MOST_TEXT;
  return typeof value === "boolean" || Number.isFinite(value);
}

/** Why a replay cannot be played, as text for the user. */
export function reason(error: unknown): string {
  if (error instanceof ReplayError) return error.message;
  console.warn("vultorch_widget: a replay cannot be played", error);
  return "something in it is not as it should be";
}

/** Reads a replay from its text or its parsed JSON. Throws `ReplayError` if it is not valid. */
export function read(saved: unknown): ReplayDocument {
  const found = typeof saved === "string" ? parsed(saved) : saved;
  expect(
    typeof found === "object" && found !== null && !Array.isArray(found),
    `it is ${brief(found)}, not an object`,
  );
  const { version, series } = found as Record<string, unknown>;
  expect(
    version === VERSION,
    `it has the format version ${brief(version)}; this release plays version ${VERSION}`,
  );
  checkPoints(series);
  const replay = document(found, "", 0);
  checkScene(replay.scene);
  checkFrames(replay);
  checkSeries(replay.series);
  checkLives(replay.lives);
  expect(rises(replay.marks.map(({ step }) => step)), "the steps of its marks go back");
  checkRulers(replay.rulers);
  checkGhosts(replay.ghosts);
  checkBranches(replay.branches);
  return {
    ...replay,
    controls: changes(replay.scene, replay.controls, ""),
    branches: replay.branches.map((branch, i) => ({
      ...branch,
      controls: changes(replay.scene, branch.controls, `branches[${i}].`),
    })),
  };
}

function parsed(saved: string): unknown {
  expect(saved.length <= MOST_CHARACTERS, `it has ${saved.length} characters, too many to be read`);
  try {
    return JSON.parse(saved);
  } catch (error) {
    if (error instanceof RangeError) throw new ReplayError("it is nested too deeply");
    throw new ReplayError("it is not JSON, perhaps because it was cut short");
  }
}

function checkScene({ width, height, layout, panels }: Scene): void {
  expect(Math.min(width, height) >= 1 && Math.max(width, height) <= MOST_SIDE, "the view has no size");
  const ids = panels.map((panel) => panel.id);
  expect(new Set(ids).size === ids.length, "two panels have the same id");
  const canvases = panels.flatMap((panel) => panel.canvases.map((canvas) => canvas.id));
  atMost(canvases.length, MOST_CANVASES, "canvases");
  expect(new Set(canvases).size === canvases.length, "two canvases have the same id");
  for (const { color } of panels.flatMap(({ canvases }) =>
    canvases.flatMap(({ legends }) => legends.flatMap(({ labels }) => labels)),
  ))
    expect(COLOR.test(color), `a label has the colour ${brief(color)}`);
  const named = layout === null ? [] : leaves(layout);
  expect(
    named.every((panel) => ids.includes(panel)),
    "the layout names a panel that the view does not have",
  );
  expect(new Set(named).size === named.length, "the layout names a panel twice");
  atMost(
    panels.reduce((sum, panel) => sum + panel.controls.length, 0),
    MOST_CONTROLS,
    "controls",
  );
  for (const panel of panels) {
    const controls = new Set(panel.controls.map((spec) => spec.id));
    expect(
      controls.size === panel.controls.length,
      `two controls of panel ${brief(panel.id)} have the same id`,
    );
  }
}

function leaves(layout: Leaf | Split): string[] {
  if (layout.kind === "leaf") return [layout.panel];
  const { weights, children } = layout;
  const sound = weights.length === children.length && children.length > 0;
  expect(sound, "a split of the layout has not as many weights as children");
  return children.flatMap(leaves);
}

function checkFrames({ frames: present, branches, blobs }: ReplayDocument): void {
  expect(rises(present.map((frame) => frame.step)), "its steps go back");
  const frames = [...present, ...branches.flatMap((branch) => branch.frames)];
  atMost(frames.length, MOST_FRAMES, "key frames");
  atMost(
    frames.reduce((sum, frame) => sum + frame.pictures.length, 0),
    MOST_PICTURES,
    "pictures",
  );
  for (const { step, pictures } of frames) {
    const there = pictures.every(({ blob }) => blob >= 0 && blob < blobs.length);
    expect(there, `step ${step} names a picture that is not there`);
  }
  const marked = frames.flatMap(({ annotations }) => annotations.flatMap(({ pictures }) => pictures));
  atMost(marked.length, MOST_MARKED, "marked pictures");
  atMost(
    marked.reduce((sum, { box_texts, point_texts }) => sum + box_texts.length + point_texts.length, 0),
    MOST_SHAPES,
    "boxes and points",
  );
  expect(marked.every(isWhole), "a box or a point lacks a coordinate, a text or a colour");
}

function isWhole(marks: Marks): boolean {
  const { length: boxes } = marks.box_texts;
  const { length: points } = marks.point_texts;
  return (
    marks.area.length === 4 &&
    marks.boxes.length === 4 * boxes &&
    marks.box_colors.length === boxes &&
    marks.points.length === 2 * points &&
    marks.point_colors.length === points
  );
}

// Checked before the points are read one by one.
function checkPoints(series: unknown): void {
  if (typeof series !== "object" || series === null) return;
  const lengths = Object.values(series).map((one) => (one as { steps?: unknown[] } | null)?.steps?.length);
  atMost(
    lengths.reduce<number>((sum, length) => sum + (typeof length === "number" ? length : 0), 0),
    MOST_POINTS,
    "logged values",
  );
}

function checkLives(lives: ReplayDocument["lives"]): void {
  const points = lives.reduce((sum, { steps }) => sum + steps.length, 0);
  atMost(points, MOST_PINNED, "values of texels");
  for (const { canvas, x, y, channel, steps, values } of lives) {
    const where = `the life of texel (${x}, ${y}) of canvas ${brief(canvas)}`;
    expect(channel >= 0 && channel < MOST_CHANNELS, `${where} has a channel ${channel}`);
    expect(steps.length === values.length, `${where} does not have as many steps as values`);
    expect(rises(steps), `the steps of ${where} go back`);
  }
}

function checkSeries(series: ReplayDocument["series"]): void {
  for (const [name, { steps, values, averages }] of Object.entries(series)) {
    expect(steps.length === values.length, `series ${brief(name)} does not have as many steps as values`);
    expect(
      averages === null || steps.length === averages.length,
      `series ${brief(name)} does not have as many steps as averages`,
    );
    expect(rises(steps), `the steps of series ${brief(name)} go back`);
  }
}

function rises(steps: readonly number[]): boolean {
  return steps.every((step, i) => step >= (i === 0 ? 0 : (steps[i - 1] as number)));
}

/** Reads the changes of controls at `path`, in order. Changes of controls that the view lacks are skipped. */
function changes(scene: Scene, controls: readonly ReplayChange[], path: string): ReplayChange[] {
  const kinds = new Map(
    scene.panels.flatMap((panel) => panel.controls.map((spec) => [place(panel.id, spec.id), spec.kind])),
  );
  return controls.flatMap((change, i) => {
    const kind = kinds.get(place(change.panel, change.control));
    const read = kind === undefined ? null : VALUES[kind];
    return read === null ? [] : [{ ...change, value: read(change.value, `${path}controls[${i}].value`, 0) }];
  });
}

function place(panel: string, control: string): string {
  return JSON.stringify([panel, control]);
}

function atMost(count: number, most: number, what: string): void {
  const said = (value: number) => value.toLocaleString("en-US");
  expect(count <= most, `it has ${said(count)} ${what}; at most ${said(most)} are played`);
}
