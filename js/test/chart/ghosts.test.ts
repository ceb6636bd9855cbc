import type uPlot from "uplot";
import { expect, it } from "vitest";
import { Ghosts } from "../../src/chart/ghosts";

const rows = (...points: number[][]) => new DataView(Float64Array.from(points.flat()).buffer);

function ghosts(): Ghosts {
  const made = new Ghosts();
  made.take(
    [{ branch: "branch 1", series: "loss", buffer: 0 }],
    [rows([12, 0.5], [13, Number.NaN], [14, -1], [20, 0.25])],
  );
  return made;
}

it("widens the axes to the abandoned branches", () => {
  expect(ghosts().places(1, 12)).toEqual([1, 20]);
  expect(ghosts().values(0.3, 0.4, false)).toEqual([-1, 0.5]);
  expect(ghosts().values(0.3, 0.4, true)).toEqual([0.25, 0.5]); // no logarithm of -1
  expect(ghosts().values(0.3, 0.4, false, ["psnr"])).toEqual([0.3, 0.4]); // another axis
  expect(ghosts().values(0.3, 0.4, false, ["loss"], [15, 30])).toEqual([0.25, 0.4]); // a part of the steps
  expect(new Ghosts().places(null, null)).toEqual([null, null]);
});

it("tells the value of a branch at a step, and where the branch began", () => {
  const left = ghosts();
  expect(left.read("branch 1", "loss", 11)).toMatchObject({ last: undefined });
  expect(left.read("branch 1", "loss", 13)).toEqual({ name: "loss", last: null, ema: undefined });
  expect(left.read("branch 1", "loss", 22)).toMatchObject({ last: 0.25, since: 20 });
  expect(left.read("branch 1", "psnr", 14).last).toBeUndefined();
});

it("finds the branch under the pointer and the step there, but no other run: that has no pictures", () => {
  const left = new Ghosts();
  const run = { began: 0, controls: [], rulers: [] };
  left.take(
    [
      { branch: "branch 1", series: "loss", buffer: 0 },
      { branch: "run 1", series: "loss", buffer: 1 },
    ],
    [rows([10, 50], [20, 50]), rows([10, 20], [20, 20])],
    [
      { ...run, name: "branch 1", kind: "branch" },
      { ...run, name: "run 1", kind: "run" },
    ],
  );
  left.along("seconds", null);
  const plot = { valToPos: (value: number) => value } as unknown as uPlot;
  const at = (x: number, y: number) => left.nearest(plot, ["loss"], [false], ["y"], [x, y]);
  expect(at(14, 53)).toEqual({ branch: "branch 1", step: 14, distance: 3 });
  expect(at(14, 21)?.branch).toBe("branch 1");
  left.hidden = new Set(["branch 1"]);
  expect(at(14, 53)).toBeNull();
});

it("draws the series that are shown, with gaps, and names the branch", () => {
  const calls: string[] = [];
  const record =
    (name: string) =>
    (...args: unknown[]) => {
      calls.push(`${name} ${args.join(" ")}`);
    };
  const none = () => {};
  const ctx = {
    save: none,
    restore: none,
    beginPath: none,
    rect: none,
    clip: none,
    stroke: none,
    moveTo: record("move"),
    lineTo: record("line"),
    fillText: record("text"),
    measureText: () => ({ width: 50 }),
  };
  const plot = {
    ctx,
    bbox: { left: 0, top: 0, width: 200, height: 100 },
    valToPos: (value: number) => value,
  } as unknown as uPlot;
  const ink = { color: "red", average: "red", dash: [] };
  const inks = { series: [ink], words: "", grid: "", font: "sans" };
  ghosts().draw(plot, ["psnr"], inks, [false], ["y"]);
  expect(calls).toEqual([]);
  ghosts().draw(plot, ["loss"], inks, [false], ["y"]);
  expect(calls).toEqual(["move 12 0.5", "move 14 -1", "line 20 0.25", `text branch 1 ${20 + 4} 0.25`]);
});
