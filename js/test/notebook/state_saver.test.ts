import { beforeEach, describe, expect, it, vi } from "vitest";
import { PATIENCE, SETTLE, StateSaver } from "../../src/notebook/state_saver";
import { FakeModel, panel, scene, status, update } from "../hosts";

const OWN = "vultorch_widget.notebook.widget.ViewWidget";
const OWN_IN_0_1 = "vultorch_widget.widget.ViewWidget";
const STATE = "application/vnd.jupyter.widget-state+json";
const VIEW = "application/vnd.jupyter.widget-view+json";

type Saved = Record<string, { state: Record<string, unknown> }>;

/** A host that saves a notebook with this view, and the notebook's file. */
class Host {
  slots: ((sender: unknown, phase: string) => void)[] = [];
  metadata: Record<string, unknown> = {};
  shown: string[] = ["view"]; // in the outputs
  saves = 0;
  sent: unknown[] = [];
  live = true;
  over = false;
  updated: unknown[] = []; // outputs changed in the file only
  replay = "";
  /** How the host saves. A test can delay it. */
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

  /** Fills the file with views, each with an input and a layout, and other widgets. */
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

  it("removes views of dead kernels unless an output shows them", async () => {
    host.has("dead", "shown");
    host.shown = ["view", "shown"];
    await keep();
    host.save();
    const left = Object.keys(host.saved).sort();
    expect(left).toEqual(["input", "layout", "shown", "shown-input", "shown-layout", "view"]);
  });

  it("removes its own view if the outputs have been cleared", async () => {
    await keep();
    host.save();
    host.shown = [];
    host.save();
    expect(Object.keys(host.saved)).toEqual([]);
  });

  it("keeps a view inside another saved widget, and widgets of other libraries", async () => {
    host.has("boxed");
    Object.assign(host.saved, { box: { state: { children: ["IPY_MODEL_boxed"] } }, slider: { state: {} } });
    await keep();
    host.save();
    expect(Object.keys(host.saved)).toEqual(expect.arrayContaining(["boxed", "box", "slider", "view"]));
  });

  it("asks for a new replay of a running view when the notebook is saved, and saves again", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { model } = await keep();
    host.save();
    expect(host.sent).toEqual([expect.objectContaining({ kind: "command", name: "save" })]);
    host.replay = '{"last": 11380}';
    model.emit("change:_replay");
    vi.advanceTimersByTime(SETTLE);
    expect(host.saves).toBe(2);
    expect(host.saved.view?.state._replay).toBe('{"last": 11380}');
    model.emit("change:_replay"); // as happens now and then during a run
    vi.advanceTimersByTime(SETTLE);
    expect(host.saves).toBe(2);
    expect(host.sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(0); // the second save ends
    host.save();
    expect(host.sent).toHaveLength(2);
    vi.useRealTimers();
  });

  it("saves once more for each running view, not for ever", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { model } = await keep();
    const other = Object.assign(new FakeModel(), { widget_manager: model.widget_manager, get: model.get });
    new StateSaver(other);
    await vi.advanceTimersByTimeAsync(0);
    host.save();
    expect(host.sent).toHaveLength(2); // each view asks
    for (const running of [model, other]) {
      running.emit("change:_replay");
      await vi.advanceTimersByTimeAsync(SETTLE);
    }
    expect(host.saves).toBe(3);
    expect(host.sent).toHaveLength(2);
    for (const running of [model, other]) running.emit("change:_replay"); // as happens during their runs
    await vi.advanceTimersByTimeAsync(3 * SETTLE);
    expect(host.saves).toBe(3);
    vi.useRealTimers();
  });

  it("does not save again if the user does, whose save has the new replay", async () => {
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

  it("delays a save of the user until its own is done", async () => {
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

  it("saves what the page shows, also as a still picture and text, before the kernel answers", async () => {
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

  it("offers a page whose kernel has ended the replay that a save keeps, not the kernel's older one", async () => {
    const { model, keeper } = await keep();
    model.post(scene(panel("GT")));
    model.post(update({ status: status({ iteration: 1234 }) }));
    host.save();
    expect(keeper.composeReplay()).toBe(host.saved.view?.state._replay);
  });

  it("keeps the replay of a closed view, whatever the page shows", async () => {
    const { model } = await keep();
    model.post(scene(panel("GT")));
    model.post(update({ status: status({ iteration: 1234 }) }));
    host.replay = '{"last": 1300}';
    host.over = true;
    host.save();
    expect(host.saved.view?.state._replay).toBe('{"last": 1300}');
  });

  it("waits for the answer for at most a minute", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { model } = await keep();
    host.save();
    vi.advanceTimersByTime(PATIENCE + 1);
    model.emit("change:_replay");
    expect(host.saves).toBe(1);
    vi.useRealTimers();
  });

  it("asks nothing of a kernel that is gone", async () => {
    host.live = false;
    await keep();
    host.save();
    expect(host.sent).toEqual([]);
  });

  it("does nothing in a host without a document", () => {
    const keeper = new StateSaver(new FakeModel());
    keeper.destroy();
    expect(host.slots).toEqual([]);
  });
});
