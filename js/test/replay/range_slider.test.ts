import { describe, expect, it } from "vitest";
import { controlsAt } from "../../src/replay/document";
import { ReplayError, read } from "../../src/replay/reader";
import type { RangeSlider } from "../../src/wire/protocol";
import { panel, scene } from "../hosts";
import { replay } from "./replays";

const span: RangeSlider = {
  kind: "range_slider",
  id: "range_slider:span",
  label: "span",
  min: 0,
  max: 1,
  log: false,
  step: 0,
  initial: [0.1, 0.9],
  value: [0.1, 0.9],
  origin: "",
  revision: 0,
};

const saved = (news: object = {}, value: unknown = [0.3, 0.5]) =>
  replay({
    scene: scene(panel("GT"), panel("Out", { controls: [{ ...span, ...news }] })),
    controls: [{ step: 10, panel: "Out", control: span.id, value }],
  });

describe("a range slider in a saved replay", () => {
  it("has the two values of any step", () => {
    const document = read(JSON.stringify(saved()));
    const at = (step: number) => controlsAt(document, step)[1]?.changed;
    expect(at(9)).toEqual([span]);
    expect(at(10)).toEqual([{ ...span, value: [0.3, 0.5] }]);
  });

  it.each([
    [{ value: [0.1] }, "range slider 'range_slider:span' has no two values in order"],
    [{ value: [0.9, 0.1] }, "has no two values in order"],
    [{ initial: [] }, "has no two values in order"],
    [{ value: 0.5 }, "value is 0.5, not a list"],
    [{ min: 2 }, "the range of slider 'range_slider:span' is empty"],
    [{ log: true }, "slider 'range_slider:span' has no such scale"],
  ])("is refused where it has %o", (news, says) => {
    expect(() => read(saved(news))).toThrow(ReplayError);
    expect(() => read(saved(news))).toThrow(says);
  });

  it.each([[[0.9, 0.1]], [[0.5]], [[0.1, 0.2, 0.3]]])("is refused where it changes to %o", (value) => {
    expect(() => read(saved({}, value))).toThrow("controls[0].value has no two values in order");
  });
});
