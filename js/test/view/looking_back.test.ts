import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Chart } from "../../src/chart/chart";
import { App } from "../../src/view/app";
import { LEAST } from "../../src/view/moments";
import type { BranchSteps, KeyFrameSteps, Moment } from "../../src/wire/protocol";
import { FakeModel, FakeObserver, panel, scene, slider, status, update } from "../hosts";

/** Milliseconds after which the page has rested from what it showed. */
const REST = 100;

describe("looking back while a run goes on", () => {
  let model: FakeModel;
  let app: App;
  const find = <E extends HTMLElement = HTMLElement>(selector: string) =>
    app.element.querySelector(selector) as E;
  const settled = () => vi.advanceTimersByTimeAsync(LEAST + REST);
  const line = () => find<HTMLInputElement>(".vw-live-bar .vw-timeline");
  const where = () => find(".vw-live-bar .vw-where").textContent;
  const live = () => find<HTMLButtonElement>(".vw-live");
  const slid = () => find<HTMLInputElement>(".vw-past .vw-slider .vw-field")?.value;
  const shown = () => app.element.dataset.vwBack;
  const press = (key: string) =>
    line().dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  const put = async (step: number) => {
    line().value = String(step);
    line().dispatchEvent(new Event("input"));
    await settled();
  };
  const tell = (news: Partial<KeyFrameSteps>) =>
    model.post(
      update({ key_frames: { run: 1, whole: false, taken: [], dropped: [], branches: null, ...news } }),
    );
  /** Answers the last request with the key frame of `step`, with a slider at a hundredth of it. */
  const answer = async (step: number, news: Partial<Moment> = {}) => {
    const [at] = model.of("fetch_moment").slice(-1);
    const controls = [{ panel: "GT", changed: [slider({ value: step / 100 })], order: null }];
    const pictures = [{ canvas: "GT/image", format: "png", lossless: true, buffer: 0, like: -1 } as const];
    const asked = { client: at?.client ?? "", branch: at?.branch ?? "" };
    const moment = { step, run: 1, pictures, annotations: [], controls, ...asked, ...news };
    model.post({ kind: "moment", ...moment }, [new DataView(new ArrayBuffer(32))]);
    await settled();
  };

  beforeEach(async () => {
    vi.useFakeTimers({
      toFake: [
        "setTimeout",
        "clearTimeout",
        "setInterval",
        "clearInterval",
        "performance",
        "requestAnimationFrame",
        "cancelAnimationFrame",
      ],
    });
    FakeObserver.all = [];
    vi.stubGlobal("ResizeObserver", FakeObserver);
    vi.stubGlobal("IntersectionObserver", FakeObserver);
    vi.stubGlobal("createImageBitmap", async () => ({ width: 8, height: 8, close: () => {} }));
    Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, value: 1000 });
    model = new FakeModel();
    app = new App(model);
    document.body.append(app.element);
    await settled();
    model.post(scene(panel("GT", { controls: [slider({ value: 0.9 })] })));
    model.post(update({ status: status({ iteration: 1200 }) }));
  });

  afterEach(() => {
    app.destroy();
    vi.restoreAllMocks();
    vi.useRealTimers();
    vi.unstubAllGlobals();
    Reflect.deleteProperty(HTMLElement.prototype, "clientWidth");
  });

  it("has a time line only once a frame was made, and looks back only once one is recorded", async () => {
    const first = new FakeModel();
    const other = new App(first);
    await settled();
    const bar = other.element.querySelector(".vw-live-bar") as HTMLElement;
    first.post(update({ status: status({ iteration: 0, frame: 0 }) }));
    expect(bar.hidden).toBe(true);
    first.post(update({ status: status({ iteration: 0, frame: 1 }) }));
    expect([bar.hidden, other.element.classList.contains("vw-has-past")]).toEqual([false, false]);
    other.destroy();
    tell({ run: 1, taken: [1], dropped: [] });
    expect([find(".vw-live-bar").hidden, app.element.classList.contains("vw-has-past")]).toEqual([
      false,
      true,
    ]);
    tell({ run: 1, taken: [10, 40], dropped: [] });
    expect([where(), live().disabled, line().value]).toEqual(["live", true, "1201"]);
  });

  it("keeps the time line's place after a reset, so that nothing moves under the mouse", () => {
    tell({ run: 1, taken: [1, 10], dropped: [] });
    tell({ run: 2, taken: [], dropped: [] });
    expect(find(".vw-live-bar").hidden).toBe(false);
  });

  it("forgets steps that the kernel does not name when it names them all", async () => {
    tell({ run: 1, taken: [1, 10, 40], dropped: [] });
    tell({ run: 1, whole: true, taken: [1, 40], dropped: [] });
    await put(12);
    expect(model.of("fetch_moment")).toMatchObject([{ step: 1 }]);
  });

  it("shows the pictures and controls of a key frame, and comes back", async () => {
    tell({ run: 1, taken: [1, 10, 40], dropped: [] });
    await put(12);
    expect(model.of("look_back").map(({ back }) => back)).toEqual([true]);
    expect(model.of("fetch_moment")).toMatchObject([{ step: 10, have: [] }]);
    expect(find(".vw-past")).toBeNull(); // the live view stays until there is something to show
    await answer(10);
    expect([shown(), where(), slid()]).toEqual(["10", "step 10 of 1,200 · looking back", "0.1"]);
    expect(find<HTMLFieldSetElement>(".vw-past fieldset").disabled).toBe(true);
    expect(find(".vw-panels").inert).toBe(true);
    model.post(update({ status: status({ iteration: 1300 }) }));
    expect(where()).toBe("step 10 of 1,300 · looking back");
    live().click();
    expect([shown(), find(".vw-past"), where()]).toEqual([undefined, null, "live"]);
    expect(find(".vw-panels").inert).toBe(false);
    expect(find<HTMLInputElement>(".vw-slider .vw-field").value).toBe("0.9");
    expect(model.of("look_back").map(({ back }) => back)).toEqual([true, false]);
  });

  it("goes from picture to picture by keys, to the present at the end, and back by Escape", async () => {
    tell({ run: 1, taken: [1, 10, 40], dropped: [] });
    press("ArrowLeft");
    await answer(40);
    press("ArrowLeft");
    await answer(10);
    expect(shown()).toBe("10");
    press("End");
    expect(where()).toBe("live");
    press("Home");
    await answer(1);
    expect(shown()).toBe("1");
    expect(press("Escape")).toBe(false); // it is used here
    expect(where()).toBe("live");
    expect(press("Escape")).toBe(true); // left to the notebook
  });

  it("asks for one moment at a time, and never again for one that it has", async () => {
    tell({ run: 1, taken: [1, 10, 40], dropped: [] });
    for (const step of [40, 10, 1]) await put(step);
    expect(model.of("fetch_moment").map(({ step }) => step)).toEqual([40]);
    await answer(40);
    expect(model.of("fetch_moment").map(({ step, have }) => [step, have])).toEqual([
      [40, []],
      [1, [40]],
    ]);
    await answer(1);
    await put(40);
    expect(shown()).toBe("40");
    expect(model.of("fetch_moment")).toHaveLength(2);
  });

  it("does not show a key frame of the run before", async () => {
    tell({ run: 1, taken: [1, 10], dropped: [] });
    await put(10);
    await answer(10);
    tell({ run: 2, taken: [1, 10], dropped: [] });
    expect([shown(), where()]).toEqual([undefined, "live"]);
    await put(10);
    expect(model.of("fetch_moment").at(-1)).toMatchObject({ step: 10, have: [] });
    await answer(10); // of run 1, sent just before
    expect([shown(), where()]).toEqual([undefined, "live"]);
  });

  it("says which step it shows where the wanted key frame was dropped meanwhile", async () => {
    tell({ run: 1, taken: [1, 10, 40], dropped: [] });
    await put(40);
    await answer(10);
    expect(where()).toBe("step 10 of 1,200 · looking back");
  });

  it("says that the kernel is busy, and comes back when it is gone", async () => {
    tell({ run: 1, taken: [1, 10], dropped: [] });
    await put(10);
    await vi.advanceTimersByTimeAsync(1000);
    expect(where()).toBe("The kernel is busy…");
    model.input.comm_live = false;
    model.emit("comm_live_update");
    expect([find(".vw-live-bar").hidden, app.element.classList.contains("vw-looking-back")]).toEqual([
      true,
      false,
    ]);
  });

  const LEFT: BranchSteps = {
    name: "branch 1",
    shared: 10,
    steps: [20, 30],
    last: 33,
    marks: [],
    moves: [],
    bests: [],
  };
  const choose = async (branch: string) => {
    const select = find<HTMLSelectElement>(".vw-branches");
    select.value = branch;
    select.dispatchEvent(new Event("change"));
    await settled();
  };

  it("shows the pictures of a branch that was left on its own time line, and comes back", async () => {
    tell({ taken: [1, 10, 40], branches: [LEFT] });
    await choose("branch 1");
    expect(model.of("fetch_moment")).toMatchObject([{ step: 30, branch: "branch 1", have: [] }]);
    await answer(30);
    expect([shown(), where(), line().max]).toEqual(["30", "step 30 of 33 · branch 1", "33"]);
    press("ArrowLeft");
    press("ArrowLeft");
    expect(where()).toBe("step 10 of 33 · branch 1");
    find(".vw-go-back").click();
    expect(model.of("rewind")).toMatchObject([{ step: -1, branch: "branch 1" }]);
    expect([shown(), where(), find<HTMLSelectElement>(".vw-branches").value]).toEqual([
      undefined,
      "live",
      "",
    ]);
  });

  it("has the chart show marks and best values of the branch that is looked at", async () => {
    const best = { step: 31, value: 0.5, highest: false };
    const courses = vi.spyOn(Chart.prototype, "course", "set");
    const course = () => courses.mock.calls.at(-1)?.[0];
    const move = (step: number, text: string) => ({ step, text });
    model.post(update({ moves: [move(5, "lr 0.1"), move(39, "lr 0.9")] }));
    const marks = [{ step: 33, kind: "checkpoint" as const, text: "" }];
    const branch = { ...LEFT, marks, moves: [move(20, "lr 0.5")], bests: [{ series: "loss", best }] };
    tell({ taken: [1, 10, 40], branches: [branch] });
    expect(course()).toBeNull();
    await choose("branch 1");
    await answer(30);
    expect(course()).toEqual({
      marks: [
        { step: 5, kind: "control", text: "lr 0.1" },
        { step: 33, kind: "checkpoint", text: "" },
        { step: 20, kind: "control", text: "lr 0.5" },
      ],
      bests: new Map([["loss", best]]),
    });
    tell({ branches: [{ ...branch, marks: [] }] }); // a checkpoint has made room
    expect(course()?.marks).toHaveLength(2);
    model.post(update({ moves: [move(6, "lr 0.2")] }));
    expect(course()?.marks[0]).toMatchObject({ step: 6 });
    press("Escape");
    expect(course()).toBeNull();
  });

  it("goes on from a step of the branch that is looked at", async () => {
    tell({ taken: [1, 10, 40], branches: [LEFT] });
    await choose("branch 1");
    await answer(30);
    press("ArrowLeft");
    await answer(20);
    find(".vw-go-on").click();
    expect(model.of("rewind")).toMatchObject([{ step: 20, branch: "branch 1" }]);
  });

  it("asks only once for a picture that a branch shares with the present, and never mixes up two of one step", async () => {
    tell({ taken: [1, 10, 30], branches: [LEFT] });
    await put(10);
    await answer(10);
    await put(30);
    await answer(30);
    await choose("branch 1");
    expect(model.of("fetch_moment").at(-1)).toMatchObject({ step: 30, branch: "branch 1", have: [10] });
    await answer(30, { controls: [{ panel: "GT", changed: [slider({ value: 0.77 })], order: null }] });
    expect(slid()).toBe("0.77");
    const asked = model.of("fetch_moment").length;
    await put(10);
    expect([shown(), slid(), model.of("fetch_moment").length]).toEqual(["10", "0.1", asked]);
    await choose("");
    await put(30);
    expect([slid(), model.of("fetch_moment").length]).toEqual(["0.3", asked]);
  });

  it("offers a branch without pictures to go back to, and comes back from one that is gone", async () => {
    tell({ taken: [10], branches: [{ ...LEFT, shared: -1, steps: [] }] });
    await choose("branch 1");
    expect([where(), find(".vw-go-back").hidden, live().disabled]).toEqual([
      "no pictures are kept",
      false,
      false,
    ]);
    press("Escape");
    expect([where(), find(".vw-go-back").hidden]).toEqual(["live", true]);
    tell({ branches: [LEFT] });
    await choose("branch 1");
    await answer(30);
    tell({ branches: [] });
    expect([shown(), where(), find(".vw-branches").parentElement?.hidden]).toEqual([undefined, "live", true]);
  });

  it("does not show pictures of a branch that is forgotten as those of a later one of its name", async () => {
    tell({ taken: [10], branches: [LEFT] });
    await choose("branch 1");
    await answer(30);
    tell({ branches: [] });
    tell({ branches: [{ ...LEFT, last: 31 }] });
    const asked = model.of("fetch_moment").length;
    await choose("branch 1");
    expect(model.of("fetch_moment").length).toBe(asked + 1);
  });

  it("tells the kernel again and again that it looks back, so that a page that died is noticed", async () => {
    tell({ run: 1, taken: [1, 10], dropped: [] });
    await put(10);
    await vi.advanceTimersByTimeAsync(10_500);
    expect(model.of("look_back").map(({ back }) => back)).toEqual([true, true, true]);
    app.destroy();
    await vi.advanceTimersByTimeAsync(10_500);
    expect(model.of("look_back")).toHaveLength(3);
  });
});
