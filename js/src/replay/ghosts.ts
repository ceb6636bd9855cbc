// Converts between recorded ghosts and rulers and those of the chart.

import type { Rulers } from "../chart/rulers";
import type { GhostCurve, GhostRun, Ghosts, RulerPatch } from "../wire/protocol";
import type { ReplayGhost, ReplayRuler } from "./document";

/** Bytes of a row: a step and a value. */
const ROW = 16;

/** A message and its buffers, as the kernel would send them. */
interface Sent<T> {
  messages: T;
  buffers: DataView[];
}

/** Rulers as the kernel would send them; their rows are appended to `buffers`. */
export function rulerPatches(rulers: readonly ReplayRuler[], buffers: DataView[]): RulerPatch[] {
  return rulers.map(({ measure, steps, values }) => {
    buffers.push(rows(steps, values));
    return { measure, start: 0, buffer: buffers.length - 1 };
  });
}

/** Ghosts as the kernel would send them. */
export function sentGhosts(ghosts: readonly ReplayGhost[]): Sent<{ curves: GhostCurve[]; runs: GhostRun[] }> {
  const buffers: DataView[] = [];
  const curves = ghosts.flatMap(({ name, curves }) =>
    curves.map(({ series, steps, values }) => {
      buffers.push(rows(steps, values));
      return { branch: name, series, buffer: buffers.length - 1 };
    }),
  );
  const runs = ghosts.map(({ name, kind, began, controls, rulers }) => {
    return { name, kind, began, controls, rulers: rulerPatches(rulers, buffers) };
  });
  return { messages: { curves, runs }, buffers };
}

/** Ghosts that the kernel has sent, in the form of a replay. */
export function recordedGhosts(
  { curves, runs = [] }: Pick<Ghosts, "curves" | "runs">,
  buffers: readonly DataView[],
): ReplayGhost[] {
  return runs.map(({ name, kind, began, controls, rulers }) => ({
    name,
    kind,
    began,
    controls,
    rulers: rulers.map(({ measure, buffer }) => {
      const { steps, values } = columns(buffers[buffer]);
      return { measure, steps, values: values.map((value) => value ?? 0) };
    }),
    curves: curves
      .filter(({ branch }) => branch === name)
      .map(({ series, buffer }) => ({ series, ...columns(buffers[buffer]) })),
  }));
}

/** Rulers of a page, in the form of a replay. */
export function recordedRulers(rulers: Rulers): ReplayRuler[] {
  return rulers.all.map(([measure, ruler]) => ({ measure, ...ruler.rows }));
}

function rows(steps: readonly number[], values: readonly (number | null)[]): DataView {
  const view = new DataView(new ArrayBuffer(ROW * steps.length));
  steps.forEach((step, i) => {
    view.setFloat64(ROW * i, step, true);
    view.setFloat64(ROW * i + 8, values[i] ?? Number.NaN, true);
  });
  return view;
}

function columns(view: DataView | undefined): { steps: number[]; values: (number | null)[] } {
  const count = Math.floor((view?.byteLength ?? 0) / ROW);
  const column = (place: number) =>
    Array.from({ length: count }, (_, i) => view?.getFloat64(ROW * i + place, true) ?? 0);
  return { steps: column(0), values: column(8).map((value) => (Number.isFinite(value) ? value : null)) };
}
