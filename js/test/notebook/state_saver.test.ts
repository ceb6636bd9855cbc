import { beforeEach, describe, expect, it, vi } from "vitest";
import { PATIENCE, SETTLE, StateSaver } from "../../src/notebook/state_saver";
import { FakeModel, panel, scene, status, update } from "../hosts";

const OWN = "vultorch_widget.notebook.widget.ViewWidget";
const OWN_IN_0_1 = "vultorch_widget.widget.ViewWidget";
const STATE = "application/vnd.jupyter.widget-state+json";
const VIEW = "application/vnd.jupyter.widget-view+json";

type Saved = Record<string, { state: Record<string, unknown> }>;

/** A notebook in a host that saves it, with this view and what its file has from before. */
class Host {
  slots: ((sender: unknown, phase: string) => void)[] = [];
  metadata: Record<string, unknown> = {};
  shown: string[] = ["view"]; // by outputs
  saves = 0;
  sent: unknown[] = [];
  live = true;
  over = false;
  updated: unknown[] = []; // outputs in the file alone
  replay = "";
  /** How the host saves; a test may have it take its time. */
  saving: (save: () => void) => Promise<void> = async (save) => save();
  context: { save(): Promise<void> } = { save: async () => {} };

  get model(): FakeModel {
    const models: Record<string, unknown> = {
      view: this.managed(() => ({
        _anywidget_id: OWN,
        _input: "IPY_MODEL_input",
        layout: "IPY_MODEL_layout",
        _replay: this.replay,
      })),
      input: this.managed(() => ({})),
      layout: this.managed(() => ({})),
    };
    const context = {
      saveState: {
        connect: (slot: (typeof this.slots)[0]) => void this.slots.push(slot),
        disconnect: (slot: (typeof this.slots)[0]) => void this.slots.splice(this.slots.indexOf(slot), 1),
      },
      model: {
        cells: [{}, { outputs: this.outputs(), sharedModel: this.shared() }],
        getMetadata: (key: string) => this.metadata[key],
        setMetadata: (key: string, value: unknown) => void Object.assign(this.metadata, { [key]: value }),
      },
    };
    Object.setPrototypeOf(context, { save: () => this.saving(() => this.save()) });
    this.context = context as unknown as Host["context"];
    const widget_manager = {
      context,
      get_model: async (id: string) => models[id] ?? Promise.reject(new Error("unknown")),
    };
    const traits: Record<string, unknown> = {
      _id: "view",
      _input: "IPY_MODEL_input",
      layout: { model_id: "layout" },
    };
    const model = Object.assign(new FakeModel(), { widget_manager });
    model.get = (name: string) => (name === "_over" ? this.over : (traits[name] as string));
    return model;
  }

  outputs() {
    const data = (at: number) => ({ [VIEW]: { model_id: this.shown[at] } });
    return { length: this.shown.length, get: (at: number) => ({ data: data(at) }) };
  }

  shared() {
    const { length, get } = this.outputs();
    return {
      getOutputs: () => Array.from({ length }, (_, at) => get(at)),
      updateOutputs: (...change: unknown[]) => void this.updated.push(change.slice(0, 3)),
    };
  }

  managed(state: () => Record<string, unknown>) {
    return {
      name: "AnyModel",
      module: "anywidget",
      comm_live: this.live,
      get: () => "0.9",
      get_state: state,
      serialize: (given: Record<string, unknown>) => given,
      send: (content: unknown) => void this.sent.push(content),
    };
  }

  /** What the file has before, of views with an input and a layout each, and of others. */
  has(...ids: string[]): void {
    const old = (id: string) => ({
      _anywidget_id: OWN_IN_0_1,
      _input: `IPY_MODEL_${id}-input`,
      layout: `IPY_MODEL_${id}-layout`,
    });
    const state = Object.fromEntries(
      ids.flatMap((id) => [
        [id, { state: old(id) }],
        [`${id}-input`, { state: {} }],
        [`${id}-layout`, { state: {} }],
      ]),
    );
    this.metadata.widgets = { [STATE]: { version_major: 2, version_minor: 0, state } };
  }

  save(): void {
    this.saves += 1;
    for (const phase of ["started", "completed"]) for (const slot of [...this.slots]) slot(null, phase);
  }

  get saved(): Saved {
    const widgets = this.metadata.widgets as Record<string, { state: Saved }>;
    return widgets[STATE]?.state ?? {};
  }
}

describe("StateSaver", () => {
  let host: Host;

  const keep = async () => {
    const model = host.model;
    const keeper = new StateSaver(model);
    for (let turn = 0; turn < 3; turn++) await Promise.resolve();
    return { model, keeper };
  };

  beforeEach(() => {
    host = new Host();
  });

  it("puts its models into a notebook that is saved", async () => {
    const { keeper } = await keep();
    host.save();
    expect(Object.keys(host.saved).sort()).toEqual(["input", "layout", "view"]);
    keeper.destroy();
    expect(host.slots).toEqual([]);
  });

  it("takes out views of dead kernels that no output shows, and leaves those that one shows", async () => {
    host.has("dead", "shown");
    host.shown = ["view", "shown"];
    await keep();
    host.save();
    const left = Object.keys(host.saved).sort();
    expect(left).toEqual(["input", "layout", "shown", "shown-input", "shown-layout", "view"]);
  });

  it("takes out its own view where the outputs have been cleared", async () => {
    await keep();
    host.save();
    host.shown = [];
    host.save();
    expect(Object.keys(host.saved)).toEqual([]);
  });

  it("leaves a view that another saved widget holds, and widgets of others", async () => {
    host.has("boxed");
    Object.assign(host.saved, { box: { state: { children: ["IPY_MODEL_boxed"] } }, slider: { state: {} } });
    await keep();
    host.save();
    expect(Object.keys(host.saved)).toEqual(expect.arrayContaining(["boxed", "box", "slider", "view"]));
  });

  it("has a running view's replay made anew when the notebook is saved, and saves it once more", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { model } = await keep();
    host.save();
    expect(host.sent).toEqual([expect.objectContaining({ kind: "command", name: "save" })]);
    host.replay = '{"last": 11380}';
    model.emit("change:_replay");
    vi.advanceTimersByTime(SETTLE);
    expect(host.saves).toBe(2);
    expect(host.saved.view?.state._replay).toBe('{"last": 11380}');
    model.emit("change:_replay"); // now and then while it runs, as before
    vi.advanceTimersByTime(SETTLE);
    expect(host.saves).toBe(2);
    expect(host.sent).toHaveLength(1);
    host.save();
    expect(host.sent).toHaveLength(2);
    vi.useRealTimers();
  });

  it("does not save beside the user, whose save has the new replay anyway", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { model } = await keep();
    host.save();
    host.replay = '{"last": 7}';
    model.emit("change:_replay");
    host.save(); // by the user, a moment later
    expect(host.saved.view?.state._replay).toBe('{"last": 7}');
    vi.advanceTimersByTime(2 * SETTLE);
    expect(host.saves).toBe(2);
    vi.useRealTimers();
  });

  it("has who saves meanwhile wait for its own save", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { model } = await keep();
    host.save();
    const running: (() => void)[] = [];
    host.saving = (save) =>
      new Promise((done) => {
        running.push(() => {
          save();
          done();
        });
      });
    model.emit("change:_replay");
    vi.advanceTimersByTime(SETTLE);
    expect(running).toHaveLength(1);
    void host.context.save(); // by the user
    await vi.advanceTimersByTimeAsync(0);
    expect(running).toHaveLength(1);
    running[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(running).toHaveLength(2);
    running[1]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(Object.hasOwn(host.context, "save")).toBe(false);
    vi.useRealTimers();
  });

  it("saves what the page shows, also to who knows no widgets, though the kernel has not answered", async () => {
    const { model } = await keep();
    model.post(scene(panel("GT")));
    model.post(update({ status: status({ iteration: 1234 }) }));
    host.save();
    const { _replay } = host.saved.view?.state ?? {};
    expect(JSON.parse(String(_replay))).toMatchObject({ last: 1234, state: "running" });
    expect(host.updated).toEqual([
      [
        0,
        1,
        [{ data: { [VIEW]: { model_id: "view" }, "text/plain": "Fit an image: running at step 1,234" } }],
      ],
    ]);
  });

  it("leaves what it has of a view that is closed, whatever the page was told before", async () => {
    const { model } = await keep();
    model.post(scene(panel("GT")));
    model.post(update({ status: status({ iteration: 1234 }) }));
    host.replay = '{"last": 1300}';
    host.over = true;
    host.save();
    expect(host.saved.view?.state._replay).toBe('{"last": 1300}');
  });

  it("waits for the answer no longer than a minute", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { model } = await keep();
    host.save();
    vi.advanceTimersByTime(PATIENCE + 1);
    model.emit("change:_replay");
    expect(host.saves).toBe(1);
    vi.useRealTimers();
  });

  it("asks no kernel that is gone", async () => {
    host.live = false;
    await keep();
    host.save();
    expect(host.sent).toEqual([]);
  });

  it("does nothing in a host that has no document", () => {
    const keeper = new StateSaver(new FakeModel());
    keeper.destroy();
    expect(host.slots).toEqual([]);
  });
});
