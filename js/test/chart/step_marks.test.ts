import { expect, it } from "vitest";
import { common, StepMarks } from "../../src/chart/step_marks";

const ticks = (marks: StepMarks) =>
  [...marks.element.children].map((tick) => [
    (tick as HTMLElement).style.left,
    (tick as HTMLElement).dataset.vwKind,
    (tick as HTMLElement).title,
  ]);

it("has a tick for each mark in sight, with its step and its text", () => {
  const marks = new StepMarks();
  marks.marks = [
    { step: 1200, kind: "note", text: "warm-up over" },
    { step: 10, kind: "control", text: "lr 0.1" },
    { step: 99_999, kind: "note", text: "out of sight" },
  ];
  marks.place((step) => step / 10, 200);
  expect(ticks(marks)).toEqual([
    ["1px", "control", "step 10 · lr 0.1"],
    ["120px", "note", "step 1,200 · warm-up over"],
  ]);
});

it("joins marks that lie close together, under the gravest of them", () => {
  const marks = new StepMarks();
  marks.marks = [
    { step: 10, kind: "checkpoint", text: "" },
    { step: 11, kind: "alarm", text: "loss is not finite" },
  ];
  marks.place((step) => step, 200);
  expect(ticks(marks)).toEqual([
    ["10px", "alarm", "step 10 · Checkpoint\nstep 11 · Alarm: loss is not finite"],
  ]);
});

it("shares those until a branch left the present, but for the mark where another begins", () => {
  const mark = (step: number, kind: "note" | "branch") => ({ step, kind, text: "" });
  const present = [mark(3, "branch"), mark(7, "note"), mark(7, "branch"), mark(8, "note")];
  expect(common(present, 7)).toEqual([mark(3, "branch"), mark(7, "note")]);
  expect(common(present, -1)).toEqual([]);
});
