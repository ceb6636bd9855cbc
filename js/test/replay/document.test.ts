import { describe, expect, it } from "vitest";
import { along, controlsAt, courseOf, type ReplayDocument, ShownBlobs } from "../../src/replay/document";
import type { Control } from "../../src/wire/protocol";
import { panel, scene } from "../hosts";
import { replay } from "./replays";

const heard = (id: string) => ({ id, label: id, origin: "", revision: 0 });

describe("a replay document", () => {
  it("has the newest picture of each canvas up to a frame", () => {
    const shown = new ShownBlobs(replay().frames);
    expect([0, 1, 2].map((frame) => [...shown.at(frame)])).toEqual([
      [
        ["GT/image", 0],
        ["Out/image", 1],
      ],
      [
        ["GT/image", 0],
        ["Out/image", 2],
      ],
      [
        ["GT/image", 0],
        ["Out/image", 3],
      ],
    ]);
  });

  it("has the values of controls at a step", () => {
    const at = (step: number) =>
      controlsAt(replay(), step)[1]?.changed.map((c) => ("text" in c ? c.text : "value" in c && c.value));
    expect(at(0)).toEqual([0.5, "begin"]);
    expect(at(19)).toEqual([0.25, "<b>middle</b>"]);
    expect(at(20)).toEqual([0.75, "<b>middle</b>"]);
  });

  it("has a network's strips along a branch as far as both go together", () => {
    const network: Control = {
      kind: "network",
      id: "n",
      label: "##n",
      step: 9,
      note: "",
      layers: 0,
      unwell: 0,
      rows: [],
      steps: [2, 4, 9],
      bins: 1,
      strips: [],
    };
    const frames = [{ step: 5, pictures: [], annotations: [] }];
    const document = replay({
      scene: scene(panel("Out", { controls: [network] })),
      branches: [{ name: "branch 1", shared: 4, last: 8, frames, controls: [], marks: [], bests: {} }],
    });
    const columns = (branch: string) => controlsAt(along(document, branch), 5)[0]?.changed[0];
    expect(columns("branch 1")).toMatchObject({ steps: [2, 4] });
    expect(columns("another")).toMatchObject({ steps: [2, 4, 9] });
  });

  it("has marks and best values along a branch, up to where it left the present those of both", () => {
    const mark = (step: number, text: string, kind: "note" | "branch" = "note") => ({ step, kind, text });
    const best = { step: 30, value: 0.25, highest: false };
    const document = replay({
      series: {
        loss: { steps: [1, 30], values: [1, 0.25], averages: null, best },
        other: { steps: [1], values: [1], averages: null, best: { ...best, value: 1 } },
      },
      marks: [mark(4, "early"), mark(10, "of both"), mark(10, "branch 2", "branch"), mark(25, "late")],
      branches: [
        {
          name: "branch 1",
          shared: 10,
          last: 50,
          frames: [{ step: 50, pictures: [], annotations: [] }],
          controls: [{ step: 50, panel: "Out", control: "s", value: 0.9 }],
          marks: [mark(10, "branch 1", "branch"), mark(40, "there")],
          bests: { loss: { step: 44, value: 0.125, highest: false } },
        },
      ],
    });
    const { marks, bests } = courseOf(along(document, "branch 1"));
    expect(marks.map(({ step, text }) => [step, text])).toEqual([
      [4, "early"],
      [10, "of both"],
      [10, "branch 1"],
      [40, "there"],
      [10, "lr 0.25"],
      [50, "lr 0.9"],
    ]);
    expect([...bests]).toEqual([["loss", { step: 44, value: 0.125, highest: false }]]);
    expect(courseOf(document).marks.map(({ text }) => text)).toEqual([
      "early",
      "of both",
      "branch 2",
      "late",
      "lr 0.25",
      "lr 0.75",
    ]);
  });

  it("has the curves of a plot at a step", () => {
    const curve = (value: number) => [{ name: "", values: [value], length: 1 }];
    const plot = {
      kind: "plot",
      id: "p",
      label: "##p",
      overlay: "",
      curves: curve(1),
      width: 0,
      height: 80,
    } as const;
    const document = replay({
      scene: scene(panel("Out", { controls: [plot] })),
      controls: [{ step: 5, panel: "Out", control: "p", value: { overlay: "later", curves: curve(2) } }],
    });
    const at = (step: number) => controlsAt(document, step)[0]?.changed[0];
    expect(at(4)).toEqual(plot);
    expect(at(5)).toEqual({ ...plot, overlay: "later", curves: curve(2) });
  });

  it("has the colours, lines and texts of a step", () => {
    const spec: Control = { kind: "text_colored", id: "w", text: "", color: [0, 0, 0, 1] };
    const row: Control = { kind: "row", id: "r", controls: ["c"] };
    const color: Control = { ...heard("c"), kind: "color_picker", value: [1, 0.5, 0] };
    const typed: Control = { ...heard("t"), kind: "input_text", max_length: 8, value: "" };
    const controls = [row, color, typed, spec];
    const document = {
      scene: { panels: [{ id: "p", name: "p", canvases: [], controls }] },
      controls: [
        { step: 1, panel: "p", control: "c", value: [0, 0, 1] },
        { step: 2, panel: "p", control: "t", value: "later" },
        { step: 1, panel: "p", control: "w", value: { text: "low", color: [1, 0, 0, 1] } },
      ],
    } as unknown as ReplayDocument;
    const at = (step: number) => controlsAt(document, step)[0]?.changed;
    expect(at(1)).toEqual([
      row,
      { ...color, value: [0, 0, 1] },
      typed,
      { ...spec, text: "low", color: [1, 0, 0, 1] },
    ]);
    expect(at(2)?.[2]).toEqual({ ...typed, value: "later" });
  });
});
