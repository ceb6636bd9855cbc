import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeObserver } from "../hosts";
import { changed, earlier, malformed, type Place } from "../saved";

vi.mock("uplot/dist/uPlot.min.css", () => ({}));
vi.mock("uplot", () => ({
  default: class {
    valToPos = () => 0;
    bbox = { left: 0, top: 0, width: 0, height: 0 };
    cursor = { idx: null };
    over = document.createElement("div");
    data: unknown[];
    constructor(_: unknown, data: unknown[], made?: (plot: unknown, draw: () => void) => void) {
      this.data = data;
      (this as unknown as { root: HTMLElement }).root = document.createElement("div");
      made?.(this, () => {});
    }
    batch(work: () => void): void {
      work();
    }
    redraw(): void {}
    setData(): void {}
    setSize(): void {}
    destroy(): void {}
  },
}));

const { read, ReplayError, reason } = await import("../../src/replay/reader");
const { mount } = await import("../../src/replay/mount");

describe("a saved replay", () => {
  it("of version 0.1 is read unchanged", () => {
    // But for what it had not: the default of a slider, that of clicks none had been taken, the averages of what was
    // logged and its best value, the links and legends of canvases, annotations, pinned texels, what is compared, other
    // runs, and seconds and epochs.
    const told = JSON.stringify(earlier(), (_, value) => {
      if (Array.isArray(value?.blobs))
        return {
          ...value,
          pins: [],
          lives: [],
          marks: [],
          rulers: [],
          ghosts: [],
          branches: [],
          began: 0,
          training: null,
        };
      if (Array.isArray(value?.pictures)) return { ...value, annotations: [] };
      if (Array.isArray(value?.steps)) return { ...value, averages: null, best: null };
      if (typeof value?.filter === "string") return { ...value, link: "auto", legends: [] };
      if (value?.kind === "scene") return { ...value, compared: [] };
      if (/button$/.test(value?.kind)) return { ...value, origin: "", revision: 0 };
      return /^slider/.test(value?.kind) ? { ...value, initial: null } : value;
    });
    expect(read(JSON.stringify(earlier()))).toEqual(JSON.parse(told));
    expect(read(earlier())).toEqual(JSON.parse(told));
  });

  it.each(malformed)("is refused with the reason if $change is $to", ({ change, to, says }) => {
    const document = changed(earlier(), change, to);
    expect(() => read(document)).toThrow(ReplayError);
    expect(() => read(document)).toThrow(says);
  });

  it.each(Object.keys(earlier()))("is refused if it lacks %s", (name) => {
    const document = earlier();
    delete document[name];
    expect(() => read(document)).toThrow(name);
  });

  it.each(["{", "[]", "null", "7", '"x"', JSON.stringify(earlier()).slice(0, -9)])(
    "is none where it is %.9s",
    (text) => {
      expect(() => read(text)).toThrow(/^it /);
    },
  );

  it("of another version is refused with both versions", () => {
    expect(() => read({ ...earlier(), version: 2 })).toThrow(
      "it has the format version 2; this release plays version 1",
    );
  });

  it("is refused if its layout is nested too deeply", () => {
    const document = earlier();
    for (let i = 0; i < 20_000; i++)
      document.scene.layout = {
        kind: "split",
        direction: "row",
        weights: [1],
        children: [document.scene.layout],
      };
    expect(() => read(document)).toThrow("nested too deeply");
  });

  it("is refused quickly if it would take the page too long", () => {
    const steps = Array.from({ length: 5000 }, (_, i) => i);
    const series = Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [`s${i}`, { steps, values: steps }]),
    );
    expect(() => read({ ...earlier(), series })).toThrow(
      "it has 1,000,000 logged values; at most 140,000 are played",
    );
    const document = earlier();
    const canvas = document.scene.panels[0].canvases[0];
    document.scene.panels[0].canvases = Array.from({ length: 3000 }, (_, i) => ({ ...canvas, id: `${i}` }));
    expect(() => read(document)).toThrow("it has 3,001 canvases; at most 1,024 are played");
  });

  it("keeps names that every object has", () => {
    const document = earlier();
    document.series = JSON.parse(
      '{"__proto__": {"steps": [1], "values": [2]}, "toString": {"steps": [], "values": []}}',
    );
    expect(Object.keys(read(document).series)).toEqual(["__proto__", "toString"]);
  });

  it("loses unknown fields", () => {
    expect(read({ ...earlier(), script: "x" })).not.toHaveProperty("script");
  });

  it("is refused in general terms after an unexpected error", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    expect(reason(new TypeError("x is not a function"))).toBe("something in it is not as it should be");
    warn.mockRestore();
  });
});

describe("a player of saved replays", () => {
  const host = document.createElement("div");

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    FakeObserver.all = [];
    vi.stubGlobal("ResizeObserver", FakeObserver);
    vi.stubGlobal("createImageBitmap", async () => ({ width: 32, height: 32, close: () => {} }));
    Object.defineProperty(HTMLElement.prototype, "clientWidth", { configurable: true, value: 800 });
    document.body.append(host);
  });

  afterEach(() => {
    host.replaceChildren();
    vi.useRealTimers();
    vi.unstubAllGlobals();
    Reflect.deleteProperty(HTMLElement.prototype, "clientWidth");
  });

  // biome-ignore lint/suspicious/noExplicitAny: any value is played or refused
  async function playThrough(replay: any): Promise<number[]> {
    const steps: number[] = [];
    const heard = (event: Event) => steps.push((event as CustomEvent).detail.step);
    host.addEventListener("vultorch:step", heard);
    const player = mount(host, replay);
    for (const { step } of replay.frames) {
      player.seek(step);
      await vi.advanceTimersByTimeAsync(300);
    }
    player.destroy();
    host.removeEventListener("vultorch:step", heard);
    return steps;
  }

  it("plays a replay of version 0.1 to its end", async () => {
    const steps = await playThrough(earlier());
    expect(steps).toEqual([40, ...Array.from({ length: 40 }, (_, i) => i + 1)]);
  });

  it("shows sliders of absurd ranges", async () => {
    const document = earlier();
    const [, , { controls }] = document.scene.panels;
    // biome-ignore lint/suspicious/noExplicitAny: as above
    const slider = controls.find((spec: any) => spec.kind === "slider");
    for (const absurd of [
      { min: 5e-324, max: 1.7e308, value: 1e-300 },
      { log: false, min: -1.7e308, max: 1.7e308, value: 1e300 },
      { log: false, min: -1.7e308, max: 1.7e308, step: 5e-324, value: 1e300 },
      { log: true, min: 1e-7, max: 1e-7, step: 0, value: -5 },
    ]) {
      Object.assign(slider, absurd);
      await playThrough({ ...document, frames: document.frames.slice(0, 2) });
    }
  });

  it("plays or refuses any document, and throws nothing else", async () => {
    const random = randoms(12);
    let played = 0;
    for (let i = 0; i < 250; i++) {
      const document = mutated(random);
      try {
        read(document);
      } catch (error) {
        expect(error).toBeInstanceOf(ReplayError);
        expect(() => mount(host, document)).toThrow(ReplayError);
        continue;
      }
      await playThrough(document);
      played += 1;
    }
    expect(played).toBeGreaterThan(20);
  }, 120_000);
});

const JUNK = [
  null,
  true,
  0,
  -1,
  1e300,
  5e-324,
  2 ** 53,
  0.5,
  "",
  "x",
  "\ud800",
  "<b>",
  [],
  {},
  [[]],
  [null],
  { kind: "split" },
  "x".repeat(5000),
];

/** Random numbers from 0 to 1, the same in every run (mulberry32). */
function randoms(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The places of everything in `value`. */
function places(value: unknown, path: Place = []): Place[] {
  const below = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const own = path.length > 0 ? [path] : [];
  return [...own, ...below.flatMap(([name, entry]) => places(entry, [...path, name]))];
}

/** The first frames of the earlier document, with parts removed, doubled, exchanged or replaced by junk. */
function mutated(random: () => number): ReturnType<typeof earlier> {
  const short = () => {
    const document = earlier();
    return { ...document, frames: document.frames.slice(0, 4), blobs: document.blobs.slice(0, 8) };
  };
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  const like = (value: unknown) =>
    pick(
      [...JUNK, 1, 2, 7, 0.25, false, -1e-300].filter(
        (junk) => typeof junk === typeof value && junk !== null,
      ),
    );
  const document = short();
  for (let change = 0; change < 1 + 3 * random(); change++) {
    const where = pick(places(document));
    // biome-ignore lint/suspicious/noExplicitAny: as above
    let holder: any = document;
    for (const key of where.slice(0, -1)) holder = holder[key];
    const key = where.at(-1) as string;
    const what = pick(["lose", "double", "exchange", "junk", "like", "like", "like", "like"]);
    if (what === "lose") delete holder[key];
    else if (what === "double" && Array.isArray(holder)) holder.push(structuredClone(holder[Number(key)]));
    else if (what === "exchange") {
      // biome-ignore lint/suspicious/noExplicitAny: as above
      let other: any = short();
      for (const part of pick(places(other))) other = other[part];
      holder[key] = other;
    } else if (what === "like") holder[key] = like(holder[key]);
    else holder[key] = pick(JUNK);
  }
  return JSON.parse(JSON.stringify(document));
}
