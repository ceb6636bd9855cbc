import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CanvasSize } from "../src/protocol";
import { Stage } from "../src/stage";
import { canvas, FakeObserver, panel, row, scene, slider } from "./hosts";

describe("Stage", () => {
  let stage: Stage;
  let sizes: CanvasSize[][];
  const changed = vi.fn();

  const resize = (width: number) => {
    Object.defineProperty(stage.element, "clientWidth", { configurable: true, value: width });
    FakeObserver.of(stage.element).callback([]);
  };
  const room = (id: string, width: number, height: number) => {
    const box = stage.picture(id)?.canvas.parentElement as Element;
    FakeObserver.of(box).callback([{ contentRect: { width, height } }]);
  };
  const names = () =>
    [...stage.element.querySelectorAll("[data-vw-panel]")].map(
      (node) => (node as HTMLElement).dataset.vwPanel,
    );

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("devicePixelRatio", 2);
    vi.stubGlobal("ResizeObserver", FakeObserver);
    FakeObserver.all = [];
    sizes = [];
    const files = { upload: () => () => {}, download: () => {} };
    stage = new Stage({ client: "me", files, change: changed, lost: () => {} }, (measured) =>
      sizes.push(measured),
    );
    document.body.append(stage.element);
    resize(1000);
  });

  afterEach(() => {
    stage.destroy();
    stage.element.remove();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it("gives panels their widths and pictures one height", () => {
    stage.update(scene(panel("GT"), panel("Output", { controls: [slider()] })));
    const panels = [...stage.element.querySelectorAll<HTMLElement>("[data-vw-panel]")];
    expect(panels.map((node) => node.style.width)).toEqual(["500px", "500px"]);
    const heights = [...stage.element.querySelectorAll<HTMLElement>(".vw-pictures")].map(
      (node) => node.style.height,
    );
    expect(heights[0]).toBe(heights[1]);
    expect(Number.parseFloat(heights[0] as string)).toBeGreaterThan(250);
  });

  it("has controls beside a picture where the panel has room for both", () => {
    const wide = panel("Output", { controls: [slider()] });
    stage.update(scene(wide));
    const output = stage.element.querySelector<HTMLElement>("[data-vw-panel]");
    expect(output?.classList.contains("vw-beside")).toBe(true);
    stage.patch({ panel: "Output", changed: [], order: [] });
    expect(output?.classList.contains("vw-beside")).toBe(false);
  });

  it("tells once, when sizes have settled, how many device pixels each canvas has", () => {
    stage.update(scene(panel("GT"), panel("Output")));
    room("GT/image", 100, 80);
    vi.advanceTimersByTime(20);
    room("GT/image", 200, 150);
    room("Output/image", 200, 150);
    vi.advanceTimersByTime(200);
    expect(sizes).toEqual([
      [
        { canvas: "GT/image", width: 400, height: 300 },
        { canvas: "Output/image", width: 400, height: 300 },
      ],
    ]);
  });

  it("keeps elements and the focus through a new structure and a narrow cell", () => {
    stage.update(
      scene(panel("Settings", { canvases: [], controls: [slider()] }), panel("GT"), panel("Output")),
    );
    const track = stage.element.querySelector("input") as HTMLInputElement;
    const picture = stage.picture("GT/image");
    track.focus();
    expect(names()).toEqual(["Settings", "GT", "Output"]);
    resize(480);
    expect(names()).toEqual(["GT", "Output", "Settings"]);
    stage.update(scene(panel("GT"), panel("Settings", { canvases: [], controls: [slider()] })));
    expect(stage.element.querySelector("input")).toBe(track);
    expect(stage.picture("GT/image")).toBe(picture);
    expect(document.activeElement).toBe(track);
    expect(stage.picture("Output/image")).toBeUndefined();
  });

  it("moves no element while a pointer is down in it", () => {
    stage.update(scene(panel("GT")));
    const picture = stage.picture("GT/image")?.element as HTMLElement;
    const parent = picture.closest("[data-vw-panel]")?.parentElement;
    picture.dispatchEvent(new PointerEvent("pointerdown", { buttons: 1, bubbles: true }));
    stage.update(scene(panel("GT"), panel("Output")));
    dispatchEvent(new PointerEvent("pointermove", { buttons: 1 }));
    vi.advanceTimersByTime(200);
    expect(picture.closest("[data-vw-panel]")?.parentElement).toBe(parent);
    dispatchEvent(new PointerEvent("pointerup", { buttons: 0 }));
    vi.advanceTimersByTime(0);
    expect(names()).toEqual(["GT", "Output"]);
  });

  it("moves no element when only its size changes", () => {
    stage.update(scene(panel("GT"), panel("Output")));
    const before = stage.element.firstElementChild;
    resize(1200);
    expect(stage.element.firstElementChild).toBe(before);
  });

  it("sends what a hand changes, with the panel's name", () => {
    stage.update(
      scene(
        panel("Output", {
          controls: [{ kind: "button", id: "b", label: "b", width: 0, height: 0, origin: "", revision: 0 }],
        }),
      ),
    );
    stage.element.querySelector("button")?.click();
    expect(changed).toHaveBeenCalledWith("Output", "b", true, 1);
  });

  it("says what is wrong with a canvas, or that it is empty", () => {
    const broken = panel("GT", { canvases: [canvas("GT", { error: "shape (2, 2, 9)" })] });
    const empty = panel("Output", { canvases: [canvas("Output", { width: 0, height: 0, detail: "" })] });
    const drained = panel("P", { canvases: [canvas("P", { width: 16, height: 0 })] });
    stage.update(scene(broken, empty, drained));
    const notes = [...stage.element.querySelectorAll(".vw-note")].map((node) => node.textContent);
    expect(notes).toEqual(["shape (2, 2, 9)", "Nothing is bound", "The tensor is empty"]);
  });

  it("throws where the layout names a panel that is not there", () => {
    expect(() => stage.update({ ...scene(panel("GT")), layout: row("GT", "missing") })).toThrow("missing");
  });

  it("says so where a view has no panels", () => {
    stage.update({ ...scene(), layout: null });
    expect(stage.element.textContent).toBe("This view has no panels");
  });
});
