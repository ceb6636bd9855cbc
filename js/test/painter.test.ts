import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Decode, Painter } from "../src/painter";
import type { Update } from "../src/protocol";

function update(seq: number, canvases: string[]): [Update, DataView[]] {
  const pictures = canvases.map((canvas, buffer) => ({
    canvas,
    width: 2,
    height: 2,
    format: "png" as const,
    lossless: true,
    buffer,
  }));
  const message: Update = { kind: "update", seq, made: 0, pictures, controls: [], series: [], status: null };
  return [message, canvases.map(() => new DataView(new ArrayBuffer(4)))];
}

describe("Painter", () => {
  let frames: (() => void)[];
  let painted: number[];
  let shown: Record<string, number[]>;
  let bitmaps: { close: ReturnType<typeof vi.fn>; id: number }[];
  let failures: number;
  let painter: Painter;
  let decode: Decode;

  const tick = () => {
    for (const frame of frames.splice(0)) frame();
  };

  beforeEach(() => {
    frames = [];
    painted = [];
    shown = {};
    bitmaps = [];
    failures = 0;
    vi.stubGlobal("requestAnimationFrame", (callback: () => void) => frames.push(callback));
    vi.stubGlobal("cancelAnimationFrame", () => frames.splice(0));
    decode = async () => {
      const bitmap = { close: vi.fn(), id: bitmaps.length };
      bitmaps.push(bitmap);
      return bitmap as unknown as ImageBitmap;
    };
    painter = new Painter({
      surface: (canvas) => ({
        paint: (bitmap) => {
          shown[canvas] = [...(shown[canvas] ?? []), (bitmap as unknown as { id: number }).id];
        },
      }),
      painted: (seq) => painted.push(seq),
      failed: () => {
        failures += 1;
      },
      decode: (blob) => decode(blob),
    });
  });

  it("paints the newest of what came since the last animation frame and closes every bitmap", async () => {
    for (const seq of [1, 2, 3]) await painter.take(...update(seq, ["a"]));
    tick();
    expect(shown).toEqual({ a: [2] });
    expect(painted).toEqual([3]);
    expect(bitmaps.every((bitmap) => bitmap.close.mock.calls.length === 1)).toBe(true);
  });

  it("keeps the newest of each canvas where an update has only some", async () => {
    await painter.take(...update(1, ["a", "b"]));
    await painter.take(...update(2, ["b"]));
    tick();
    expect(shown).toEqual({ a: [0], b: [2] });
  });

  it("does not go back when an older picture is decoded late", async () => {
    await painter.take(...update(5, ["a"]));
    tick();
    await painter.take(...update(4, ["a"]));
    tick();
    expect(shown).toEqual({ a: [0] });
    expect(painted).toEqual([5]);
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

  it("closes what is decoded after it was destroyed", async () => {
    painter.destroy();
    await painter.take(...update(1, ["a"]));
    expect(bitmaps[0]?.close).toHaveBeenCalledOnce();
    expect(shown).toEqual({});
  });
});
