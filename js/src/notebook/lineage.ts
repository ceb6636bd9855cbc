// Hands the run that an earlier kernel has left in the notebook to the view that takes its place, which shows its
// curves as those of an earlier run.
//
// When a cell is run again, the notebook drops its output before there is a new one, and the new kernel knows nothing
// of it. But the widget's model stays in the page until that is loaded again. So each view says on the document's widget
// manager what it could hand over, and those that live look there.

import { curvesAlone } from "../replay/curves_alone";
import { read } from "../replay/reader";
import type { Model } from "../wire/connection";
import { uniqueId } from "../wire/unique_id";

/** The property of a widget manager. A notebook has code of several versions of this program, each saved with its view:
 *  name and contents stay as they are. */
const VIEWS = Symbol.for("vultorch_widget.views");
/** Most bytes that the kernel takes. */
const MOST_BYTES = 1 << 20;

/** A view in a document. */
interface Member {
  /** Views of one lineage replace each other. */
  readonly lineage: string;
  /** The kernel that has made it. */
  readonly kernel: string;
  /** Composes the text of its newest replay, empty if it has none. */
  compose(): string;
  /** Takes what others have left, if it lives. */
  look(): void;
}

/** The part of the document's widget manager that is used here. Other hosts have no `context`. */
interface Manager {
  get_model(id: string): Promise<Target>;
  context?: unknown;
  [VIEWS]?: Set<Member>;
}

interface Target {
  comm_live?: boolean;
  send(content: unknown, callbacks?: unknown, buffers?: ArrayBuffer[]): void;
}

/** Has the view of `model` take what an earlier kernel has left, and leave what `compose` returns. Returns a function
 *  that ends this. */
export function joinLineage(model: Model, compose: () => string): () => void {
  const manager = model.widget_manager as Manager | undefined;
  const [lineage, kernel] = [model.get("_lineage"), model.get("_kernel")];
  if (manager?.context === undefined || !named(lineage) || !named(kernel)) return () => {};
  manager[VIEWS] ??= new Set();
  const views = manager[VIEWS];
  const own: Member = { lineage, kernel, compose, look: () => void inherit(model, manager, views, own) };
  views.add(own);
  for (const view of views) if (view.lineage === lineage) view.look(); // this one may have been loaded late
  return () => void views.delete(own);
}

const named = (value: unknown): value is string => typeof value === "string" && value !== "";

async function inherit(model: Model, manager: Manager, views: Set<Member>, own: Member): Promise<void> {
  const target = await find(manager, String(model.get("_input")));
  if (target === null || target.comm_live === false || model.get("_over") === true) return;
  const left = [...views].filter(({ lineage, kernel }) => lineage === own.lineage && kernel !== own.kernel);
  for (const view of left) views.delete(view); // the new one has them from now on
  const newest = left.at(-1);
  const buffer = newest === undefined ? null : curvesOf(newest);
  if (buffer !== null)
    target.send({ kind: "earlier_run", client: uniqueId(), buffer: 0 }, undefined, [buffer]);
}

async function find(manager: Manager, reference: string): Promise<Target | null> {
  try {
    return await manager.get_model(reference.replace("IPY_MODEL_", ""));
  } catch {
    return null; // the host does not know it
  }
}

/** The curves of a view; null if it has none, or too much of them. */
function curvesOf(view: Member): ArrayBuffer | null {
  try {
    const replay = curvesAlone(read(view.compose()));
    if (replay.ghosts.length === 0 && Object.values(replay.series).every(({ steps }) => steps.length < 2))
      return null;
    const bytes = new TextEncoder().encode(JSON.stringify(replay));
    return bytes.byteLength > MOST_BYTES ? null : bytes.buffer;
  } catch {
    return null; // nothing was kept of it, or that is damaged
  }
}
