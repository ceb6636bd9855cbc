import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Pace } from "../../src/view/pace";

let pace: Pace;
let begun: number[];
/** Shows a moment, which takes `milliseconds` of the page's time. */
const show = (moment: number, milliseconds: number) =>
  pace.want(() => {
    begun.push(moment);
    pace.begin();
    setTimeout(() => pace.painted(), milliseconds);
  });

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "performance", "requestAnimationFrame", "cancelAnimationFrame"],
  });
  pace = new Pace();
  begun = [];
});
afterEach(() => vi.useRealTimers());

it("begins at once, then rests for three times as long as it took, and shows what was wanted last", () => {
  show(1, 20);
  show(2, 20);
  show(3, 20);
  expect(begun).toEqual([1]);
  vi.advanceTimersByTime(79);
  expect(begun).toEqual([1]);
  vi.advanceTimersByTime(30); // the animation frame after it
  expect(begun).toEqual([1, 3]);
});

it("hardly rests on a quick machine", () => {
  show(1, 1);
  show(2, 1);
  vi.advanceTimersByTime(24);
  expect(begun).toEqual([1, 2]);
});

it("rests for 200 ms at most, also after a moment that is never painted", () => {
  show(1, 150);
  show(2, 1e6);
  vi.advanceTimersByTime(150 + 16 + 201);
  expect(begun).toEqual([1, 2]);
  show(3, 1);
  vi.advanceTimersByTime(201);
  expect(begun).toEqual([1, 2, 3]);
});

it("forgets what is wanted", () => {
  show(1, 20);
  show(2, 20);
  pace.cancel();
  vi.advanceTimersByTime(1000);
  expect(begun).toEqual([1]);
  show(3, 20);
  expect(begun).toEqual([1, 3]);
});
