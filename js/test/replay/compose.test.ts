// The replay that a page saves: the kernel's last one, extended by what the page shows.

import { beforeEach, describe, expect, it } from "vitest";
import { composed } from "../../src/replay/compose";
import { along, annotationsAt, controlsAt, type ReplayDocument, ShownBlobs } from "../../src/replay/document";
import { Present } from "../../src/replay/present";
import { read } from "../../src/replay/reader";
import type { Control, Legend, SeriesPatch } from "../../src/wire/protocol";
import { canvas, FakeModel, panel, scene, slider, status, update } from "../hosts";
import { blob, replay } from "./replays";

const view = (...controls: Control[]) => scene(panel("GT"), panel("Out", { controls }));
const file = (text: string) => new DataView(new TextEncoder().encode(text).buffer);
const rows = (...points: number[][]) => new DataView(new Float64Array(points.flat()).buffer);
const loss = (start: number): SeriesPatch => ({ name: "loss", start, buffer: 0, best: null });
const picture = (name: string, buffer = 0) =>
  ({
    canvas: `${name}/image`,
    width: 64,
    height: 48,
    format: "jpeg",
    lossless: false,
    buffer,
    crop: null,
  }) as const;

describe("a replay that a page saves", () => {
  let model: FakeModel;
  let present: Present;

  const shows = (step: number, ...pictures: string[]) =>
    model.post(
      update({ pictures: pictures.map(picture), status: status({ iteration: step }) }),
      pictures.map((name) => file(`${name} at ${step}`)),
    );
  /** Makes the kernel send a replay of what the page shows. */
  const saves = (): ReplayDocument => {
    const made = save(null);
    model.emit("change:_replay");
    return made;
  };
  /** Returns the saved replay, which both readers accept. */
  const save = (replay: ReplayDocument | null) => {
    const made = composed(replay, present) as ReplayDocument;
    return read(JSON.stringify(made));
  };
  const pictures = (replay: ReplayDocument, frame: number) =>
    Object.fromEntries(
      [...new ShownBlobs(replay.frames).at(frame)].map(([canvas, blob]) => [
        canvas,
        atob(replay.blobs[blob]?.data ?? ""),
      ]),
    );

  beforeEach(() => {
    model = new FakeModel();
    present = new Present(model);
  });

  it("has what is drawn over the pictures, and says when that has changed", () => {
    const none = { boxes: [], box_texts: [], box_colors: [], points: [], point_texts: [], point_colors: [] };
    const drawn = (caption: string) => [
      { canvas: "Out/image", pictures: [{ area: [0, 0, 64, 48], caption, ...none }] },
    ];
    model.post(view());
    shows(3, "GT", "Out");
    model.post(update({ seq: 2, annotations: drawn("dog") }));
    const saved = saves();
    expect(saved.frames.at(-1)?.annotations).toEqual(drawn("dog"));
    model.post(update({ status: status({ iteration: 3, state: "paused" }) }));
    model.post(update({ seq: 3, annotations: drawn("cat") }));
    expect(save(saved).frames.map(({ step, annotations }) => [step, annotations])).toEqual([
      [3, drawn("cat")],
    ]);
    model.post(update({ seq: 4, annotations: [{ canvas: "Out/image", pictures: [] }] }));
    expect(annotationsAt(save(saved).frames, 0).get("Out/image")).toEqual([]);
  });

  it("keeps the branches that are still there, with their own pictures", () => {
    const run = { kind: "branch" as const, began: 0, controls: [], rulers: [], curves: [] };
    const branch = (name: string, at: number) => ({
      name,
      shared: 10,
      last: 20,
      frames: [{ step: 20, pictures: [{ canvas: "Out/image", blob: at }], annotations: [] }],
      controls: [],
      marks: [],
      bests: {},
    });
    const kernels = replay({
      blobs: ["gt", "one", "two", "three", "gone", "left"].map((name) => blob(name)),
      ghosts: [{ ...run, name: "left" }],
      branches: [branch("gone", 4), branch("left", 5)],
      state: "running",
    });
    model.post(view(slider({ id: "s" })));
    shows(40, "Out");
    const saved = save(kernels);
    expect(saved.branches.map(({ name }) => name)).toEqual(["left"]);
    expect(pictures(along(saved, "left"), 2)["Out/image"]).toBe("left");
    expect(saved.blobs.map(({ data }) => atob(data))).toEqual([
      "gt",
      "one",
      "two",
      "three",
      "Out at 40",
      "left",
    ]);
  });

  it("has what the page shows if the kernel has sent none yet", () => {
    model.post(view(slider({ value: 0.3, origin: "page", revision: 4 })));
    shows(41, "GT", "Out");
    const saved = save(null);
    expect(saved.frames.map(({ step }) => step)).toEqual([41]);
    expect([saved.first, saved.last, saved.state, saved.title]).toEqual([41, 41, "running", "Fit an image"]);
    expect(pictures(saved, 0)).toEqual({ "GT/image": "GT at 41", "Out/image": "Out at 41" });
    expect(saved.scene.panels[1]?.controls).toEqual([slider({ value: 0.3 })]);
  });

  it("ends with the step, pictures and values that the page shows", () => {
    model.post(view(slider()));
    shows(1, "GT", "Out");
    const replay = saves();
    shows(900, "Out");
    model.post(update({ controls: [{ panel: "Out", changed: [slider({ value: 0.9 })], order: null }] }));
    model.post(update({ series: [loss(0)] }), [rows([450, 0.2, 0.8, 0.5, 0.4], [899, 0.1, 0.3, 0.2, 0.1])]);
    const saved = save(replay);
    expect(saved.frames.map(({ step }) => step)).toEqual([1, 900]);
    expect(pictures(saved, 0)["Out/image"]).toBe("Out at 1");
    expect(pictures(saved, 1)).toEqual({ "GT/image": "GT at 1", "Out/image": "Out at 900" });
    const values = [899, 900].map((step) => controlsAt(saved, step)[1]?.changed[0]);
    expect(values).toEqual([slider(), slider({ value: 0.9 })]);
    expect(saved.series.loss?.values).toEqual([0.2, 0.8, 0.3, 0.1]);
    expect(saved.series.loss?.steps).toEqual([225, 450, 675, 899]);
    expect(saved.series.loss?.averages).toEqual([0.5, 0.5, 0.2, 0.2]);
  });

  it("has no picture twice if only others have changed", () => {
    model.post(view());
    shows(1, "GT", "Out");
    const replay = saves();
    shows(2, "Out");
    expect(save(replay).blobs).toHaveLength(3);
  });

  it("is the kernel's if the page shows nothing more", () => {
    model.post(view(slider()));
    shows(7, "GT", "Out");
    model.post(update({ status: status({ iteration: 7, state: "paused" }) }));
    const replay = saves();
    model.post(update({ pictures: [picture("Out")] }), [file("without loss")]);
    expect(composed(replay, present)).toBe(replay);
  });

  it("has a value that the user changed while the run was paused", () => {
    model.post(view(slider()));
    shows(7, "Out");
    model.post(update({ status: status({ iteration: 7, state: "paused" }) }));
    const replay = saves();
    model.post(update({ controls: [{ panel: "Out", changed: [slider({ value: 1 })], order: null }] }));
    const saved = save(replay);
    expect(controlsAt(saved, 7)[1]?.changed).toEqual([slider({ value: 1 })]);
    expect(saved.frames.map(({ step }) => step)).toEqual([7]);
  });

  it("does not mistake a late step for a run that has started over", () => {
    model.post(view());
    shows(1, "GT", "Out");
    const replay = { ...saves(), last: 12 };
    shows(11, "Out");
    expect(save(replay).frames.map(({ step }) => step)).toEqual([1, 12]);
  });

  it("drops the run before a reset", () => {
    model.post(view(slider({ value: 0.9 })));
    model.post(update({ series: [loss(0)] }), [rows([500, 1, 1, 1, 1])]);
    shows(500, "GT", "Out");
    const replay = saves();
    model.post(update({ series: [loss(0)], status: status({ iteration: 0 }) }), [rows()]);
    shows(3, "Out");
    const saved = save(replay);
    expect(saved.frames.map(({ step }) => step)).toEqual([3]);
    expect(pictures(saved, 0)).toEqual({ "GT/image": "GT at 500", "Out/image": "Out at 3" });
    expect(saved.series).toEqual({});
    expect(saved.scene.panels[1]?.controls).toEqual([slider({ value: 0.9 })]);
  });

  it("leaves out panels and controls that the view no longer has", () => {
    model.post(view(slider()));
    shows(1, "GT", "Out");
    model.post(update({ controls: [{ panel: "Out", changed: [slider({ value: 0 })], order: null }] }));
    const replay = saves();
    model.post(scene(panel("Out", { canvases: [canvas("Out")] })));
    shows(2, "Out");
    const saved = save(replay);
    expect(saved.scene.panels.map(({ id }) => id)).toEqual(["Out"]);
    expect(saved.controls).toEqual([]);
  });

  it("counts frames if nothing is logged, and has the exception of a callback", () => {
    model.post(view());
    const failure = { where: "frame", summary: "ValueError: no", traceback: "..." };
    model.post(update({ status: status({ iteration: 0, frame: 12, state: "failed", failure }) }));
    const saved = save(null);
    expect([saved.last, saved.state, saved.failure]).toEqual([12, "failed", failure]);
  });

  it("is none before the first message of the kernel", () => {
    expect(composed(null, present)).toBeNull();
  });

  it("leaves no listener behind", () => {
    present.destroy();
    expect(model.listening).toBe(0);
  });

  describe("of canvases with labels", () => {
    const legend = (hidden: boolean, layer: "picture" | "overlay" = "picture") => ({
      layer,
      alpha: 1,
      labels: [{ name: "road", color: "#804080", hidden }],
    });
    const labelled = (...legends: Legend[]) =>
      scene(panel("Out", { canvases: [canvas("Out", { width: 64, height: 48, legends })] }));
    /** The kernel's replay of two frames: with the masks of the first step, then of the third. */
    const recorded = (legends: Legend[]): ReplayDocument => {
      const layers = ["%labels/", "%under/", "%overlay/"].map((layer) => `${layer}Out/image`);
      const ids = ["Out/image", ...layers];
      return read(
        JSON.stringify(
          replay({
            scene: labelled(...legends),
            last: 3,
            state: "running",
            frames: [1, 3].map((step, at) => ({
              step,
              pictures: ids.map((canvas, i) => ({ canvas, blob: at * ids.length + i })),
              annotations: [],
            })),
            blobs: [1, 3].flatMap((step) => ids.map((id) => blob(`${id} at ${step}`))),
            controls: [],
          }),
        ),
      );
    };
    const last = (saved: ReplayDocument) => pictures(saved, saved.frames.length - 1);

    it("keeps their layers as long as the picture is the same", () => {
      const kernels = recorded([legend(false), legend(false, "overlay")]);
      model.post(labelled(legend(false), legend(false, "overlay")));
      model.post(update({ status: status({ iteration: 9 }) }));
      expect(last(save(kernels))).toEqual(last(kernels));
      expect(last(save(kernels))["%overlay/Out/image"]).toBe("%overlay/Out/image at 3");
    });

    it("shows no older mask with a newer picture", () => {
      const kernels = recorded([legend(false, "overlay")]);
      model.post(labelled(legend(false, "overlay")));
      shows(9, "Out");
      const saved = save(kernels);
      expect(last(saved)).toEqual({ "Out/image": "Out at 9" });
      expect(pictures(saved, 1)["%overlay/Out/image"]).toBe("%overlay/Out/image at 3");
    });

    it("hides labels in the newest picture itself if that is a whole label map without loss", () => {
      for (const [hidden, lossless, expected] of [
        [false, true, { "Out/image": "mask", "%labels/Out/image": "mask" }],
        [true, true, { "Out/image": "mask" }],
        [false, false, { "Out/image": "mask" }],
      ] as const) {
        model.post(labelled(legend(hidden)));
        const news = { ...picture("Out"), format: "png", lossless } as const;
        model.post(update({ pictures: [news], status: status({ iteration: 9 }) }), [file("mask")]);
        expect(last(save(recorded([legend(hidden)])))).toEqual(expected);
      }
    });
  });
});
