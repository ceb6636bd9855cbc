// Keeps a widget in the notebook's file. JupyterLab and Jupyter Notebook do so by themselves only where a setting says
// it, which is off at first; then a notebook that is opened again has an error in place of the view and its replay.

import type { Model } from "./connection";

const FORMAT = "application/vnd.jupyter.widget-state+json";
/** How saved states of this widget are told from those of others. */
const OWN = "vultorch_widget.widget.ViewWidget";

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

/** What is used of a model of the widget manager's. */
interface ManagedModel {
  name: string;
  module: string;
  get(name: string): unknown;
  get_state(withoutDefaults: boolean): Record<string, unknown>;
  serialize(state: Record<string, unknown>): Record<string, unknown>;
}

type OnSave = (sender: unknown, phase: string) => void;

/** What is used of a widget manager that belongs to a document; others have no `context`. */
interface Manager {
  get_model(id: string): Promise<ManagedModel>;
  has_model(id: string): boolean;
  context?: {
    saveState: { connect(slot: OnSave): void; disconnect(slot: OnSave): void };
    model: { getMetadata(key: string): unknown; setMetadata(key: string, value: unknown): void };
  };
}

export class Keeper {
  #model: Model;
  #gone: () => boolean;
  #manager: Manager;
  #models = new Map<string, ManagedModel>();
  #onSave: OnSave = (_, phase) => {
    if (phase === "started") this.#write();
  };

  /** `gone` says whether the outputs that showed the widget have been cleared. */
  constructor(model: Model, gone: () => boolean) {
    this.#model = model;
    this.#gone = gone;
    this.#manager = model.widget_manager as unknown as Manager;
    const context = this.#manager?.context;
    if (context?.saveState === undefined || context.model.getMetadata === undefined) return;
    context.saveState.connect(this.#onSave); // after the manager itself, which begins anew each time
    for (const name of ["_id", "_input", "layout"]) void this.#find(reference(model.get(name)));
  }

  // They are to be at hand when it is saved, which does not wait.
  async #find(id: string): Promise<void> {
    try {
      this.#models.set(id, await this.#manager.get_model(id));
    } catch {
      // A kernel that is gone does not tell: what there is has to do.
    }
  }

  #write(): void {
    const notebook = this.#manager.context?.model;
    const metadata = (notebook?.getMetadata("widgets") ?? {}) as Record<string, SavedState | undefined>;
    const before = metadata[FORMAT] ?? { version_major: 2, version_minor: 0, state: {} };
    const state = this.#withoutOld(before.state);
    const wanted = !(this.#model.get("_over") === true && this.#gone()); // such a model stays in the page, of no use
    for (const [id, model] of this.#models) {
      delete state[id];
      if (!wanted) continue;
      state[id] = {
        model_name: model.name,
        model_module: model.module,
        model_module_version: String(model.get("_model_module_version")),
        state: model.serialize(model.get_state(true)),
      };
    }
    notebook?.setMetadata("widgets", { ...metadata, [FORMAT]: { ...before, state } });
  }

  /** `saved` without views that are no more, or a cell that is run again and again would fill the file. */
  #withoutOld(saved: SavedState["state"]): SavedState["state"] {
    const kept = { ...saved };
    for (const [id, { state }] of Object.entries(saved)) {
      if (state._anywidget_id !== OWN || this.#manager.has_model(id)) continue;
      for (const gone of [id, reference(state._input), reference(state.layout)]) delete kept[gone];
    }
    return kept;
  }

  destroy(): void {
    this.#manager?.context?.saveState?.disconnect(this.#onSave);
    this.#models.clear();
  }
}

/** The id that a trait names: as such, as a reference, or as the model itself. */
function reference(value: unknown): string {
  const named =
    typeof value === "string" ? value : String((value as { model_id?: string } | null)?.model_id ?? "");
  return named.replace("IPY_MODEL_", "");
}
