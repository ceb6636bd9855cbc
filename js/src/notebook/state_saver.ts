// Saves a widget in the notebook's file. JupyterLab and Jupyter Notebook do this only with a setting that is off by
// default; without it, a notebook that is opened again shows an error instead of the view and its replay.
//
// The file should contain the replays of the views in its outputs and no others, each up to the moment of saving. The
// kernel's last replay of a running view may be old, because making one costs the training. So what the page shows is
// appended to it. The page lacks some of it, such as recent key frames or pictures of a hidden view. So it also asks
// the kernel for a new replay, and saves the notebook again once that has arrived.

import { composed } from "../replay/compose";
import type { ReplayDocument } from "../replay/document";
import { Present } from "../replay/present";
import type { ShownPicture } from "../view/display";
import type { Model } from "../wire/connection";
import { uniqueId } from "../wire/unique_id";
import { still } from "./still";
import { summary } from "./summary";

const STATE = "application/vnd.jupyter.widget-state+json";
const VIEW = "application/vnd.jupyter.widget-view+json";
/** Tells saved states of views from those of other widgets, by the Python class. In 0.1 that was in another module. */
const OWN = /^vultorch_widget\.(\w+\.)*ViewWidget$/;
/** Milliseconds within which a new replay from the kernel makes the page save again. */
export const PATIENCE = 60_000;
/** Milliseconds from the new replay to the second save. JupyterLab mistakes two saves at once for a conflict on disk.
 *  */
export const SETTLE = 1000;
/** Milliseconds between two checks whether the mouse button is up: updating an output rerenders it. */
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

/** The part of a widget manager's model that is used here. */
interface ManagedModel {
  name: string;
  module: string;
  comm_live?: boolean;
  get(name: string): unknown;
  get_state(withoutDefaults: boolean): Record<string, unknown>;
  serialize(state: Record<string, unknown>): Record<string, unknown>;
  send(content: unknown): void;
}

/** An output in the notebook's file. */
interface Output {
  data?: Record<string, unknown>;
}

/** The part of a cell that is used here: its outputs, as shown and as saved. */
interface Cell {
  outputs?: { length: number; get(at: number): { data: Record<string, unknown> } };
  sharedModel?: {
    getOutputs?(): Output[];
    updateOutputs?(start: number, end: number, outputs: Output[], origin: string): void;
  };
}

/** The part of a notebook's model that is used here. */
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

/** The part of a widget manager that is used here. Only the manager of a document has a `context`. */
interface Manager {
  get_model(id: string): Promise<ManagedModel>;
  context?: Context;
}

export class StateSaver {
  #model: Model;
  #context: Context | null = null;
  #models = new Map<string, ManagedModel>();
  #present: Present | null = null;
  #pictures: () => readonly ShownPicture[];
  #saving = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  #asking: ReturnType<typeof setTimeout> | undefined;
  #later: ReturnType<typeof setTimeout> | undefined; // for the second save

  /** `pictures` returns the pictures of the view that the page shows now. */
  constructor(model: Model, pictures: () => readonly ShownPicture[] = () => []) {
    this.#model = model;
    this.#pictures = pictures;
    const manager = model.widget_manager as unknown as Manager;
    const context = manager?.context;
    if (context?.saveState === undefined || context.model.getMetadata === undefined) return;
    this.#context = context;
    this.#present = new Present(model);
    context.saveState.connect(this.#onSave); // after the manager's own handler, which replaces the whole state
    model.on("change:_replay", this.#onReplay);
    for (const name of ["_id", "_input", "layout"]) void this.#find(manager, reference(model.get(name)));
  }

  // The models must be loaded before a save, which does not wait for them.
  async #find(manager: Manager, id: string): Promise<void> {
    try {
      this.#models.set(id, await manager.get_model(id));
    } catch {
      // Without a kernel the model may be missing. The others are still saved.
    }
  }

  /** Whether there is a replay. */
  get hasReplay(): boolean {
    return Boolean(this.#model.get("_replay")) || (this.#present?.files.size ?? 0) > 0;
  }

  /** The text of the newest replay: the kernel's last, extended up to what the page shows, just as a save would write
   *  it. */
  composeReplay(): string {
    const text = String(this.#model.get("_replay") ?? "");
    const newer = this.#extended(text);
    return newer === null ? text : JSON.stringify(newer);
  }

  /** Extends a replay up to what the page shows. Returns null if there is nothing to add. The replay of a closed view
   *  is complete. */
  #extended(text: unknown): ReplayDocument | null {
    if (this.#present === null || this.#model.get("_over") === true) return null;
    const before = parsed(text);
    const now = composed(before, this.#present);
    return now === before ? null : now;
  }

  #onSave: OnSave = (_, phase) => {
    this.#saving = phase === "started";
    if (this.#saving) {
      clearTimeout(this.#later); // this save includes the new replay
      this.#write();
      return;
    }
    if (phase === "completed" && this.#context !== null && !savesAgain(this.#context)) this.#ask();
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

  // A new replay updates the output, which is rendered again. That must not happen while the user is pressing
  // something.
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

  // Saves that the user starts meanwhile wait: JupyterLab mistakes two saves at once for a conflict on disk.
  #saveAgain(): void {
    const context = this.#context;
    if (context === null || context.isDisposed || context.model.readOnly) return;
    if (savesAgain(context)) {
      this.#saveLater(); // another view is saving
      return;
    }
    const { save } = context;
    let ours = Promise.resolve();
    context.save = () => ours.then(() => save.call(context));
    ours = save.call(context).catch(() => {}); // JupyterLab has already told the user
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

  // Appends what the page shows, if that is newer than the kernel's replay.
  #bringUpToDate(state: SavedState["state"], notebook: NotebookModel): void {
    const id = reference(this.#model.get("_id"));
    const own = state[id];
    if (own === undefined) return;
    const now = this.#extended(own.state._replay);
    if (now === null) return;
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

/** Parses a replay. Returns null if there is none, or its text is damaged. */
function parsed(text: unknown): ReplayDocument | null {
  try {
    return JSON.parse(String(text || "null"));
  } catch {
    return null;
  }
}

/** Replaces the text and still picture of a view in the file, for viewers without widgets. The page does not change. */
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

/** The id of the model whose view is in `output`. */
function modelOf(output: Output | undefined): string | null {
  const view = output?.data?.[VIEW] as { model_id?: unknown } | undefined;
  return view?.model_id === undefined ? null : String(view.model_id);
}

/** The ids of all models whose views are in a notebook's outputs. */
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

/** Removes views that are neither `shown` nor part of a widget that is kept, such as a box. */
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

/** Whether the save in progress is a second one, begun by a view. It makes no view ask for a new replay: two running views
 *  would make each other save for ever. Each view loads this module for itself, so only the document tells. */
function savesAgain(context: Context): boolean {
  return Object.hasOwn(context, "save");
}

/** The model id in a trait, which may hold the id, a reference, or the model. */
function reference(value: unknown): string {
  const named =
    typeof value === "string" ? value : String((value as { model_id?: string } | null)?.model_id ?? "");
  return named.replace("IPY_MODEL_", "");
}
