import { beforeEach, describe, expect, it, vi } from "vitest";
import { PENDING } from "../../src/controls/change";
import { ControlList } from "../../src/controls/control_list";
import type { RangeSlider } from "../../src/wire/protocol";
import { begin, files, frame, sent, wire } from "../senders";

beforeEach(begin);

const range = (overrides: Partial<RangeSlider> = {}): RangeSlider => ({
  kind: "range_slider",
  id: "range_slider:t",
  label: "t",
  min: 0,
  max: 1,
  log: false,
  step: 0,
  initial: [0.25, 0.75],
  value: [0.25, 0.75],
  origin: "",
  revision: 0,
  ...overrides,
});

function shown(overrides: Partial<RangeSlider> = {}) {
  const host = document.createElement("div");
  document.body.append(host);
  const list = new ControlList(host, "p", wire, files);
  list.set([range(overrides)]);
  const find = (selector: string) => [...host.querySelectorAll<HTMLInputElement>(selector)];
  const [from, to] = find("input[type=range]") as [HTMLInputElement, HTMLInputElement];
  const [fromField, toField] = find("input[type=text]") as [HTMLInputElement, HTMLInputElement];
  const rail = host.querySelector(".vw-rail") as HTMLElement;
  const said = host.querySelector(".vw-said") as HTMLElement;
  vi.spyOn(rail, "getBoundingClientRect").mockReturnValue(new DOMRect(0, 0, 114, 18)); // 100 px for middles of thumbs
  vi.spyOn(rail, "clientWidth", "get").mockReturnValue(114);
  return { list, host, from, to, fromField, toField, rail, said };
}

const values = (...fields: HTMLInputElement[]) => fields.map(({ value }) => value);
const slide = (track: HTMLInputElement, place: number) => {
  track.value = String(place);
  track.dispatchEvent(new Event("input"));
};
const type = (field: HTMLInputElement, text: string) => {
  field.value = text;
  field.dispatchEvent(new Event("change"));
};
const point = (target: EventTarget, kind: string, part: number, pointerId = 1, buttons = 1) =>
  target.dispatchEvent(
    new PointerEvent(kind, { clientX: 7 + 100 * part, button: 0, buttons, pointerId, cancelable: true }),
  );

describe("a range slider", () => {
  it("has a thumb and a field for either end, each with a name", () => {
    const { from, to, fromField, toField } = shown();
    expect([from, to, fromField, toField].map((part) => part.getAttribute("aria-label"))).toEqual([
      "t, from",
      "t, to",
      "t, from, exact value",
      "t, to, exact value",
    ]);
    expect(values(from, to)).toEqual(["0.25", "0.75"]);
    expect(values(fromField, toField)).toEqual(["0.25", "0.75"]);
  });

  it("sends both values, whichever thumb a key has moved", () => {
    const { from, to } = shown();
    slide(from, 0.5);
    frame();
    slide(to, 0.9);
    frame();
    expect(sent).toEqual([
      ["range_slider:t", [0.5, 0.75], 1],
      ["range_slider:t", [0.5, 0.9], 2],
    ]);
  });

  it.each([false, true])("has thumbs that stop at one another and never cross, logarithmic: %s", (log) => {
    const { from, to, fromField, toField } = shown({ log, min: 0.1, value: [0.25, 0.75] });
    slide(from, 1);
    expect(values(fromField, toField)).toEqual(["0.75", "0.75"]);
    expect(from.value).toBe(to.value);
    slide(to, 0);
    expect(values(fromField, toField)).toEqual(["0.75", "0.75"]);
    slide(from, 0);
    slide(to, 0);
    expect(values(fromField, toField)).toEqual(["0.1", "0.1"]);
  });

  it("takes exact values, and says why one has become another", () => {
    const { fromField, toField, said } = shown({ step: 0.25 });
    type(fromField, "0.5");
    frame();
    expect(sent.at(-1)?.[1]).toEqual([0.5, 0.75]);
    type(fromField, "2");
    expect(fromField.value).toBe("0.75");
    expect(said.textContent).toBe("Clamped to 0.75 (range 0 to 0.75)");
    type(toField, "0.8");
    expect(said.textContent).toBe("Rounded to 0.75 (steps of 0.25)");
    type(toField, "much");
    expect(said.textContent).toBe("“much” is not a number; 0.75 stays");
    expect(toField.getAttribute("aria-invalid")).toBe("true");
    expect(toField.getAttribute("aria-describedby")).toBe(said.id);
    type(fromField, "few");
    expect([fromField, toField].map((field) => field.getAttribute("aria-invalid"))).toEqual(["true", null]);
  });

  it("moves the thumb that is nearer to the pointer, and holds it wherever that goes", () => {
    const { list, fromField, toField, rail } = shown();
    point(rail, "pointerdown", 0.9);
    expect(document.activeElement?.getAttribute("aria-label")).toBe("t, to");
    frame();
    expect(sent.at(-1)?.[1]).toEqual([0.25, 0.9]);
    list.set([range({ value: [0, 1], origin: "other", revision: 7 })]);
    expect(values(fromField, toField)).toEqual(["0.25", "0.9"]);
    point(window, "pointermove", 0.1);
    expect(values(fromField, toField)).toEqual(["0.25", "0.25"]);
    point(window, "pointerup", 0.1);
    expect(sent.at(-1)?.[1]).toEqual([0.25, 0.25]);
    point(window, "pointermove", 0.6);
    expect(values(fromField, toField)).toEqual(["0.25", "0.25"]);
  });

  it("follows the finger that dragged first, until that is lifted", () => {
    const { fromField, toField, rail } = shown();
    point(rail, "pointerdown", 0.9);
    point(rail, "pointerdown", 0.1, 2);
    point(window, "pointermove", 0.4, 2);
    point(window, "pointerup", 0.4, 2);
    expect(values(fromField, toField)).toEqual(["0.25", "0.9"]);
    point(window, "pointermove", 0.8);
    expect(values(fromField, toField)).toEqual(["0.25", "0.8"]);
    point(window, "pointermove", 0.6, 1, 0); // its button was released where nobody heard it
    point(window, "pointermove", 0.5);
    expect(values(fromField, toField)).toEqual(["0.25", "0.8"]);
  });

  it("does not move a thumb that is only pressed", () => {
    const { rail } = shown();
    point(rail, "pointerdown", 0.28);
    point(window, "pointerup", 0.28);
    frame();
    expect(sent).toEqual([]);
  });

  it.each([
    [0.3, ["0.3", "0.5"]],
    [0.8, ["0.5", "0.8"]],
  ])("moves the one that can go there where both lie on one another: to %f", (part, expected) => {
    const { fromField, toField, rail } = shown({ value: [0.5, 0.5] });
    point(rail, "pointerdown", 0.5);
    point(window, "pointermove", part);
    expect(values(fromField, toField)).toEqual(expected);
    point(window, "pointerup", part);
  });

  it("goes back to its default by Delete and by a double click", () => {
    const { from, fromField, toField, rail } = shown({ value: [0, 1] });
    from.dispatchEvent(new KeyboardEvent("keydown", { key: "Delete", cancelable: true }));
    expect(sent.at(-1)?.[1]).toEqual([0.25, 0.75]);
    slide(from, 0);
    rail.dispatchEvent(new MouseEvent("dblclick"));
    expect(values(fromField, toField)).toEqual(["0.25", "0.75"]);
  });

  it("hears no hand where it is disabled, as in a replay", () => {
    const { host, rail } = shown();
    const frozen = document.createElement("fieldset");
    frozen.disabled = true;
    document.body.append(frozen);
    frozen.append(host);
    for (const track of host.querySelectorAll("input")) track.disabled = true; // happy-dom knows no inherited one
    point(rail, "pointerdown", 0.9);
    rail.dispatchEvent(new MouseEvent("dblclick"));
    frame();
    expect(sent).toEqual([]);
  });

  it("follows the kernel, and looks as if it waits until that has heard", () => {
    vi.useFakeTimers();
    const { list, from, fromField, toField, host } = shown();
    slide(from, 0.5);
    from.dispatchEvent(new Event("change"));
    vi.advanceTimersByTime(PENDING);
    expect(host.querySelector(".vw-pending")).not.toBeNull();
    list.set([range({ value: [0.5, 0.75], origin: "me", revision: 1 })]);
    expect(host.querySelector(".vw-pending")).toBeNull();
    list.set([range({ value: [0.1, 0.2], origin: "me", revision: 1 })]);
    expect(values(fromField, toField)).toEqual(["0.1", "0.2"]);
    vi.useRealTimers();
  });

  it("fits a range that has changed", () => {
    const { list, from, to, fromField, toField } = shown();
    list.set([range({ max: 10, step: 2.5, value: [2.5, 7.5] })]);
    expect(values(fromField, toField)).toEqual(["2.5", "7.5"]);
    expect([from.max, from.step, ...values(from, to)]).toEqual(["4", "1", "1", "3"]);
  });
});
