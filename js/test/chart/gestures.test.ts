import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Gestures } from "../../src/chart/gestures";

let over: HTMLElement;
let gestures: Gestures;
let zoomed: boolean;
const events = { click: vi.fn(), select: vi.fn(), pan: vi.fn(), scale: vi.fn(), whole: vi.fn() };
const point = (kind: string, x: number, more = {}) =>
  over.dispatchEvent(
    new PointerEvent(kind, { clientX: x, pointerId: 1, isPrimary: true, button: 0, ...more }),
  );
const drag = (from: number, to: number, more = {}) => {
  point("pointerdown", from, more);
  point("pointermove", to, more);
  point("pointerup", to, more);
};

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  zoomed = false;
  over = document.createElement("div");
  Object.defineProperty(over, "clientWidth", { value: 400 });
  gestures = new Gestures(over, {
    ...events,
    get zoomed() {
      return zoomed;
    },
  });
});
afterEach(() => {
  gestures.destroy();
  vi.useRealTimers();
});

it("chooses steps by a drag in either direction, and one step by an unsteady click", () => {
  drag(300, 100);
  expect(events.select).toHaveBeenCalledExactlyOnceWith(100, 300);
  drag(100, 102);
  expect(events.click).toHaveBeenCalledExactlyOnceWith(100, 0);
});

it("moves along by a drag with Shift, once it is zoomed", () => {
  drag(100, 150, { shiftKey: true });
  expect(events.select).toHaveBeenCalledOnce();
  zoomed = true;
  drag(100, 150, { shiftKey: true });
  expect(events.pan).toHaveBeenCalledExactlyOnceWith(-50);
});

it("does not take a double click for a step if it shows everything again", () => {
  zoomed = true;
  drag(100, 100);
  drag(100, 100);
  over.dispatchEvent(new MouseEvent("dblclick"));
  vi.advanceTimersByTime(1000);
  expect(events.click).not.toHaveBeenCalled();
  expect(events.whole).toHaveBeenCalledOnce();
  drag(100, 100);
  vi.advanceTimersByTime(1000);
  expect(events.click).toHaveBeenCalledOnce();
});

it("leaves a wheel without Ctrl to the page", () => {
  const turn = (ctrlKey: boolean) => {
    const event = new WheelEvent("wheel", { deltaY: -100, cancelable: true });
    Object.defineProperty(event, "ctrlKey", { value: ctrlKey }); // happy-dom drops it
    over.dispatchEvent(event);
    return event.defaultPrevented;
  };
  expect([turn(false), events.scale.mock.calls.length]).toEqual([false, 0]);
  expect([turn(true), events.scale.mock.calls.length]).toEqual([true, 1]);
});

it("zooms by keys, and moves and goes back by keys once it is zoomed", () => {
  expect([gestures.key("ArrowLeft"), gestures.key("0"), gestures.key("+")]).toEqual([false, false, true]);
  zoomed = true;
  expect([gestures.key("ArrowLeft"), gestures.key("0"), gestures.key("x")]).toEqual([true, true, false]);
  expect(events.pan).toHaveBeenCalledExactlyOnceWith(-80);
});
