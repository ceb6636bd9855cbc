import { expect, it } from "vitest";
import { curvesAlone } from "../../src/replay/curves_alone";
import type { ReplayGhost } from "../../src/replay/document";
import { read } from "../../src/replay/reader";
import { replay } from "./replays";

const ghost = (name: string, kind: ReplayGhost["kind"]): ReplayGhost => ({
  name,
  kind,
  began: 0,
  controls: [],
  rulers: [],
  curves: [],
});

it("is a replay of its own, without pictures, with the controls as they were in the end", () => {
  const alone = curvesAlone(replay({ began: 1_700_000_000 }));
  expect(read(JSON.stringify(alone))).toEqual(alone);
  expect([alone.frames, alone.blobs, alone.controls]).toEqual([[], [], []]);
  expect(alone.scene.panels.map(({ id, controls }) => [id, controls])).toEqual([
    ["GT", []],
    ["Out", [expect.objectContaining({ label: "lr", value: 0.75 })]],
  ]);
  expect(alone.series).toEqual({
    loss: { steps: [1, 10, 30], values: [1, null, 0.25], averages: null, best: null },
  });
  expect(alone.began).toBe(1_700_000_000);
});

it("has the earlier runs of that run, not its branches and files", () => {
  const ghosts = [ghost("run 1", "run"), ghost("branch 1", "branch"), ghost("mine", "file")];
  expect(curvesAlone(replay({ ghosts })).ghosts.map(({ name }) => name)).toEqual(["run 1"]);
});

it("has at most 256 points of a curve, with its ends", () => {
  const steps = Array.from({ length: 1_000 }, (_, i) => i + 1);
  const { loss } = curvesAlone(
    replay({ series: { loss: { steps, values: steps, averages: steps, best: null } } }),
  ).series;
  expect(loss?.steps).toHaveLength(256);
  expect([loss?.steps[0], loss?.steps.at(-1)]).toEqual([1, 1_000]);
  expect(loss?.values).toEqual(loss?.steps);
  expect(new Set(loss?.steps).size).toBe(256);
});
