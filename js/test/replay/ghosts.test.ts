import { expect, it } from "vitest";
import { Rulers } from "../../src/chart/rulers";
import type { ReplayGhost } from "../../src/replay/document";
import { recordedGhosts, recordedRulers, rulerPatches, sentGhosts } from "../../src/replay/ghosts";

const ghosts: ReplayGhost[] = [
  {
    name: "run 1",
    kind: "run",
    began: 1_700_000_000,
    controls: [{ label: "lr", value: 0.01 }],
    rulers: [{ measure: "seconds", steps: [0, 10], values: [0, 2.5] }],
    curves: [
      { series: "loss", steps: [1, 5, 10], values: [0.5, null, 0.25] },
      { series: "psnr", steps: [2], values: [20] },
    ],
  },
  { name: "branch 1", kind: "branch", began: 0, controls: [], rulers: [], curves: [] },
];

it("plays recorded ghosts as the kernel sends them, and saves those as they were recorded", () => {
  const { messages, buffers } = sentGhosts(ghosts);
  expect(messages.curves.map(({ branch, series }) => [branch, series])).toEqual([
    ["run 1", "loss"],
    ["run 1", "psnr"],
  ]);
  expect(recordedGhosts(messages, buffers)).toEqual(ghosts);
});

it("saves rulers as they were recorded", () => {
  const rulers = [{ measure: "epochs" as const, steps: [1, 100], values: [0, 1] }];
  const buffers: DataView[] = [];
  const page = new Rulers();
  page.take(rulerPatches(rulers, buffers), buffers);
  expect(recordedRulers(page)).toEqual(rulers);
});
