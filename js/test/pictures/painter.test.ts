import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Decode, Decoded } from "../../src/pictures/decode";
import { Painter, STALLED } from "../../src/pictures/painter";
import type { Update } from "../../src/wire/protocol";

function update(seq: number, canvases: string[]): [Update, DataView[]] {
  const pictures = canvases.map((canvas, buffer) => ({
    canvas,
    width: 2,
    height: 2,
    format: "png" as const,
    lossless: true,
    buffer,
    crop: null,
  }));
  const rest = { made: 0, controls: [], series: [], status: null, key_frames: null, moves: null, rulers: [] };
  const message: Update = { kind: "update", seq, pictures, annotations: [], ...rest };
  return [message, canvases.map(() => new DataView(new ArrayBuffer(4)))];
}

/** `update`, with a caption over the canvas `a`. */
function captioned(seq: number, canvases: string[], caption: string): [Update, DataView[]] {
  const [message, buffers] = update(seq, canvases);
  const none = { boxes: [], box_texts: [], box_colors: [], points: [], point_texts: [], point_colors: [] };
  const annotations = [{ canvas: "a", pictures: [{ area: [0, 0, 2, 2], caption, ...none }] }];
  return [{ ...message, annotations }, buffers];
}

describe("Painter", () => {
  let frames: (() => void)[];
  let painted: number[];
  let shown: Record<string, number[]>;
  let captions: Record<string, string>;
  let bitmaps: { close: ReturnType<typeof vi.fn>; id: number }[];
  let failures: number;
  let drawing: boolean[];
  let painter: Painter;
  let decode: Decode;

  const tick = () => {
    for (const frame of frames.splice(0)) frame();
  };

  beforeEach(() => {
    frames = [];
    painted = [];
    shown = {};
    captions = {};
    bitmaps = [];
    failures = 0;
    vi.stubGlobal("requestAnimationFrame", (callback: () => void) => frames.push(callback));
    vi.stubGlobal("cancelAnimationFrame", () => frames.splice(0));
    decode = async () => {
      const bitmap = { close: vi.fn(), id: bitmaps.length };
      bitmaps.push(bitmap);
      return bitmap as unknown as Decoded;
    };
    drawing = [];
    vi.spyOn(console, "warn").mockImplementation(() => {});
    painter = new Painter(
      {
        surface: (canvas) => ({
          paint: (bitmap) => {
            shown[canvas] = [...(shown[canvas] ?? []), (bitmap as unknown as { id: number }).id];
          },
        }),
        annotate: (canvas, marks) => {
          captions[canvas] = marks.map(({ caption }) => caption).join();
        },
        painted: (seq) => painted.push(seq),
        drawn: () => {},
        failed: () => {
          failures += 1;
        },
        drawing: (alive) => drawing.push(alive),
      },
      (bytes, format) => decode(bytes, format),
    );
  });

  it("paints a picture as soon as it is decoded", async () => {
    await painter.take(...update(1, ["a"]));
    expect(shown).toEqual({ a: [0] });
    tick();
    await painter.take(...update(2, ["a"]));
    expect(shown).toEqual({ a: [0, 1] });
  });

  it("paints the newest frame since the last animation frame and closes every bitmap", async () => {
    for (const seq of [1, 2, 3]) await painter.take(...update(seq, ["a"]));
    expect(painted).toEqual([1]);
    tick();
    expect(shown).toEqual({ a: [0, 2] });
    expect(painted).toEqual([1, 3]);
    expect(bitmaps.every((bitmap) => bitmap.close.mock.calls.length === 1)).toBe(true);
  });

  it("keeps the newest picture of each canvas if an update has only some", async () => {
    await painter.take(...update(1, ["c"]));
    await painter.take(...update(2, ["a", "b"]));
    await painter.take(...update(3, ["b"]));
    tick();
    expect(shown).toEqual({ c: [0], a: [1], b: [3] });
    expect(painted).toEqual([1, 3]);
  });

  it("draws annotations together with the picture of their update", async () => {
    let finish = () => {};
    const decoded = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const plain = decode;
    decode = (bytes, format) => decoded.then(() => plain(bytes, format));
    const taken = painter.take(...captioned(1, ["a"], "one"));
    expect(captions).toEqual({});
    finish();
    await taken;
    expect([shown, captions]).toEqual([{ a: [0] }, { a: "one" }]);
    tick();
    await painter.take(...captioned(2, [], "two"));
    expect([captions, painted]).toEqual([{ a: "two" }, [1, 2]]);
  });

  it("does not draw annotations before the picture of an earlier update", async () => {
    let finish = () => {};
    const decoded = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const plain = decode;
    decode = (bytes, format) => decoded.then(() => plain(bytes, format));
    const taken = painter.take(...captioned(1, ["a"], "one"));
    await painter.take(...captioned(2, [], "two"));
    expect(captions).toEqual({});
    finish();
    await taken;
    expect([shown, captions]).toEqual([{ a: [0] }, { a: "two" }]);
  });

  it("keeps the annotations of a frame that a newer one replaces", async () => {
    await painter.take(...update(1, ["b"]));
    await painter.take(...captioned(2, ["a"], "two"));
    await painter.take(...update(3, ["a", "b"]));
    tick();
    expect([captions, painted]).toEqual([{ a: "two" }, [1, 3]]);
  });

  it("paints two frames that arrive together one after the other", async () => {
    await painter.take(...update(1, ["a", "b"]));
    await painter.take(...update(2, ["b"]));
    expect(shown).toEqual({ a: [0], b: [1] });
    tick();
    expect(shown).toEqual({ a: [0], b: [1, 2] });
    tick();
    expect(painted).toEqual([1, 2]);
  });

  it("does not stay one frame late if each arrives just after an animation frame", async () => {
    let seq = 0;
    await painter.take(...update(++seq, ["a"]));
    const late: number[] = [];
    for (let frame = 0; frame < 8; frame++) {
      await painter.take(...update(++seq, ["a"]));
      late.push(seq - (painted.at(-1) as number));
      tick();
    }
    expect(late).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
    expect(painted.length).toBeGreaterThanOrEqual(8); // at most one was skipped
    expect(bitmaps.every((bitmap) => bitmap.close.mock.calls.length === 1)).toBe(true);
  });

  it("does not paint an older picture that is decoded late", async () => {
    await painter.take(...update(5, ["a"]));
    tick();
    await painter.take(...update(4, ["a"]));
    tick();
    expect(shown).toEqual({ a: [0] });
    expect(painted[0]).toBe(5);
    expect(bitmaps[1]?.close).toHaveBeenCalledOnce();
  });

  it("asks for whole pictures when one cannot be decoded", async () => {
    decode = () => Promise.reject(new Error("not an image"));
    await painter.take(...update(1, ["a"]));
    expect(failures).toBe(1);
    expect(frames).toEqual([]);
  });

  it("asks for whole pictures when a buffer is missing", async () => {
    const [message] = update(1, ["a"]);
    await painter.take(message, []);
    expect(failures).toBe(1);
  });

  it("closes pictures that are decoded after it was destroyed", async () => {
    painter.destroy();
    await painter.take(...update(1, ["a"]));
    expect(bitmaps[0]?.close).toHaveBeenCalledOnce();
    expect(shown).toEqual({});
  });

  it("paints updates in their order, however long each takes to decode", async () => {
    const waiting: ((picture: Decoded) => void)[] = [];
    decode = () => new Promise((resolve) => waiting.push(resolve));
    const finish = (at: number) => {
      const bitmap = { close: vi.fn(), id: at };
      bitmaps.push(bitmap);
      waiting[at]?.(bitmap as unknown as Decoded);
    };
    const first = painter.take(...update(1, ["truth", "output"]));
    const second = painter.take(...update(2, ["output"]));
    finish(2); // the second update is decoded first, but must not be shown next to older pictures
    await second;
    tick();
    expect(shown).toEqual({});
    finish(0);
    finish(1);
    await first;
    tick();
    tick();
    expect(shown).toEqual({ truth: [0], output: [2] });
    expect(bitmaps.every((bitmap) => bitmap.close.mock.calls.length === 1)).toBe(true);
  });

  it("does not wait for an older update that a newer one covers", async () => {
    const waiting: ((picture: Decoded) => void)[] = [];
    decode = () => new Promise((resolve) => waiting.push(resolve));
    const first = painter.take(...update(1, ["a"]));
    const second = painter.take(...update(2, ["a"]));
    const late = { close: vi.fn(), id: 0 };
    waiting[1]?.({ close: vi.fn(), id: 1 } as unknown as Decoded);
    await second;
    tick();
    expect(shown).toEqual({ a: [1] });
    waiting[0]?.(late as unknown as Decoded);
    await first;
    expect(late.close).toHaveBeenCalledOnce();
  });

  it("shows the other pictures of an update if one is broken", async () => {
    let calls = 0;
    const good = decode;
    decode = (bytes, format) =>
      calls++ === 0 ? Promise.reject(new Error("not an image")) : good(bytes, format);
    await painter.take(...update(1, ["a", "b"]));
    tick();
    expect(failures).toBe(1);
    expect(Object.keys(shown)).toEqual(["b"]);
  });

  it("tells when the browser stops painting the page and when it does again", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await painter.take(...update(1, ["a"]));
    vi.advanceTimersByTime(STALLED + 1);
    expect(drawing).toEqual([false]);
    tick();
    expect(drawing).toEqual([false, true]);
    vi.useRealTimers();
  });

  it("asks for no animation frame while there is nothing to paint", async () => {
    await painter.take(...update(1, ["a"]));
    tick();
    expect(frames).toEqual([]);
  });
});
