import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { App } from "../../src/view/app";
import { suggested, valuesIn } from "../../src/view/futures_form";
import type { Combo, Exploration, FutureLine } from "../../src/wire/protocol";
import { FakeModel, FakeObserver, panel, scene, slider, status, update } from "../hosts";

const LR = slider({ min: 1e-5, max: 1, log: true, value: 1e-3 });
const LOSS: Combo = {
  kind: "combo",
  id: "combo:loss",
  label: "loss",
  items: ["mse", "l1"],
  value: 0,
  origin: "",
  revision: 0,
};

describe("what is typed", () => {
  it("is a list of numbers in the range of the control", () => {
    expect(valuesIn("1e-4, 0.01 1", LR)).toEqual([1e-4, 0.01, 1]);
    expect(valuesIn("１e－4，0．01、1", LR)).toEqual([1e-4, 0.01, 1]); // as Chinese keyboards write them
    expect(() => valuesIn(" ", LR)).toThrow("Name values of lr");
    expect(() => valuesIn("1, x", LR)).toThrow("“x” is not a number");
    expect(() => valuesIn("2", LR)).toThrow("2 is outside the range of lr, 1e-5 to 1");
  });

  it("begins with values around that of now", () => {
    expect(suggested(LR)).toBe("1e-4, 0.001, 0.01");
    expect(suggested({ ...LR, value: 0.5 })).toBe("0.05, 0.5, 1");
    expect(suggested(slider({ value: 0 }))).toBe("0, 0.5, 1");
  });
});

describe("the dialog of futures", () => {
  let model: FakeModel;
  let app: App;

  const find = <E extends HTMLElement = HTMLElement>(selector: string) =>
    app.element.querySelector<E>(selector) as E;
  const all = (selector: string) => [...app.element.querySelectorAll<HTMLElement>(selector)];
  const type = (selector: string, value: string) => {
    find<HTMLInputElement>(selector).value = value;
    find(selector).dispatchEvent(new Event("input"));
  };
  const line = (name: string, news: Partial<FutureLine> = {}): FutureLine => ({
    name,
    state: "waiting",
    said: "",
    steps: 0,
    values: [],
    branch: "",
    ...news,
  });
  const exploration = (state: Exploration["state"], ...futures: FutureLine[]): Exploration => ({
    kind: "exploration",
    run: 1,
    state,
    said: "",
    step: 1200,
    steps: 50,
    by: "loss",
    best: state === "done" ? 0 : -1,
    futures,
  });

  beforeEach(async () => {
    vi.useFakeTimers({
      toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"],
    });
    FakeObserver.all = [];
    vi.stubGlobal("ResizeObserver", FakeObserver);
    vi.stubGlobal("IntersectionObserver", FakeObserver);
    model = new FakeModel();
    app = new App(model);
    document.body.append(app.element);
    await vi.advanceTimersByTimeAsync(0);
    Object.defineProperty(find(".vw-panels"), "clientWidth", { value: 1000 });
    model.post(scene(panel("Output"), panel("Hand", { canvases: [], controls: [LR, LOSS] })));
    model.post(update({ status: status() }));
    model.post({
      kind: "timeline",
      marks: [{ step: 5, kind: "checkpoint", text: "" }],
      alarms: [],
    });
  });

  afterEach(() => {
    app.destroy();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("says how much work it is, then has the kernel explore every combination", () => {
    find(".vw-explore").click();
    type(".vw-future-values input", "1e-4, 1e-2");
    expect(find(".vw-future-said").textContent).toBe("2 futures, 400 steps in all, about 3 s");
    find(".vw-future-foot button").click();
    expect(find(".vw-future-said").textContent).toContain("4 futures, 800 steps");
    type(".vw-future-steps", "50");
    find(".vw-main").click();
    expect(model.of("explore")).toEqual([
      expect.objectContaining({
        steps: 50,
        trials: [
          { panel: "Hand", control: "slider:lr", values: [1e-4, 1e-2] },
          { panel: "Hand", control: "combo:loss", values: [0, 1] },
        ],
      }),
    ]);
  });

  it("offers each control once, also where the dialog is opened again", () => {
    find(".vw-explore").click();
    find(".vw-futures").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    find(".vw-explore").click();
    find(".vw-future-foot button").click();
    expect(find(".vw-future-said").textContent).toContain("futures, ");
  });

  it("explores nothing that cannot be, and says why", () => {
    find(".vw-explore").click();
    type(".vw-future-values input", "7");
    expect(find(".vw-future-said").textContent).toContain("outside the range");
    expect(find<HTMLButtonElement>(".vw-main").disabled).toBe(true);
    type(".vw-future-values input", "1");
    model.post({ kind: "explore_refused", client: model.of("ready")[0]?.client ?? "", said: "no memory" });
    expect(find(".vw-future-said").textContent).toBe("no memory");
    expect(find<HTMLButtonElement>(".vw-main").disabled).toBe(false);
  });

  it("shows how far it is, and lets nothing be changed until then", () => {
    const running = line("lr 0.01", { state: "running", steps: 20 });
    model.post(exploration("running", line("lr 0.001", { state: "done", steps: 50 }), running));
    expect(find(".vw-future-doing").textContent).toBe("2 of 2 · lr 0.01 · step 20 of 50");
    expect(find<HTMLProgressElement>(".vw-futures progress").value).toBeCloseTo(0.7);
    expect(find(".vw-toolbar").inert).toBe(true);
    model.post(update({ status: status({ state: "paused" }) }));
    expect(find(".vw-state").textContent).toBe("Exploring futures");
    expect(find<HTMLFieldSetElement>(".vw-panels fieldset").disabled).toBe(true);
    find(".vw-future-progress button").click();
    expect(model.of("answer_futures")).toMatchObject([{ run: 1, answer: "cancel", future: -1 }]);
    model.post(exploration("cancelled", line("lr 0.001"), line("lr 0.01")));
    expect(find(".vw-toolbar").inert).toBe(false);
    expect(find(".vw-state").textContent).toBe("Paused");
    expect(find<HTMLFieldSetElement>(".vw-panels fieldset").disabled).toBe(false);
    expect(find(".vw-future-outcome").textContent).toBe("Cancelled. Everything is as it was.");
  });

  it("has the focus on Cancel once they run, if it was on the button that began them", () => {
    find(".vw-explore").click();
    find(".vw-main").focus();
    model.post(exploration("running", line("lr 0.001")));
    expect(document.activeElement?.textContent).toBe("Cancel");
  });

  it("offers to keep what can be kept, the best first seen, and closes with Escape", () => {
    model.post(
      exploration(
        "done",
        line("lr 0.001", { state: "done", steps: 50, branch: "lr 0.001", values: [["loss", "0.12"]] }),
        line("lr 1", { state: "ended", steps: 3, said: "loss is NaN (step 1,203)", branch: "lr 1" }),
        line("lr 2", { state: "failed", said: "ZeroDivisionError: x" }),
      ),
    );
    const cards = all(".vw-future");
    expect(cards.map((card) => card.querySelector<HTMLElement>("button")?.hidden)).toEqual([
      false,
      false,
      true,
    ]);
    expect(cards.map((card) => card.classList.contains("vw-is-best"))).toEqual([true, false, false]);
    expect(cards[1]?.textContent).toContain("ended · 3 steps · loss is NaN (step 1,203)");
    cards[1]?.querySelector("button")?.click();
    expect(model.of("answer_futures")).toMatchObject([{ run: 1, answer: "keep", future: 1 }]);
    model.post({
      kind: "explore_refused",
      client: model.of("ready")[0]?.client ?? "",
      said: "its end is gone",
    });
    expect(find(".vw-future-outcome").textContent).toBe("its end is gone");
    find(".vw-futures").dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true }));
    expect(model.of("answer_futures")).toMatchObject([{ answer: "keep" }, { answer: "dismiss" }]);
    expect(find(".vw-futures").hidden).toBe(true);
  });

  it("draws the curves of one scalar in the colours of the cards, whatever the order of their names", () => {
    const futures = ["a", "b"].map((name) => line(name, { state: "done", steps: 50, branch: name }));
    model.post(exploration("done", ...futures));
    const points = new DataView(new Float64Array([1201, 0.5, 1202, 0.4]).buffer);
    for (const future of [1, 0]) {
      const curves = [{ branch: "", series: "loss", buffer: 0 }];
      model.post({ kind: "future_shown", run: 1, future, pictures: [], curves }, [points]);
    }
    expect(find(".vw-future-curves").hidden).toBe(false);
    const swatches = all(".vw-future-card-head > .vw-swatch").map((one) => one.style.background);
    expect(swatches).toEqual(["var(--vw-series-1)", "var(--vw-series-2)"]);
  });

  it("disappears once no kernel answers", () => {
    model.post(exploration("running", line("a", { state: "running" })));
    model.over = true;
    model.emit("change:_over");
    expect(find(".vw-futures").hidden).toBe(true);
  });
});
