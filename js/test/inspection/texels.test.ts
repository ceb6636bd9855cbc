import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Texels } from "../../src/inspection/texels";
import type { Probed } from "../../src/wire/protocol";

const send = vi.fn();
const changed = vi.fn();
let texels: Texels;

function probed(canvas: string, x: number, y: number, ...values: number[]): [Probed, DataView[]] {
  const place = { canvas, left: x, top: y, right: x + 1, bottom: y + 1, picture: -1, column: x, row: y };
  const block = { ...place, dtype: "float32", channels: values.length, buffer: 0 };
  const message = { kind: "probed", client: "me", frame: 3, step: 4, texels: [block] } as const;
  return [{ ...message, texels: [block] }, [new DataView(new Float32Array(values).buffer)]];
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.clearAllMocks();
  texels = new Texels({ client: "me", send }, changed);
});
afterEach(() => {
  texels.destroy();
  vi.useRealTimers();
});

describe("Texels", () => {
  it("asks for a texel once, however long the pointer rests on it", () => {
    for (let i = 0; i < 5; i++) texels.point({ canvas: "p/a", x: 1, y: 2 });
    vi.advanceTimersByTime(10_000);
    expect(send).toHaveBeenCalledExactlyOnceWith({ kind: "probe_texel", canvas: "p/a", x: 1, y: 2 });
  });

  it("asks for the newest texel once the last question was answered, and for none between", () => {
    for (let x = 0; x < 50; x++) texels.point({ canvas: "p/a", x, y: 0 });
    expect(send).toHaveBeenCalledTimes(1);
    texels.take(...probed("p/a", 0, 0, 1));
    vi.advanceTimersByTime(50);
    expect(send).toHaveBeenCalledTimes(2);
    expect(send).toHaveBeenLastCalledWith({ kind: "probe_texel", canvas: "p/a", x: 49, y: 0 });
  });

  it("does not wait forever for an answer: a texel may lie in a gap", () => {
    texels.point({ canvas: "p/a", x: 0, y: 0 });
    texels.point({ canvas: "p/a", x: 1, y: 0 });
    vi.advanceTimersByTime(500);
    expect(send).toHaveBeenCalledTimes(2);
  });

  it("remembers the values of the texel under the pointer, and forgets them afterwards", () => {
    texels.point({ canvas: "p/a", x: 1, y: 2 });
    texels.take(...probed("p/b", 1, 2, 0.5, 0.25, 1));
    expect(texels.texel("p/b", 1, 2)?.numbers).toEqual([0.5, 0.25, 1]);
    expect(changed).toHaveBeenCalled();
    vi.advanceTimersByTime(50);
    texels.point({ canvas: "p/a", x: 3, y: 2 });
    texels.take(...probed("p/a", 3, 2, 1));
    expect(texels.texel("p/b", 1, 2)).toBeNull();
  });

  it("tells the kernel once per frame which blocks are watched, and finds texels in them", () => {
    const frames = vi.spyOn(globalThis, "requestAnimationFrame").mockImplementation((draw) => {
      setTimeout(() => draw(0), 16);
      return 1;
    });
    texels.watch("p/a", { left: 2, top: 1, right: 4, bottom: 3 });
    texels.watch("p/b", { left: 2, top: 1, right: 4, bottom: 3 });
    vi.advanceTimersByTime(20);
    expect(send).toHaveBeenCalledOnce();
    const block = { canvas: "p/a", left: 2, top: 1, right: 4, bottom: 3, picture: 5, column: 0, row: 1 };
    const message = { kind: "probed", client: "me", frame: 1, step: 0 } as const;
    const values = new DataView(new Float32Array([1, 2, 3, 4]).buffer);
    texels.take({ ...message, texels: [{ ...block, dtype: "float32", channels: 1, buffer: 0 }] }, [values]);
    expect(texels.texel("p/a", 3, 2)).toEqual({
      picture: 5,
      column: 1,
      row: 2,
      dtype: "float32",
      numbers: [4],
    });
    expect(texels.texel("p/a", 4, 2)).toBeNull();
    frames.mockRestore();
  });

  it("does not replace newer values by a late answer about a previous part", () => {
    const take = (left: number, right: number, ...values: number[]): void => {
      const place = { canvas: "p/a", left, top: 0, right, bottom: 1, picture: -1, column: left, row: 0 };
      const block = { ...place, dtype: "float32", channels: 1, buffer: 0 };
      const message = { kind: "probed", client: "me", frame: 1, step: 0, texels: [block] } as const;
      texels.take({ ...message, texels: [block] }, [new DataView(new Float32Array(values).buffer)]);
    };
    vi.stubGlobal("requestAnimationFrame", () => 1);
    texels.watch("p/a", { left: 1, top: 0, right: 5, bottom: 1 });
    texels.watch("p/a", { left: 2, top: 0, right: 4, bottom: 1 }); // zoomed in
    take(1, 5, 10, 20, 30, 40);
    take(2, 4, 20, 30);
    take(2, 4, 21, 31);
    expect([2, 3].map((x) => texels.texel("p/a", x, 0)?.numbers)).toEqual([[21], [31]]);
    texels.watch("p/a", { left: 0, top: 0, right: 6, bottom: 1 }); // zoomed out
    take(2, 4, 22, 32);
    take(0, 6, 0, 10, 22, 32, 40, 50);
    take(0, 6, 0, 10, 23, 33, 40, 50);
    expect([2, 3].map((x) => texels.texel("p/a", x, 0)?.numbers)).toEqual([[23], [33]]);
    vi.unstubAllGlobals();
  });
});
