// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Answers, type Reply, type Search } from "../../src/training/answers";
import type { Candidate } from "../../src/training/audition";
import type { Settings, Weights } from "../../src/training/definition";
import type { Wish } from "../../src/training/engine";
import { Network } from "../../src/training/network";
import { drawn, stored } from "./problems";

const [PROBLEM, WEIGHTS] = drawn(40, 2, 8, 3);
const [problem, weights] = stored([PROBLEM, WEIGHTS]);

let now = 0; // that computing takes, in milliseconds
const STEP = 10;

/** A graphics card that computes as WebAssembly does, in a time of its own. It can be lost. */
class Card implements Candidate {
  readonly name = "WebGPU (a card)";
  pace = STEP / 4;
  lost = false;
  destroyed = false;
  #network = new Network(PROBLEM, WEIGHTS);
  #kept: Weights = WEIGHTS;

  get weights(): Weights {
    return this.#kept;
  }

  load(weights: Weights): void {
    this.#network.load(weights);
    this.#kept = weights;
  }

  async train(steps: number, settings: Settings) {
    this.#spend(steps * this.pace);
    const progress = this.#network.train(steps, settings);
    const { count, parameters, moments } = this.#network.weights;
    this.#kept = { count, parameters: parameters.slice(), moments: moments.slice() };
    return progress;
  }

  async predict() {
    this.#spend(this.pace);
    return this.#network.predict();
  }

  destroy(): void {
    this.destroyed = true;
  }

  #spend(time: number): void {
    if (this.lost) throw new Error("lost");
    now += time;
  }
}

let card: Card;
let replies: Reply[] = [];
let answers: Answers;

async function begin(wish: Wish, search: Search): Promise<void> {
  answers = new Answers((reply) => replies.push(reply), search);
  await answers.take({ kind: "begin", problem, weights, wish, program: "", wanted: null });
}
const frame = (settings: Settings = {}) =>
  answers.take({ kind: "frame", steps: 4, settings, shown: true, colors: [] });
const engines = () => replies.filter((reply) => reply.kind === "working").map(({ engine }) => engine);
const frames = () => replies.filter((reply) => reply.kind === "frame");

/** Losses of the frames, of the engine that is always there. */
async function alone(count: number): Promise<number[]> {
  await begin("webassembly", async () => null);
  for (let i = 0; i < count; i++) await frame();
  const found = frames().map(({ loss }) => loss);
  replies = [];
  return found;
}

const PLAIN = "WebAssembly (SIMD, fused)";
const plain = () => expect.stringContaining(PLAIN.slice(0, 11));

beforeEach(() => {
  now = 0;
  replies = [];
  card = new Card();
  vi.spyOn(performance, "now").mockImplementation(() => now);
  const step = Network.prototype.step;
  // Training on the card computes on a network too, but takes the card's time.
  vi.spyOn(Network.prototype, "train").mockImplementation(function (this: Network, steps, settings) {
    let loss = 0;
    for (let i = 0; i < steps && Number.isFinite(loss); i++) loss = step.call(this, settings);
    if (this.problem !== PROBLEM) now += steps * STEP;
    return { count: this.weights.count, loss };
  });
});
afterEach(() => vi.restoreAllMocks());

describe("a training in the page", () => {
  it("begins at once, and moves to the graphics card if that is faster", async () => {
    const wanted = await alone(6);
    await begin("fastest", async () => card);
    expect(engines()).toEqual([plain()]);
    for (let i = 0; i < 6; i++) await frame();
    expect(engines()).toEqual([plain(), card.name]);
    expect(frames().map(({ count }) => count)).toEqual([4, 8, 12, 16, 20, 24]);
    frames().forEach(({ loss }, i) => {
      expect(loss).toBeCloseTo(wanted[i] as number, 6);
    });
  });

  it("stays where it is if the card is slower, computes something different, or fails", async () => {
    const failing = Object.assign(new Card(), { lost: true });
    const still = new Card();
    still.train = async (steps) => ({ count: steps, loss: 0.1 });
    for (const each of [Object.assign(new Card(), { pace: 2 * STEP }), still, failing]) {
      replies = [];
      await begin("fastest", async () => each);
      for (let i = 0; i < 4; i++) await frame();
      expect(engines()).toEqual([plain()]);
      expect(frames().length).toBe(4);
      expect(each.destroyed).toBe(true);
    }
  });

  it("continues from the last weights when the card is lost, without missing a frame", async () => {
    const wanted = await alone(8);
    await begin("fastest", async () => card);
    for (let i = 0; i < 5; i++) await frame();
    card.lost = true;
    for (let i = 0; i < 3; i++) await frame();
    expect(replies.filter((reply) => reply.kind === "working")).toMatchObject([
      { engine: plain(), obstacle: null },
      { engine: card.name },
      { engine: plain(), obstacle: "lost" },
    ]);
    expect(frames().map(({ count }) => count)).toEqual([4, 8, 12, 16, 20, 24, 28, 32]);
    frames().forEach(({ loss }, i) => {
      expect(loss).toBeCloseTo(wanted[i] as number, 6);
    });
  });

  it("moves back when the card becomes slow, but tolerates one slow frame", async () => {
    await begin("fastest", async () => card);
    for (let i = 0; i < 3; i++) await frame();
    card.pace = 10 * STEP;
    await frame();
    card.pace = STEP / 4;
    for (let i = 0; i < 3; i++) await frame();
    expect(engines().at(-1)).toBe(card.name);
    card.pace = 10 * STEP;
    for (let i = 0; i < 4; i++) await frame();
    expect(engines().at(-1)).toEqual(plain());
    expect(frames().map(({ count }) => count)).toEqual(Array.from({ length: 11 }, (_, i) => 4 * (i + 1)));
  });

  it("does not wait for a card that does not answer, and drops it if it answers late", async () => {
    vi.useFakeTimers();
    let come = (_: Candidate) => {};
    await begin(
      "fastest",
      () =>
        new Promise((resolve) => {
          come = resolve;
        }),
    );
    await frame();
    vi.runAllTimers();
    come(card);
    await vi.waitFor(() => expect(card.destroyed).toBe(true));
    await frame();
    vi.useRealTimers();
    expect(engines()).toEqual([plain()]);
    expect(frames().length).toBe(2);
  });

  it("does not try the card before the parameters change", async () => {
    await begin("fastest", async () => card);
    for (let i = 0; i < 3; i++) await frame({ lr: 0 });
    expect(engines()).toEqual([plain()]);
    for (let i = 0; i < 2; i++) await frame();
    expect(engines()).toEqual([plain(), card.name]);
  });

  it("uses the requested engine, without a trial", async () => {
    await begin("webgpu", async () => Object.assign(card, { pace: 3 * STEP }));
    for (let i = 0; i < 6; i++) await frame();
    expect(engines()).toEqual([card.name]);
    const search = vi.fn(async () => card);
    replies = [];
    await begin("webassembly", search);
    expect(search).not.toHaveBeenCalled();
    expect(engines()).toEqual([plain()]);
  });

  it("says that further workers cannot be started, and continues with one", async () => {
    answers = new Answers(
      (reply) => replies.push(reply),
      async () => null,
    );
    await answers.take({ kind: "begin", problem, weights, wish: "webassembly", program: "", wanted: 3 });
    await frame();
    expect(replies).toMatchObject([{ kind: "working", engine: plain(), lost: 2 }, { kind: "frame" }]);
  });

  it("says why the card is not used, and continues without it", async () => {
    for (const wish of ["fastest", "webgpu"] as const) {
      replies = [];
      await begin(wish, async () => "unused");
      await frame();
      expect(replies.filter((reply) => reply.kind === "working").at(-1)).toMatchObject({
        engine: plain(),
        obstacle: "unused",
      });
      expect(frames().length).toBe(1);
    }
    replies = [];
    await begin("webgpu", async () => {
      throw new Error("no memory");
    });
    await frame();
    expect(replies.map(({ kind }) => kind)).toEqual(["working", "frame"]);
  });

  it("also reports on the card that the loss is no longer finite", async () => {
    await begin("webgpu", async () => card);
    await frame({ lr: Number.MAX_VALUE });
    await frame({ lr: Number.MAX_VALUE });
    expect(frames().at(-1)?.loss).toBeNaN();
  });
});
