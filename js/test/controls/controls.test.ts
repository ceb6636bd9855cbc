import { beforeEach, describe, expect, it, vi } from "vitest";
import { Change, PENDING } from "../../src/controls/change";
import { ControlList } from "../../src/controls/control_list";
import { drawn } from "../../src/controls/plot";
import { digits, fromTrack, length, nudged, rounded, steps, toTrack } from "../../src/controls/slider_scale";
import { PATIENCE } from "../../src/wire/connection";
import type { Control } from "../../src/wire/protocol";
import { slider } from "../hosts";
import { begin, files, frame, sender, sent, wire } from "../senders";

beforeEach(begin);

function list(): ControlList {
  const host = document.createElement("div");
  document.body.append(host);
  return new ControlList(host, "p", wire, files);
}

describe("the scale of a slider", () => {
  it("maps values to the track and back, linear and logarithmic", () => {
    const linear = { min: -2, max: 2, log: false, step: 0 };
    const log = { min: 1e-5, max: 1e-1, log: true, step: 0 };
    expect(toTrack(0, linear)).toBe(0.5);
    expect(toTrack(1e-3, log)).toBeCloseTo(0.5);
    expect(fromTrack(0.5, log)).toBe(1e-3);
    for (const range of [linear, log]) {
      expect(fromTrack(0, range)).toBe(range.min);
      expect(fromTrack(1, range)).toBe(range.max);
      for (const part of [0.1, 0.33, 0.77])
        expect(toTrack(fromTrack(part, range), range)).toBeCloseTo(part, 2);
    }
  });

  it("keeps to the grid and inside the range", () => {
    const grid = { min: 0, max: 1, log: false, step: 0.25 };
    expect([steps(grid), length(grid)]).toEqual([4, 4]);
    expect(fromTrack(1, grid)).toBe(0.25);
    expect(toTrack(0.5, grid)).toBe(2);
    expect(rounded(9, grid)).toBe(1);
    const odd = { min: 0, max: 1, log: false, step: 0.3 }; // 1 is not on its grid
    expect(fromTrack(length(odd), odd)).toBe(0.9);
    expect(toTrack(5, { min: 5, max: 5, log: false, step: 0 })).toBe(0);
  });

  it("reaches both ends and every step between, whatever the rounding", () => {
    for (let max = 1; max < 200; max++) {
      const range = { min: 0, max, log: false, step: 1 };
      expect(fromTrack(length(range), range)).toBe(max);
      expect(toTrack(max - 1, range)).toBe(max - 1);
    }
  });

  it("has a value for every place of a narrow range, logarithmic or not", () => {
    for (const [min, max] of [
      [0.999, 0.9999],
      [0.99999, 0.999999],
      [1e6, 1e6 + 1],
      [1000, 1001],
      [1e-9, 1.001e-9],
    ] as const) {
      for (const log of [true, false]) {
        const range = { min, max, log, step: 0 };
        const values = Array.from({ length: 101 }, (_, i) => fromTrack(i / 100, range));
        expect(new Set(values).size).toBe(101);
        expect(new Set(values.map((value) => value.toPrecision(digits(range)))).size).toBe(101); // as shown
      }
    }
    expect(fromTrack(0.5, { min: 1e-5, max: 0.1, log: true, step: 0 })).toBe(1e-3); // no more than needed
    expect(fromTrack(0.3, { min: 0.999, max: 0.9999, log: true, step: 0 })).toBe(0.9992699);
    expect(digits({ min: 0.1, max: 0.1, log: true, step: 0 })).toBeLessThan(18);
  });

  it("rounds a sum of steps as the kernel does, and whole numbers not at all", () => {
    const at = (count: number, min: number, max: number, step: number) =>
      rounded(min + count * step, { min, max, log: false, step });
    expect(at(3, 0, 1, 0.1)).toBe(0.3);
    expect(at(3, -0.3, 0.3, 0.1)).toBe(0);
    expect(at(7, -0.7, 0.7, 0.1)).toBe(0);
    expect(at(3, 0, 1e-100, 1e-101)).toBe(3e-101);
    for (const whole of [2 ** 53, 2 ** 53 - 1, 1_234_567_890_123_457]) {
      expect(rounded(whole, { min: 0, max: 2 ** 53, log: false, step: 1 })).toBe(whole);
      expect(rounded(-whole, { min: -(2 ** 53), max: 0, log: false, step: 1 })).toBe(-whole);
    }
  });

  it("moves by a step, a hundredth, or a ratio for a key", () => {
    expect(nudged(0.5, 1, { min: 0, max: 1, log: false, step: 0.25 })).toBe(0.75);
    expect(nudged(0.5, -10, { min: 0, max: 1, log: false, step: 0 })).toBe(0.4);
    expect(nudged(1e-3, 25, { min: 1e-5, max: 1e-1, log: true, step: 0 })).toBe(1e-2);
    expect(nudged(1, 1, { min: 1, max: 1000, log: true, step: 1 })).toBe(2);
    expect(nudged(1000, 1, { min: 1, max: 1000, log: true, step: 1 })).toBe(1000);
  });
});

describe("a change in the making", () => {
  it("sends only the last value of an animation frame", () => {
    const change = new Change(sender("c"));
    for (const value of [1, 2, 3]) change.make(value);
    frame();
    expect(sent).toEqual([["c", 3, 1]]);
  });

  it("ignores echoes of older values until its own is acknowledged", () => {
    const change = new Change(sender("c"));
    change.make(1);
    expect(change.accepts("", 0)).toBe(false);
    frame();
    expect(change.accepts("", 0)).toBe(false);
    change.make(2);
    frame();
    expect(change.accepts("me", 1)).toBe(false);
    expect(change.accepts("me", 2)).toBe(true);
    expect(change.accepts("", 0)).toBe(true);
  });

  it("takes nothing while a hand holds it", () => {
    const change = new Change(sender("c"));
    change.held = true;
    expect(change.accepts("other", 9)).toBe(false);
    change.held = false;
    expect(change.accepts("other", 9)).toBe(true);
  });

  it("waits for an acknowledgement as long as a frame takes, and says so", () => {
    vi.useFakeTimers();
    const waits: boolean[] = [];
    const change = new Change(sender("c"), (is) => waits.push(is));
    change.make(1);
    change.flush();
    vi.advanceTimersByTime(PENDING - 1);
    expect(waits).toEqual([]);
    vi.advanceTimersByTime(60_000);
    expect(change.accepts("", 0)).toBe(false);
    expect(waits).toEqual([true]);
    expect(change.accepts("me", 1)).toBe(true);
    expect(waits).toEqual([true, false]);
    vi.useRealTimers();
  });

  it("does not wait forever if another page has changed it too, or if no kernel is connected", () => {
    vi.useFakeTimers();
    const change = new Change(sender("c"));
    change.make(1);
    change.flush();
    vi.advanceTimersByTime(PATIENCE + 1);
    expect(change.accepts("other", 1)).toBe(false); // it may be older
    vi.advanceTimersByTime(PATIENCE + 1);
    expect(change.accepts("other", 1)).toBe(true);
    change.make(2);
    change.flush();
    expect(change.accepts("me", 1)).toBe(false);
    change.abandon();
    expect(change.accepts("me", 1)).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});

describe("the list of controls", () => {
  it("keeps elements, and the focus in them, when specs change and others come and go", () => {
    const controls = list();
    const text = (id: string): Control => ({ kind: "text", id, text: id });
    controls.set([text("a"), slider(), text("b")]);
    const track = controls.element.querySelector("input") as HTMLInputElement;
    track.focus();
    controls.patch({
      panel: "p",
      changed: [text("c"), slider({ label: "learning rate", value: 0.25 })],
      order: ["c", "slider:lr", "a"],
    });
    expect([...controls.element.children].map((child) => (child as HTMLElement).dataset.vwControl)).toEqual([
      "c",
      "slider:lr",
      "a",
    ]);
    expect(controls.element.querySelector("input")).toBe(track);
    expect(document.activeElement).toBe(track);
    expect(controls.element.querySelector("label")?.textContent).toBe("learning rate");
    expect(Number(track.value)).toBeCloseTo(0.25);
  });

  it("sends a slider's value with rising revisions, and typed numbers clamped", () => {
    const controls = list();
    controls.set([slider()]);
    const [track, field] = controls.element.querySelectorAll("input") as unknown as HTMLInputElement[];
    if (track === undefined || field === undefined) throw new Error("a slider has two inputs");
    track.value = "0.75";
    track.dispatchEvent(new Event("input"));
    frame();
    field.value = "7";
    field.dispatchEvent(new Event("change"));
    frame();
    field.value = "nonsense";
    field.dispatchEvent(new Event("change"));
    frame();
    expect(sent).toEqual([
      ["slider:lr", 0.75, 1],
      ["slider:lr", 1, 2],
    ]);
    expect(field.value).toBe("1");
  });

  it("moves the value by keys in the field, typed text first", () => {
    const controls = list();
    controls.set([
      {
        kind: "slider_int",
        id: "n",
        label: "n",
        min: 0,
        max: 15,
        initial: 2,
        value: 4,
        origin: "",
        revision: 0,
      },
    ]);
    const [track, field] = controls.element.querySelectorAll("input") as unknown as HTMLInputElement[];
    if (track === undefined || field === undefined) throw new Error("a slider has two inputs");
    expect([track.min, track.max, track.step]).toEqual(["0", "15", "1"]);
    const press = (key: string) => {
      field.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
      frame();
    };
    field.focus();
    press("ArrowUp");
    press("PageUp");
    field.value = "9";
    press("ArrowDown");
    field.value = "3";
    press("Escape");
    expect(sent.map(([, value]) => value)).toEqual([5, 15, 8]);
    expect([field.value, track.value]).toEqual(["8", "8"]);
  });

  it("shows what the program set meanwhile, once the hand lets go without a change", () => {
    const controls = list();
    controls.set([slider()]);
    const track = controls.element.querySelector("input") as HTMLInputElement;
    track.dispatchEvent(new PointerEvent("pointerdown"));
    controls.patch({ panel: "p", changed: [slider({ value: 0.9 })], order: null });
    track.dispatchEvent(new Event("blur")); // the focus moves on, the button is still down
    expect(track.value).toBe("0.5");
    dispatchEvent(new PointerEvent("pointerup"));
    expect(track.value).toBe("0.9");
  });

  it("follows a new range without sending anything", () => {
    const controls = list();
    controls.set([slider()]);
    controls.patch({ panel: "p", changed: [slider({ max: 2 })], order: null });
    const track = controls.element.querySelector("input") as HTMLInputElement;
    frame();
    expect(Number(track.value)).toBe(0.25);
    expect(sent).toEqual([]);
  });

  it("sends every click of a button", () => {
    const controls = list();
    controls.set([
      { kind: "button", id: "button:go", label: "go", width: 0, height: 0, origin: "", revision: 0 },
    ]);
    const go = controls.element.querySelector("button") as HTMLButtonElement;
    go.click();
    go.click();
    expect(sent).toEqual([
      ["button:go", true, 1],
      ["button:go", true, 2],
    ]);
  });

  it("sends a box as a boolean and a combo as an index, and shows what the kernel says", () => {
    const controls = list();
    const box: Control = { kind: "checkbox", id: "b", label: "b", value: false, origin: "", revision: 0 };
    const combo: Control = {
      kind: "combo",
      id: "c",
      label: "c",
      items: ["x", "y", "z"],
      value: 1,
      origin: "",
      revision: 0,
    };
    controls.set([box, combo]);
    const input = controls.element.querySelector("input") as HTMLInputElement;
    const select = controls.element.querySelector("select") as HTMLSelectElement;
    expect(select.selectedIndex).toBe(1);
    input.checked = true;
    input.dispatchEvent(new Event("change"));
    select.selectedIndex = 2;
    select.dispatchEvent(new Event("change"));
    expect(sent).toEqual([
      ["b", true, 1],
      ["c", 2, 1],
    ]);
    controls.patch({ panel: "p", changed: [{ ...combo, value: 0, origin: "me", revision: 1 }], order: null });
    expect(select.selectedIndex).toBe(0);
  });

  it("shows text as text", () => {
    const controls = list();
    controls.set([{ kind: "text", id: "t", text: "<img src=x onerror=alert(1)>" }]);
    expect(controls.element.querySelector("img")).toBeNull();
    expect(controls.element.textContent).toContain("<img");
  });
});

describe("a plot", () => {
  it("leaves a gap where a value is missing", () => {
    expect(drawn([0, 1, null, 1, 0])).toEqual({
      line: "M0.00 96.00L25.00 4.00M75.00 4.00L100.00 96.00",
      dots: "",
    });
    expect(drawn([])).toEqual({ line: "", dots: "" });
  });

  it("draws a dot where nothing leads to a value or on from it", () => {
    expect(drawn([0, null, 1])).toEqual({ line: "", dots: "M0.00 96.00h0M100.00 4.00h0" });
    expect(drawn([0, 1, null, 1])).toEqual({ line: "M0.00 96.00L33.33 4.00", dots: "M100.00 4.00h0" });
    expect(drawn([null, 3])).toEqual({ line: "", dots: "M100.00 50.00h0" });
    expect(drawn([3]).dots).toBe("M50.00 50.00h0");
  });
});
