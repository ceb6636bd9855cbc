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

const ink = { color: "red", average: "red", dash: [] };
const inks = { series: [ink], words: "black", grid: "", font: "sans" };

/** A plot of 300 by 200 pixels at (40, 10), in which steps and values are positions, and a letter is 6 pixels wide. It
 *  records what is drawn. */
function recording() {
  const lines: string[] = [];
  const names: { text: string; x: number; y: number; width: number; height: number }[] = [];
  const none = () => {};
  const ctx = {
    textAlign: "right", // as uPlot leaves it
    textBaseline: "bottom",
    save: none,
    restore: none,
    beginPath: none,
    rect: none,
    clip: none,
    stroke: none,
    moveTo: (x: number, y: number) => lines.push(`move ${x} ${y}`),
    lineTo: (x: number, y: number) => lines.push(`line ${x} ${y}`),
    measureText: (text: string) => ({ width: 6 * text.length }),
    fillText(text: string, x: number, y: number) {
      expect([this.textAlign, this.textBaseline]).toEqual(["left", "top"]);
      lines.push(`text ${text}`);
      names.push({ text, x, y, width: 6 * text.length, height: 14 });
    },
  };
  const bbox = { left: 40, top: 10, width: 300, height: 200 };
  const plot = { ctx, bbox, valToPos: (value: number) => value } as unknown as uPlot;
  return { plot, lines, names };
}

/** The names that are written for runs whose curves end at these points. */
function written(ends: Record<string, [number, number]>, chosen = "") {
  const made = new Ghosts();
  const all = Object.entries(ends);
  made.take(
    all.map(([branch], buffer) => ({ branch, series: "loss", buffer })),
    all.map(([, [x, y]]) => rows([50, 100], [x, y])),
  );
  made.chosen = chosen;
  const { plot, lines, names } = recording();
  made.draw(plot, ["loss"], inks, [false], ["y"]);
  const drawn = lines.filter((line) => !line.startsWith("text")).length;
  expect(lines.slice(drawn)).toEqual(names.map(({ text }) => `text ${text}`)); // above all curves
  return names;
}

const texts = (names: { text: string }[]) => names.map(({ text }) => text);

it("draws the series that are shown, with gaps, and names the branch", () => {
  const { plot, lines, names } = recording();
  ghosts().draw(plot, ["psnr"], inks, [false], ["y"]);
  expect(lines).toEqual([]);
  const left = new Ghosts();
  const points = rows([50, 120], [60, Number.NaN], [70, 110], [90, 100]);
  left.take([{ branch: "branch 1", series: "loss", buffer: 0 }], [points]);
  left.draw(plot, ["loss"], inks, [false], ["y"]);
  expect(lines).toEqual(["move 50 120", "move 70 110", "line 90 100", "text branch 1"]);
  expect(names).toMatchObject([{ x: 90 + 4, y: 100 - 14 }]);
});

it("keeps names inside the plot, below the ticks of step marks", () => {
  const ends = { "the right": [340, 100], "the top": [100, 10], "the foot": [200, 210] } as const;
  for (const [name, end] of Object.entries(ends)) {
    const [one] = written({ [name]: [...end] });
    expect(one?.x).toBeGreaterThanOrEqual(40);
    expect((one?.x ?? 0) + (one?.width ?? 0)).toBeLessThanOrEqual(340);
    expect(one?.y).toBeGreaterThanOrEqual(10 + 10);
    expect((one?.y ?? 0) + (one?.height ?? 0)).toBeLessThanOrEqual(210);
  }
});

it("writes no name over another one: above its curve, or below, or not at all", () => {
  const names = written({ "run 1": [340, 100], "run 2": [340, 101], "run 3": [338, 99], far: [340, 160] });
  expect(texts(names)).toEqual(["run 1", "run 2", "far"]);
  for (const [i, one] of names.entries())
    for (const other of names.slice(0, i))
      expect(
        one.x >= other.x + other.width ||
          other.x >= one.x + one.width ||
          Math.abs(one.y - other.y) >= one.height,
      ).toBe(true);
});

it("writes the name of the branch that is viewed, whatever the others are", () => {
  const ends: Record<string, [number, number]> = {
    "run 1": [340, 100],
    "run 2": [340, 100],
    "run 3": [340, 100],
  };
  expect(texts(written(ends))).toEqual(["run 1", "run 2"]);
  expect(texts(written(ends, "run 3"))).toEqual(["run 3", "run 1"]);
});

it("writes no name that is wider than the plot, and none of a curve that is not in the part shown", () => {
  const { plot, names } = recording();
  Object.assign(plot.bbox, { width: 60 });
  const left = new Ghosts();
  left.take(
    ["a long name", "short", "before"].map((branch, buffer) => ({ branch, series: "loss", buffer })),
    [rows([50, 100], [60, 100]), rows([50, 50], [90, 50], [150, 50]), rows([10, 150], [20, 150])],
  );
  left.draw(plot, ["loss"], inks, [false], ["y"]);
  expect(names).toMatchObject([{ text: "short", x: 66, y: 36 }]); // at the last point in the plot, 90
});
