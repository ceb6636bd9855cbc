// A replay without pictures: its curves, and what the controls were set to at its end. Pure.

import type { Scene } from "../wire/protocol";
import { controlsAt, type ReplayDocument, type ReplaySeries } from "./document";

/** Most points of a curve, as of a ghost in `vultorch_widget/metrics/ghosts.py`. */
const MOST_POINTS = 256;

/** What a ghost is made of, as a replay of its own, which takes some kilobytes. */
export function curvesAlone(replay: ReplayDocument): ReplayDocument {
  return {
    ...replay,
    scene: atItsEnd(replay),
    frames: [],
    branches: [],
    blobs: [],
    series: Object.fromEntries(
      Object.entries(replay.series).map(([name, series]) => [name, thinned(series)]),
    ),
    controls: [],
    pins: [],
    lives: [],
    training: null,
    marks: [],
    ghosts: replay.ghosts.filter(({ kind }) => kind === "run"),
  };
}

/** The scene with the controls that can be set, as they were in the end, and nothing else. */
function atItsEnd(replay: ReplayDocument): Scene {
  const controls = new Map(controlsAt(replay, replay.last).map(({ panel, changed }) => [panel, changed]));
  const panels = replay.scene.panels.map((panel) => ({
    ...panel,
    canvases: [],
    controls: (controls.get(panel.id) ?? []).filter((spec) => "value" in spec && "revision" in spec),
  }));
  return { ...replay.scene, layout: null, notices: [], compared: [], panels };
}

/** Points at even distances, the first and the last among them. */
function thinned({ steps, values }: ReplaySeries): ReplaySeries {
  const count = Math.min(MOST_POINTS, steps.length);
  const chosen = Array.from({ length: count }, (_, i) =>
    Math.round((i * (steps.length - 1)) / Math.max(1, count - 1)),
  );
  return {
    steps: chosen.map((at) => steps[at] as number),
    values: chosen.map((at) => values[at] ?? null),
    averages: null,
    best: null,
  };
}
