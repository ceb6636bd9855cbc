import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readSights } from "../../src/inspection/sights";
import { Zoom } from "../../src/inspection/zoom";
import { PictureView } from "../../src/pictures/picture";
import type { Outgoing, Wire } from "../../src/wire/connection";
import { Kept } from "../../src/wire/kept";
import type { CanvasSpec } from "../../src/wire/protocol";
import { canvas, FakeModel, FakeObserver } from "../hosts";

describe("zooming", () => {
  let sent: Outgoing[];
  let frames: (() => void)[];
  let wire: Wire;
  const part = { left: 64, top: 64, right: 128, bottom: 128 };

  beforeEach(() => {
    sent = [];
    frames = [];
    wire = { client: "page", send: (message) => sent.push(message) };
    vi.stubGlobal("ResizeObserver", FakeObserver);
    vi.stubGlobal("requestAnimationFrame", (callback: () => void) => frames.push(callback));
    vi.stubGlobal("cancelAnimationFrame", () => {});
  });
  afterEach(() => vi.unstubAllGlobals());

  const picture = (id: string, more: Partial<CanvasSpec> = {}) =>
    new PictureView(canvas(id, { width: 256, height: 256, ...more }), wire, {
      resized: () => {},
      lost: () => {},
    });
  const frame = () => {
    for (const callback of frames.splice(0)) callback();
  };
  const told = () => sent.filter(({ kind }) => kind === "viewports");

  it("moves canvases of one size and link together, and no others", () => {
    const [a, b, alone, larger, named] = [
      picture("a"),
      picture("b"),
      picture("alone", { link: null }),
      picture("larger", { width: 512, height: 512 }),
      picture("named", { link: "pair" }),
    ];
    const zoom = new Zoom(wire);
    zoom.update([a, b, alone, larger, named]);
    zoom.show(a, part);
    expect(b.viewport).toEqual(part);
    expect([alone, larger, named].some(({ zoomed }) => zoomed)).toBe(false);
    zoom.show(alone, part);
    zoom.show(alone, { left: 0, top: 0, right: 256, bottom: 256 });
    expect(alone.zoomed).toBe(false);
    expect(a.viewport).toEqual(part);
  });

  it("tells the kernel once per animation frame, and only what is zoomed", () => {
    const [a, b] = [picture("a"), picture("b", { link: null })];
    const zoom = new Zoom(wire);
    zoom.update([a, b]);
    frame();
    expect(told()).toEqual([]); // nothing is zoomed
    zoom.show(a, { ...part, left: 63, right: 127 });
    zoom.show(a, part);
    frame();
    expect(told()).toEqual([{ kind: "viewports", viewports: [{ canvas: "a/image", ...part }] }]);
    zoom.show(a, { left: 0, top: 0, right: 256, bottom: 256 });
    frame();
    expect(told().at(-1)).toEqual({ kind: "viewports", viewports: [] });
  });

  it("shows the whole of a tensor of another size, and a new canvas as those it is linked with", () => {
    const a = picture("a");
    const zoom = new Zoom(wire);
    zoom.update([a]);
    zoom.show(a, part);
    const b = picture("b");
    zoom.update([a, b]);
    expect(b.viewport).toEqual(part);
    a.update(canvas("a", { width: 128, height: 128 }));
    zoom.update([a, b]);
    expect(a.zoomed).toBe(false);
    expect(b.viewport).toEqual(part);
    frame();
    expect(told().at(-1)).toEqual({ kind: "viewports", viewports: [{ canvas: "b/image", ...part }] });
  });

  it("survives another rendering and a reload, and tells the kernel again", () => {
    const model = new FakeModel();
    const before = new Zoom(wire, new Kept(model));
    const a = picture("a");
    before.update([a]);
    before.show(a, part);
    before.destroy();
    const again = picture("a", { width: 0, height: 0 }); // nothing is bound yet
    const zoom = new Zoom(wire, new Kept(model));
    zoom.update([again]);
    frame();
    expect(told()).toEqual([]);
    again.update(canvas("a"));
    zoom.update([again]);
    frame();
    expect(again.viewport).toEqual(part);
    expect(told()).toHaveLength(1);
  });

  it("saves the viewport once the movement ends, not with every move", () => {
    vi.useFakeTimers();
    const model = new FakeModel();
    const zoom = new Zoom(wire, new Kept(model));
    const a = picture("a");
    zoom.update([a]);
    for (let left = 0; left < 64; left++) zoom.show(a, { ...part, left, right: left + 64 });
    expect(model.saves).toBe(0);
    vi.advanceTimersByTime(1000);
    expect(model.saves).toBe(1);
    expect(new Kept(model).part("zoom")).toEqual({ "a/image": [63, 64, 127, 128, 256, 256] });
    zoom.show(a, { left: 0, top: 0, right: 256, bottom: 256 });
    vi.advanceTimersByTime(1000);
    expect(model.chosen).toBe("");
    vi.useRealTimers();
  });

  it("ignores invalid input", () => {
    const saved = [
      null,
      1,
      [0, 0, 9],
      [0, 0, 0, 9, 9, 9],
      [-1, 0, 5, 5, 9, 9],
      [0, 0, 10, 5, 9, 9],
      ["0", 0, 1, 1, 9, 9],
    ];
    for (const sight of saved) expect(readSights({ a: sight }).size).toBe(0);
    expect(readSights("a").size + readSights(null).size).toBe(0);
    expect(readSights({ a: [2, 2, 6, 3, 16, 8] }).get("a")?.viewport).toEqual({
      left: 2,
      top: 2,
      right: 6,
      bottom: 4,
    });
  });

  it("follows two fingers on a trackpad in Safari", () => {
    const a = picture("a");
    FakeObserver.of(a.element.querySelector(".vw-picture") as Element).callback([
      { contentRect: { width: 256, height: 256 } },
    ]);
    new Zoom(wire).update([a]);
    const gesture = (kind: string, scale: number) =>
      a.window.dispatchEvent(
        Object.assign(new Event(kind, { cancelable: true }), { scale, clientX: 0, clientY: 0 }),
      );
    gesture("gesturestart", 1);
    gesture("gesturechange", 1.5);
    expect(gesture("gesturechange", 2)).toBe(false); // the page itself is not zoomed
    expect(a.viewport).toEqual({ left: 0, top: 0, right: 128, bottom: 128 });
    gesture("gesturestart", 1);
    gesture("gesturechange", 0.5);
    expect(a.zoomed).toBe(false);
  });
});
