// The replay document, as `vultorch_widget/record/replay.py` writes it, and what it says of any moment. Pure.

import type { Control, ControlsPatch, Failure, Scene, Status } from "../protocol";

export interface ReplayBlob {
  format: "jpeg" | "png" | "webp";
  width: number;
  height: number;
  lossless: boolean;
  /** The file in base64. */
  data: string;
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
  /** By step; each has the canvases that differ from the frame before. */
  frames: { step: number; pictures: { canvas: string; blob: number }[] }[];
  blobs: ReplayBlob[];
  series: Record<string, { steps: number[]; values: (number | string | null)[] }>;
  controls: { step: number; panel: string; control: string; value: unknown }[];
}

export const VERSION = 1;

/** The document in `text`, or null where there is none that this player knows. */
export function parse(text: unknown): ReplayDocument | null {
  if (typeof text !== "string" || text === "") return null;
  try {
    const replay = JSON.parse(text) as ReplayDocument;
    return replay.version === VERSION && replay.frames.length > 0 ? replay : null;
  } catch {
    return null; // cut short: there may still be a poster
  }
}

/** Which blob each canvas shows, frame by frame. */
export function shownBlobs(replay: ReplayDocument): ReadonlyMap<string, number>[] {
  const shown = new Map<string, number>();
  return replay.frames.map(({ pictures }) => {
    for (const { canvas, blob } of pictures) shown.set(canvas, blob);
    return new Map(shown);
  });
}

/** The frame that is shown at `step`: the last that is not after it. */
export function frameAt(steps: readonly number[], step: number): number {
  let low = 0;
  let high = steps.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((steps[middle] as number) <= step) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The controls of every panel as they stood at `step`. */
export function controlsAt(replay: ReplayDocument, step: number): ControlsPatch[] {
  const values = new Map<string, unknown>();
  for (const change of replay.controls) {
    if (change.step <= step) values.set(key(change.panel, change.control), change.value);
  }
  return replay.scene.panels.map((panel) => ({
    panel: panel.id,
    changed: panel.controls.map((spec) => valued(spec, values.get(key(panel.id, spec.id)))),
    order: null,
  }));
}

function key(panel: string, control: string): string {
  return JSON.stringify([panel, control]);
}

/** `spec` with the value of a change; what a text says, how full a bar is and what a plot shows count as values. */
function valued(spec: Control, value: unknown): Control {
  if (value === undefined) return spec;
  if (spec.kind === "text" || spec.kind === "text_wrapped") return { ...spec, text: String(value) };
  if (spec.kind === "progress" || spec.kind === "text_colored" || spec.kind === "plot")
    return { ...spec, ...(value as object) };
  return { ...spec, value } as Control;
}
