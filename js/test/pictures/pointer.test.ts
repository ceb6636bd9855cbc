import { beforeEach, describe, expect, it } from "vitest";
import { type PointerInput, PointerTracker, type Target } from "../../src/pictures/pointer";
import { begin, frame } from "../senders";

const WHOLE = { left: 0, top: 0, right: 20, bottom: 10 };

describe("PointerTracker", () => {
  let box: HTMLElement;
  let pointing: PointerTracker;
  let told: PointerInput[];
  let target: Target | null;

  const fire = (kind: string, x: number, y: number, more: PointerEventInit & WheelEventInit = {}) => {
    const init = {
      clientX: x,
      clientY: y,
      isPrimary: true,
      button: -1,
      bubbles: true,
      cancelable: true,
      ...more,
    };
    const event = kind === "wheel" ? new WheelEvent(kind, init) : new MouseEvent(kind, init);
    for (const [key, value] of Object.entries({ isPrimary: true, pointerId: 1, button: -1, ...more }))
      Object.defineProperty(event, key, { value, configurable: true });
    const untouched = box.dispatchEvent(event);
    return !untouched;
  };
  const brief = () => told.map(({ action, x, y }) => [action, x, y]);

  beforeEach(() => {
    begin();
    told = [];
    target = { rect: new DOMRect(100, 50, 200, 400), viewport: WHOLE };
    box = document.createElement("div");
    pointing = new PointerTracker(
      box,
      () => target,
      (report) => told.push(report),
    );
    pointing.mode = "on";
  });

  it("reports texels, whatever the picture's size on the screen", () => {
    fire("pointermove", 100, 50);
    frame();
    fire("pointermove", 205, 250, { shiftKey: true, metaKey: true });
    frame();
    expect(brief()).toEqual([
      ["move", 0, 0],
      ["move", 10.5, 5],
    ]);
    expect(told[1]?.modifiers).toEqual(["shift", "meta"]);
  });

  it("sends the last of many moves once per animation frame", () => {
    for (let x = 100; x < 200; x += 1) fire("pointermove", x, 50);
    expect(told).toEqual([]);
    frame();
    expect(brief()).toEqual([["move", 9.9, 0]]);
    frame();
    expect(told.length).toBe(1);
  });

  it("sends a press at once, after earlier moves", () => {
    fire("pointermove", 110, 50);
    fire("pointerdown", 120, 50, { button: 0, buttons: 1 });
    expect(brief()).toEqual([
      ["move", 1, 0],
      ["press", 2, 0],
    ]);
    expect(told[1]).toMatchObject({ button: "left", buttons: ["left"], stroke: 1 });
  });

  it.each([
    [3, ["press", "release", "click"]],
    [9, ["press", "move", "release"]],
  ])("tells a click from a drag of %d pixels", (distance, actions) => {
    fire("pointerdown", 120, 50, { button: 2, buttons: 2 });
    if (distance > 4) fire("pointermove", 120 + distance, 50, { buttons: 2 });
    fire("pointerup", 120 + distance, 50, { button: 2, buttons: 0 });
    expect(told.map(({ action }) => action)).toEqual(actions);
    expect(told.at(-1)).toMatchObject({ button: "right", buttons: [] });
  });

  it("reports no click if the pointer moves away and back", () => {
    fire("pointerdown", 120, 50, { button: 0, buttons: 1 });
    fire("pointermove", 180, 50, { buttons: 1 });
    fire("pointermove", 120, 50, { buttons: 1 });
    fire("pointerup", 120, 50, { button: 0, buttons: 0 });
    expect(told.map(({ action }) => action)).toEqual(["press", "move", "release"]);
  });

  it("sums turns of the wheel, and keeps the page from scrolling", () => {
    expect(fire("wheel", 100, 50, { deltaY: 100 })).toBe(false); // the program does not use the wheel
    pointing.mode = "wheel";
    expect(fire("wheel", 100, 50, { deltaY: 100 })).toBe(true);
    fire("wheel", 100, 50, { deltaY: -3, deltaMode: 1 });
    fire("wheel", 100, 50, { deltaY: 50 });
    frame();
    expect(told.map(({ action, wheel }) => [action, wheel])).toEqual([["wheel", -0.5]]);
  });

  it("sends nothing without a picture, or once it is off", () => {
    target = null;
    fire("pointerdown", 120, 50, { button: 0, buttons: 1 });
    target = { rect: new DOMRect(0, 0, 0, 0), viewport: WHOLE };
    fire("pointerdown", 120, 50, { button: 0, buttons: 1 });
    target = { rect: new DOMRect(0, 0, 10, 10), viewport: WHOLE };
    fire("pointermove", 5, 5);
    pointing.mode = "off";
    fire("pointermove", 5, 5);
    frame();
    expect(told).toEqual([]);
    expect(box.classList.contains("vw-pointed")).toBe(false);
  });

  it("forgets buttons when it leaves", () => {
    fire("pointerdown", 120, 50, { button: 0, buttons: 1 });
    fire("pointercancel", 120, 50, { buttons: 1 });
    expect(told.at(-1)).toMatchObject({ action: "leave", buttons: [] });
  });
});
