import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PanelGrid } from "../../src/panels/panel_grid";
import type { Outgoing } from "../../src/wire/connection";
import { canvas, FakeObserver, panel, row, scene, slider } from "../hosts";

describe("PanelGrid", () => {
  let grid: PanelGrid;
  let sent: Outgoing[];

  const resize = (width: number) => {
    Object.defineProperty(grid.element, "clientWidth", { configurable: true, value: width });
    FakeObserver.of(grid.element).callback([]);
  };
  const room = (id: string, width: number, height: number) => {
    const box = grid.picture(id)?.canvas.closest(".vw-picture") as Element;
    FakeObserver.of(box).callback([{ contentRect: { width, height } }]);
  };
  const names = () =>
    [...grid.element.querySelectorAll("[data-vw-panel]")].map(
      (node) => (node as HTMLElement).dataset.vwPanel,
    );

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("devicePixelRatio", 2);
    vi.stubGlobal("ResizeObserver", FakeObserver);
    FakeObserver.all = [];
    sent = [];
    const files = { upload: () => () => {}, download: () => {} };
    grid = new PanelGrid({ client: "me", send: (message) => sent.push(message) }, files, () => {});
    document.body.append(grid.element);
    resize(1000);
  });

  afterEach(() => {
    grid.destroy();
    grid.element.remove();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it("gives panels their widths and pictures the same height", () => {
    grid.update(scene(panel("GT"), panel("Output", { controls: [slider()] })));
    const panels = [...grid.element.querySelectorAll<HTMLElement>("[data-vw-panel]")];
    expect(panels.map((node) => node.style.width)).toEqual(["500px", "500px"]);
    const heights = [...grid.element.querySelectorAll<HTMLElement>(".vw-pictures")].map(
      (node) => node.style.height,
    );
    expect(heights[0]).toBe(heights[1]);
    expect(Number.parseFloat(heights[0] as string)).toBeGreaterThan(250);
  });

  it("takes no pointer while nothing is to be changed, whatever the program declares meanwhile", () => {
    const listening = () => [...grid.element.querySelectorAll(".vw-pointed")].length;
    const heard = (...names: string[]) =>
      panel("GT", {
        canvases: names.map((name) => canvas("GT", { id: `GT/${name}`, pointer: "on" })),
      });
    grid.update(scene(heard("a")));
    expect(listening()).toBe(1);
    grid.live = false;
    expect(listening()).toBe(0);
    grid.update(scene(heard("a", "b")));
    expect(listening()).toBe(0);
    grid.live = true;
    expect(listening()).toBe(2);
  });

  it("places controls next to a picture if both fit", () => {
    const wide = panel("Output", { controls: [slider()] });
    grid.update(scene(wide));
    const output = grid.element.querySelector<HTMLElement>("[data-vw-panel]");
    expect(output?.classList.contains("vw-beside")).toBe(true);
    grid.patch({ panel: "Output", changed: [], order: [] });
    expect(output?.classList.contains("vw-beside")).toBe(false);
  });

  it("sends the device pixels of each canvas once sizes have settled", () => {
    grid.update(scene(panel("GT"), panel("Output")));
    room("GT/image", 100, 80);
    vi.advanceTimersByTime(20);
    room("GT/image", 200, 150);
    room("Output/image", 200, 150);
    vi.advanceTimersByTime(200);
    const sizes = [
      { canvas: "GT/image", width: 400, height: 300 },
      { canvas: "Output/image", width: 400, height: 300 },
    ];
    expect(sent).toEqual([{ kind: "resize", sizes }]);
  });

  it("keeps elements and the focus in a new structure and a narrow cell", () => {
    grid.update(
      scene(panel("Settings", { canvases: [], controls: [slider()] }), panel("GT"), panel("Output")),
    );
    const track = grid.element.querySelector("input") as HTMLInputElement;
    const picture = grid.picture("GT/image");
    track.focus();
    expect(names()).toEqual(["Settings", "GT", "Output"]);
    resize(480);
    expect(names()).toEqual(["GT", "Output", "Settings"]);
    grid.update(scene(panel("GT"), panel("Settings", { canvases: [], controls: [slider()] })));
    expect(grid.element.querySelector("input")).toBe(track);
    expect(grid.picture("GT/image")).toBe(picture);
    expect(document.activeElement).toBe(track);
    expect(grid.picture("Output/image")).toBeUndefined();
  });

  it("moves no element while a pointer is down in it", () => {
    grid.update(scene(panel("GT")));
    const picture = grid.picture("GT/image")?.element as HTMLElement;
    const parent = picture.closest("[data-vw-panel]")?.parentElement;
    picture.dispatchEvent(new PointerEvent("pointerdown", { buttons: 1, bubbles: true }));
    grid.update(scene(panel("GT"), panel("Output")));
    dispatchEvent(new PointerEvent("pointermove", { buttons: 1 }));
    vi.advanceTimersByTime(200);
    expect(picture.closest("[data-vw-panel]")?.parentElement).toBe(parent);
    dispatchEvent(new PointerEvent("pointerup", { buttons: 0 }));
    vi.advanceTimersByTime(0);
    expect(names()).toEqual(["GT", "Output"]);
  });

  it("moves no element when only its size changes", () => {
    grid.update(scene(panel("GT"), panel("Output")));
    const before = grid.element.firstElementChild;
    resize(1200);
    expect(grid.element.firstElementChild).toBe(before);
  });

  it("sends the user's changes with the panel's id", () => {
    grid.update(
      scene(
        panel("Output", {
          controls: [{ kind: "button", id: "b", label: "b", width: 0, height: 0, origin: "", revision: 0 }],
        }),
      ),
    );
    grid.element.querySelector<HTMLElement>(".vw-controls button")?.click();
    const place = { panel: "Output", control: "b" };
    expect(sent).toContainEqual({ kind: "set_control", ...place, value: true, revision: 1 });
  });

  it("shows what is wrong with a canvas, or that it is empty", () => {
    const broken = panel("GT", { canvases: [canvas("GT", { error: "shape (2, 2, 9)" })] });
    const empty = panel("Output", { canvases: [canvas("Output", { width: 0, height: 0, detail: "" })] });
    const drained = panel("P", { canvases: [canvas("P", { width: 16, height: 0 })] });
    grid.update(scene(broken, empty, drained));
    const notes = [...grid.element.querySelectorAll(".vw-note")].map((node) => node.textContent);
    expect(notes).toEqual(["shape (2, 2, 9)", "Nothing is bound", "The tensor is empty"]);
  });

  it("throws if the layout names a missing panel", () => {
    expect(() => grid.update({ ...scene(panel("GT")), layout: row("GT", "missing") })).toThrow("missing");
  });

  it("says that a view has no panels", () => {
    grid.update({ ...scene(), layout: null });
    expect(grid.element.textContent).toBe("This view has no panels");
  });
});
