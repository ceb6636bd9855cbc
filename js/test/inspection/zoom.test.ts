import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Sights, Zoom } from "../../src/inspection/zoom";
import { PictureView } from "../../src/pictures/picture";
import type { Outgoing, Wire } from "../../src/wire/connection";
import type { CanvasSpec } from "../../src/wire/protocol";
import { canvas, FakeObserver } from "../hosts";

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

  it("survives another rendering, and tells the kernel again", () => {
    const sights: Sights = new Map();
    const before = new Zoom(wire, sights);
    const a = picture("a");
    before.update([a]);
    before.show(a, part);
    before.destroy();
    const again = picture("a");
    new Zoom(wire, sights).update([again]);
    frame();
    expect(again.viewport).toEqual(part);
    expect(told()).toHaveLength(1);
  });
});
