// A small replay of two panels and one series, of which tests change parts.

import type { ReplayDocument } from "../../src/replay/document";
import { panel, scene } from "../hosts";

const slider = (value: number) =>
  ({
    kind: "slider",
    id: "s",
    label: "lr",
    min: 0,
    max: 1,
    log: false,
    step: 0,
    initial: 0,
    value,
    origin: "",
    revision: 0,
  }) as const;

export const blob = (data: string, lossless = false) =>
  ({ format: "jpeg", width: 1, height: 1, lossless, data: btoa(data) }) as const;

export const replay = (news: Partial<ReplayDocument> = {}): ReplayDocument => ({
  version: 1,
  title: "Fit",
  scene: scene(
    panel("GT"),
    panel("Out", { controls: [slider(0.5), { kind: "text", id: "t", text: "begin" }] }),
  ),
  first: 0,
  last: 30,
  state: "stopped",
  failure: null,
  steps_per_second: 12,
  backend: "torch",
  frames: [
    {
      step: 0,
      pictures: [
        { canvas: "GT/image", blob: 0 },
        { canvas: "Out/image", blob: 1 },
      ],
      annotations: [],
    },
    { step: 10, pictures: [{ canvas: "Out/image", blob: 2 }], annotations: [] },
    { step: 30, pictures: [{ canvas: "Out/image", blob: 3 }], annotations: [] },
  ],
  blobs: [blob("gt"), blob("one"), blob("two"), blob("three", true)],
  series: { loss: { steps: [1, 10, 30], values: [1, null, 0.25], averages: null, best: null } },
  controls: [
    { step: 10, panel: "Out", control: "s", value: 0.25 },
    { step: 10, panel: "Out", control: "t", value: "<b>middle</b>" },
    { step: 20, panel: "Out", control: "s", value: 0.75 },
  ],
  pins: [],
  lives: [],
  marks: [],
  rulers: [],
  ghosts: [],
  branches: [],
  began: 0,
  ...news,
});
