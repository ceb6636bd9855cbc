// Keeps a widget in the notebook's file. JupyterLab and Jupyter Notebook do so by themselves only where a setting says
// it, which is off at first; then a notebook that is opened again has an error in place of the view and its replay.
//
// The file is to hold the replays of what its outputs show, and no others, each as of the moment of saving. The kernel has
// sent the replay of a running view some time ago, for making one costs the training. So what the page shows is put at
// its end. What the page does not have, such as key frames of the last minutes or what a hidden view would show, the
// kernel is asked for, and the notebook is saved again once that is here.

import { composed } from "../replay/compose";
import type { ReplayDocument } from "../replay/document";
import { Present } from "../replay/present";
import type { Model } from "../wire/connection";
import { uniqueId } from "../wire/unique_id";
import { still } from "./still";
import { summary } from "./summary";

const STATE = "application/vnd.jupyter.widget-state+json";
const VIEW = "application/vnd.jupyter.widget-view+json";
/** How saved states of views are told from those of other widgets: by the class in Python, which lay elsewhere in 0.1. */
const OWN = /^vultorch_widget\.(\w+\.)*ViewWidget$/;
/** Milliseconds for which an answer of the kernel has the notebook saved again. */
export const PATIENCE = 60_000;
/** Milliseconds after the answer before that: JupyterLab takes two saves at once for somebody else's change of the file. */
export const SETTLE = 1000;
/** Milliseconds between two looks whether the hand has let go: an output that is brought up to date is rendered anew. */
const HELD = 200;

interface SavedModel {
  model_name: string;
  model_module: string;
  model_module_version: string;
  state: Record<string, unknown>;
}

interface SavedState {
  version_major: number;
  version_minor: number;
  state: Record<string, SavedModel>;
}

const isOwn = (state: Record<string, unknown>): boolean => OWN.test(String(state._anywidget_id));

/** What is used of a model of the widget manager's. */
interface ManagedModel {
  name: string;
  module: string;
  comm_live?: boolean;
  get(name: string): unknown;
  get_state(withoutDefaults: boolean): Record<string, unknown>;
  serialize(state: Record<string, unknown>): Record<string, unknown>;
  send(content: unknown): void;
}

/** An output as a notebook's file has it. */
interface Output {
  data?: Record<string, unknown>;
}

/** What is used of a cell: its outputs, and how they are to be saved. */
interface Cell {
  outputs?: { length: number; get(at: number): { data: Record<string, unknown> } };
  sharedModel?: {
    getOutputs?(): Output[];
    updateOutputs?(start: number, end: number, outputs: Output[], origin: string): void;
  };
}

/** What is used of a notebook's model. */
interface NotebookModel {
  readOnly?: boolean;
  cells?: Iterable<Cell>;
  getMetadata(key: string): unknown;
  setMetadata(key: string, value: unknown): void;
}

type OnSave = (sender: unknown, phase: string) => void;

interface Context {
  isDisposed?: boolean;
  saveState: { connect(slot: OnSave): void; disconnect(slot: OnSave): void };
  model: NotebookModel;
  save(): Promise<void>;
}

/** What is used of a widget manager that belongs to a document; others have no `context`. */
interface Manager {
  get_model(id: string): Promise<ManagedModel>;
  context?: Context;
}

export class StateSaver {
  #model: Model;
  #context: Context | null = null;
  #models = new Map<string, ManagedModel>();
  #present: Present | null = null;
  #pictures: () => readonly HTMLCanvasElement[];
  #saving = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  #again = false; // the save that goes on is the second of two
  #asking: ReturnType<typeof setTimeout> | undefined;
  #later: ReturnType<typeof setTimeout> | undefined; // until the second save

  /** `pictures` are those that the page shows of the view. */
  constructor(model: Model, pictures: () => readonly HTMLCanvasElement[] = () => []) {
    this.#model = model;
    this.#pictures = pictures;
    const manager = model.widget_manager as unknown as Manager;
    const context = manager?.context;
    if (context?.saveState === undefined || context.model.getMetadata === undefined) return;
    this.#context = context;
    this.#present = new Present(model);
    context.saveState.connect(this.#onSave); // after the manager itself, which begins anew each time
    model.on("change:_replay", this.#onReplay);
    for (const name of ["_id", "_input", "layout"]) void this.#find(manager, reference(model.get(name)));
  }

  // They are to be at hand when it is saved, which does not wait.
  async #find(manager: Manager, id: string): Promise<void> {
    try {
      this.#models.set(id, await manager.get_model(id));
    } catch {
      // A kernel that is gone does not tell: what there is has to do.
    }
  }

  #onSave: OnSave = (_, phase) => {
    this.#saving = phase === "started";
    if (this.#saving) {
      clearTimeout(this.#later); // this one has what has come
      this.#write();
      return;
    }
    const second = this.#again;
    this.#again = false;
    if (phase === "completed" && !second) this.#ask();
  };

  #onReplay = (): void => {
    if (performance.now() - this.#askedAt > PATIENCE) return;
    this.#askedAt = Number.NEGATIVE_INFINITY;
    this.#saveLater();
  };

  #saveLater(): void {
    clearTimeout(this.#later);
    this.#later = setTimeout(() => (this.#saving ? this.#saveLater() : this.#saveAgain()), SETTLE);
  }

  // What shows the output in the file is brought up to date with it. Not under a hand.
  #ask(): void {
    clearTimeout(this.#asking);
    const input = this.#models.get(reference(this.#model.get("_input")));
    if (input === undefined || input.comm_live === false || this.#model.get("_over") === true) return;
    if (document.querySelector(".vw-root :active") !== null) {
      this.#asking = setTimeout(() => this.#ask(), HELD);
      return;
    }
    this.#askedAt = performance.now();
    input.send({ kind: "command", client: uniqueId(), name: "save", value: 0 });
  }

  // Who saves meanwhile waits: of two saves at once, JupyterLab takes one for somebody else's change of the file.
  #saveAgain(): void {
    const context = this.#context;
    if (context === null || context.isDisposed || context.model.readOnly) return;
    if (Object.hasOwn(context, "save")) {
      this.#saveLater(); // after another view, which does so
      return;
    }
    this.#again = true;
    const { save } = context;
    const ours = save.call(context).catch(() => {}); // it has told the user
    context.save = () => ours.then(() => save.call(context));
    void ours.then(() => Reflect.deleteProperty(context, "save"));
  }

  #write(): void {
    const notebook = this.#context?.model;
    if (notebook === undefined) return;
    const metadata = (notebook.getMetadata("widgets") ?? {}) as Record<string, SavedState | undefined>;
    const before = metadata[STATE] ?? { version_major: 2, version_minor: 0, state: {} };
    const state = { ...before.state };
    for (const [id, model] of this.#models) {
      state[id] = {
        model_name: model.name,
        model_module: model.module,
        model_module_version: String(model.get("_model_module_version")),
        state: model.serialize(model.get_state(true)),
      };
    }
    this.#bringUpToDate(state, notebook);
    const kept = withoutUnseen(state, shownIn(notebook));
    notebook.setMetadata("widgets", { ...metadata, [STATE]: { ...before, state: kept } });
  }

  // With what the page shows now, where that is more than the kernel has sent. What it says of a closed view is the last.
  #bringUpToDate(state: SavedState["state"], notebook: NotebookModel): void {
    const id = reference(this.#model.get("_id"));
    const own = state[id];
    const present = this.#present;
    if (own === undefined || present === null || this.#model.get("_over") === true) return;
    const before = parsed(own.state._replay);
    const now = composed(before, present);
    if (now === null || now === before) return;
    own.state._replay = JSON.stringify(now);
    const png = still(this.#pictures());
    if (png !== "") own.state._poster = `data:image/png;base64,${png}`;
    replaceStill(notebook, id, { "text/plain": summary(now), ...(png === "" ? {} : { "image/png": png }) });
  }

  destroy(): void {
    clearTimeout(this.#asking);
    clearTimeout(this.#later);
    this.#context?.saveState.disconnect(this.#onSave);
    this.#model.off("change:_replay", this.#onReplay);
    this.#present?.destroy();
    this.#models.clear();
  }
}

/** What is in the text of a replay, where that is whole. */
function parsed(text: unknown): ReplayDocument | null {
  try {
    return JSON.parse(String(text || "null"));
  } catch {
    return null; // it was cut short
  }
}

/** Has the file show `data` where it shows the view to who knows no widgets. The page does not render it anew. */
function replaceStill(notebook: NotebookModel, id: string, data: Record<string, string>): void {
  for (const { sharedModel } of notebook.cells ?? []) {
    if (sharedModel?.updateOutputs === undefined) continue;
    for (const [at, output] of (sharedModel.getOutputs?.() ?? []).entries()) {
      if (modelOf(output) !== id) continue;
      const newer = { ...output, data: { ...output.data, ...data } };
      sharedModel.updateOutputs(at, at + 1, [newer], "silent-change");
    }
  }
}

/** The model of which an output shows a view. */
function modelOf(output: Output | undefined): string | null {
  const view = output?.data?.[VIEW] as { model_id?: unknown } | undefined;
  return view?.model_id === undefined ? null : String(view.model_id);
}

/** The models that a notebook's outputs show. */
function shownIn(notebook: NotebookModel): Set<string> {
  const shown = new Set<string>();
  for (const { outputs } of notebook.cells ?? []) {
    for (let at = 0; at < (outputs?.length ?? 0); at++) {
      const model = modelOf(outputs?.get(at));
      if (model !== null) shown.add(model);
    }
  }
  return shown;
}

/** `saved` without views that are neither `shown` nor in a widget that is kept: a box, or an output of its own. */
function withoutUnseen(saved: SavedState["state"], shown: ReadonlySet<string>): SavedState["state"] {
  const others = Object.values(saved).filter(({ state }) => !isOwn(state));
  const held = JSON.stringify(others);
  const kept = { ...saved };
  for (const [id, { state }] of Object.entries(saved)) {
    if (!isOwn(state) || shown.has(id) || held.includes(id)) continue;
    for (const gone of [id, reference(state._input), reference(state.layout)]) delete kept[gone];
  }
  return kept;
}

/** The id that a trait names: as such, as a reference, or as the model itself. */
function reference(value: unknown): string {
  const named =
    typeof value === "string" ? value : String((value as { model_id?: string } | null)?.model_id ?? "");
  return named.replace("IPY_MODEL_", "");
}
