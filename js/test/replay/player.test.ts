import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeObserver } from "../hosts";
import { blob, replay } from "./replays";

vi.mock("uplot/dist/uPlot.min.css", () => ({}));
// uPlot needs a real canvas; the browser tests look at what it draws.
vi.mock("uplot", () => ({
  default: class {
    cursor = { idx: null };
    valToPos = () => 0;
    bbox = { left: 0, top: 0, width: 0, height: 0 };
    over = document.createElement("div");
    constructor(
      _: unknown,
      readonly data: unknown[],
    ) {}
    batch(change: () => void): void {
      change();
    }
    redraw(): void {}
    setData(): void {}
    setSize(): void {}
    destroy(): void {}
  },
}));

const { PlaybackBar } = await import("../../src/replay/playback_bar");
const { mount } = await import("../../src/replay/mount");

describe("the player", () => {
  let host: HTMLElement;
  let steps: number[];
  let decoded: string[];
  let player: ReturnType<typeof mount>;
  const find = <E extends HTMLElement = HTMLElement>(selector: string) => host.querySelector(selector) as E;
  const settled = () => vi.advanceTimersByTimeAsync(0);
  const open = async (document_ = replay()) => {
    player = mount(host, document_);
    await settled();
  };

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    FakeObserver.all = [];
    decoded = [];
    steps = [];
    vi.stubGlobal("ResizeObserver", FakeObserver);
    vi.stubGlobal("createImageBitmap", async (file: Blob) => {
      decoded.push(await file.text());
      return { width: 1, height: 1, close: () => {} };
    });
    host = document.createElement("div");
    host.addEventListener("vultorch:step", (event) => steps.push((event as CustomEvent).detail.step));
    document.body.append(host);
    Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, value: 800 });
  });

  afterEach(() => {
    player.destroy();
    host.remove();
    vi.useRealTimers();
    vi.unstubAllGlobals();
    Reflect.deleteProperty(HTMLElement.prototype, "clientWidth");
  });

  it("begins with the last frame, exactly", async () => {
    await open();
    expect(steps).toEqual([30]);
    expect(decoded).toEqual(["gt", "three"]);
    expect(find("[data-vw-canvas='Out/image']").dataset.lossless).toBe("true");
    expect(find(".vw-where").textContent).toBe("step 30 / 30");
    expect(find<HTMLInputElement>(".vw-slider .vw-field").value).toBe("0.75");
  });

  it("shows pictures, controls and chart at the step of the time line, and text as text", async () => {
    await open();
    const line = find<HTMLInputElement>(".vw-timeline");
    line.value = "12";
    line.dispatchEvent(new Event("input"));
    await settled();
    expect(steps.at(-1)).toBe(10);
    expect(decoded.at(-1)).toBe("two");
    expect(line.getAttribute("aria-valuetext")).toBe("step 10 of 30");
    expect(find(".vw-text").textContent).toBe("<b>middle</b>");
    expect(host.querySelector("b")).toBeNull();
    await vi.advanceTimersByTimeAsync(1000);
    expect(find(".vw-readout").textContent).toContain("step 10");
  });

  it("leaves pointer and wheel on its pictures to the page", async () => {
    const pointed = replay();
    for (const { canvases } of pointed.scene.panels) for (const shown of canvases) shown.pointer = "wheel";
    await open(pointed);
    expect(host.querySelector("[data-vw-canvas]")).not.toBeNull();
    expect(host.querySelector(".vw-pointed")).toBeNull();
  });

  it("has a time line in proportion to steps, with dots for pictures, aligned with the chart's axis", async () => {
    await open();
    const line = find<HTMLInputElement>(".vw-timeline");
    const dots = () =>
      [...(find(".vw-dots path").getAttribute("d") ?? "").matchAll(/M([\d.]+)/g)].map(([, at]) => Number(at));
    expect([line.min, line.max, line.value]).toEqual(["0", "30", "30"]);
    expect(dots()).toEqual([0, 333.3, 1000]);
    const bar = new PlaybackBar([0, 66, 250], { toggle: () => {}, seek: () => {}, choose: () => {} });
    bar.align({ left: 64, width: 400, first: 0, last: 200 });
    bar.show(1);
    const [track, input] = [bar.element.querySelector(".vw-track"), bar.element.querySelector("input")];
    expect((track as HTMLElement).style.marginLeft).toBe("56px");
    expect((track as HTMLElement).style.width).toBe("416px");
    expect(input?.style.getPropertyValue("--vw-part")).toBe("0.33");
  });

  it("goes from picture to picture by keys", async () => {
    await open();
    const press = (key: string) =>
      find(".vw-timeline").dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
    for (const key of ["ArrowLeft", "ArrowDown", "ArrowLeft", "ArrowRight", "End", "Home", "PageUp"]) {
      press(key);
      await settled();
    }
    expect(steps).toEqual([30, 10, 0, 10, 30, 0, 30]);
    expect(press("a")).toBe(true); // left to the page
    expect(find(".vw-timeline").getAttribute("aria-valuetext")).toBe("step 30 of 30");
  });

  it("shows the picture closest to a place on the time line, and stays there", async () => {
    await open();
    const line = find<HTMLInputElement>(".vw-timeline");
    for (const [put, shown] of [
      [4, 0],
      [6, 10],
      [21, 30],
    ]) {
      line.value = String(put);
      line.dispatchEvent(new Event("input"));
      line.dispatchEvent(new Event("change"));
      await settled();
      expect([steps.at(-1), line.value]).toEqual([shown, String(shown)]);
    }
  });

  it("explains its speed", async () => {
    await open();
    expect(find(".vw-rate").textContent).toContain("Speed");
    expect(find(".vw-rate").title).toContain("not how fast the training was");
    expect(find(".vw-status").textContent).toContain("12.0 steps/s on average");
    expect(find(".vw-play").textContent).toBe("Play");
  });

  it("plays from the beginning to the end, and stops there", async () => {
    await open();
    player.play();
    expect(find(".vw-play").getAttribute("aria-label")).toBe("Pause");
    await vi.advanceTimersByTimeAsync(2000);
    expect(steps).toEqual([30, 0, 10, 30]);
    expect(find(".vw-play").getAttribute("aria-label")).toBe("Play");
    expect(decoded.filter((name) => name === "gt")).toHaveLength(1); // an unchanged picture is not decoded again
  });

  it("plays at another speed, and is paused by the space bar and by seeking", async () => {
    await open();
    const speed = find<HTMLSelectElement>(".vw-rate select");
    speed.value = "0.25";
    player.play();
    await vi.advanceTimersByTimeAsync(1500);
    expect(steps).toEqual([30, 0]);
    find(".vw-timeline").dispatchEvent(new KeyboardEvent("keydown", { key: " ", cancelable: true }));
    await vi.advanceTimersByTimeAsync(5000);
    expect(steps).toEqual([30, 0]);
    player.play();
    player.seek(12);
    await vi.advanceTimersByTimeAsync(5000);
    expect(steps).toEqual([30, 0, 10]);
  });

  it("skips frames that are outdated before they are decoded", async () => {
    await open();
    for (const step of [0, 10, 0, 10, 0]) player.seek(step);
    await settled();
    expect(steps).toEqual([30, 0]);
    expect(decoded).toEqual(["gt", "three", "one"]);
  });

  it("takes no input, and shows an exception without a Resume button", async () => {
    const failure = { where: "view.on_frame", summary: "ValueError: <i>no</i>", traceback: "line 1" };
    await open(replay({ state: "failed", failure }));
    expect(find<HTMLFieldSetElement>("fieldset:has(input)").disabled).toBe(true);
    expect(find(".vw-failure-summary").textContent).toBe("ValueError: <i>no</i>");
    expect(find(".vw-failure .vw-button").hidden).toBe(true);
  });

  it("goes on if a picture cannot be decoded", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    await open(replay({ blobs: [blob("gt"), blob("one"), { ...blob("two"), data: "%" }, blob("three")] }));
    player.seek(10);
    await settled();
    expect(warn).toHaveBeenCalledOnce();
    player.seek(0);
    await settled();
    expect(steps).toEqual([30, 10, 0]);
    warn.mockRestore();
  });

  it("does not decode pictures that are too large to be recorded ones", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const head = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x40\0\0\0\x40\0";
    await open(replay({ blobs: [blob("gt"), blob("one"), blob(head), blob("three")] }));
    player.seek(10);
    await settled();
    expect(String(warn.mock.calls[0]?.[1])).toContain("16384 x 16384 pixels");
    expect(decoded).toEqual(["gt", "three"]);
    warn.mockRestore();
  });

  it("has nothing to play if there is only one frame", async () => {
    await open(
      replay({ frames: [{ step: 3, pictures: [{ canvas: "GT/image", blob: 0 }], annotations: [] }] }),
    );
    expect(find(".vw-bar").hidden).toBe(true);
    player.play();
    await vi.advanceTimersByTimeAsync(2000);
    expect(steps).toEqual([3]);
  });

  describe("of a run with a branch that was left", () => {
    const branched = () =>
      replay({
        blobs: [blob("gt"), blob("one"), blob("two"), blob("three", true), blob("left"), blob("end")],
        branches: [
          {
            name: "branch 1",
            shared: 10,
            last: 52,
            frames: [
              { step: 20, pictures: [{ canvas: "Out/image", blob: 4 }], annotations: [] },
              {
                step: 50,
                pictures: [
                  { canvas: "GT/image", blob: 0 },
                  { canvas: "Out/image", blob: 5 },
                ],
                annotations: [],
              },
            ],
            controls: [{ step: 20, panel: "Out", control: "s", value: 0.9 }],
            marks: [{ step: 40, kind: "note", text: "there" }],
            bests: { loss: { step: 52, value: 0.4, highest: false } },
          },
        ],
        marks: [{ step: 28, kind: "note", text: "here" }],
        ghosts: [
          {
            name: "branch 1",
            kind: "branch",
            began: 0,
            controls: [{ label: "lr", value: 0.9 }],
            rulers: [],
            curves: [{ series: "loss", steps: [11, 52], values: [0.5, 0.4] }],
          },
        ],
        training: {},
      });
    const choice = () => find<HTMLSelectElement>(".vw-branches");
    const choose = async (branch: string) => {
      choice().value = branch;
      choice().dispatchEvent(new Event("change"));
      await settled();
    };
    const press = async (key: string, where = ".vw-timeline") => {
      find(where).dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
      await settled();
    };
    const slid = () => find<HTMLInputElement>(".vw-slider .vw-field").value;

    it("offers it with what was set otherwise, and shows its end", async () => {
      await open(branched());
      expect([...choice().options].map(({ textContent }) => textContent)).toEqual([
        "the present",
        "branch 1 · lr 0.9 · to step 52",
      ]);
      await choose("branch 1");
      expect(find(".vw-where").textContent).toBe("step 50 / 50 · branch 1");
      expect([steps.at(-1), decoded.at(-1), slid()]).toEqual([50, "end", "0.9"]);
      expect(find(".vw-replay").dataset.vwBranch).toBe("branch 1");
      expect(find(".vw-go-on").hidden).toBe(true); // the page has weights of the present alone
    });

    it("is looked at along its whole way, and left again", async () => {
      await open(branched());
      await choose("branch 1");
      const seen: unknown[] = [];
      for (const _ of [1, 2, 3]) {
        await press("ArrowLeft");
        seen.push([steps.at(-1), decoded.at(-1), slid()]);
      }
      expect(seen).toEqual([
        [20, "left", "0.9"],
        [10, "two", "0.25"],
        [0, "one", "0.5"],
      ]);
      player.play();
      await vi.advanceTimersByTimeAsync(2000);
      expect(steps.slice(-3)).toEqual([10, 20, 50]);
      await press("Escape");
      expect([choice().value, steps.at(-1), decoded.at(-1), slid()]).toEqual(["", 30, "three", "0.75"]);
      expect(find(".vw-where").textContent).toBe("step 30 / 30");
      expect(find(".vw-go-on").hidden).toBe(false);
      expect(find(".vw-replay").dataset.vwBranch).toBeUndefined();
    });

    it("has nothing to choose if there is none", async () => {
      await open();
      expect(choice().parentElement?.hidden).toBe(true);
    });
  });

  it("leaves no timer, observer or element behind", async () => {
    await open();
    player.play();
    player.destroy();
    expect(host.childElementCount).toBe(0);
    expect(FakeObserver.all.every((observer) => !observer.connected)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});
