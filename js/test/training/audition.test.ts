// @vitest-environment node
import { describe, expect, it } from "vitest";
import { audition, type Candidate, type Sample, tells } from "../../src/training/audition";
import type { Settings, Weights } from "../../src/training/definition";
import { Network } from "../../src/training/network";
import { drawn } from "./problems";

const STEP = 10; // milliseconds, of the engine that works

/** A graphics card that computes as WebAssembly does, in a time of its own; by default twice as fast. */
class Card implements Candidate {
  readonly name = "a card";
  time = 0;
  pace = STEP / 2;
  destroyed = false;
  #network = new Network(...drawn(40, 2, 8, 3));

  get weights(): Weights {
    return this.#network.weights;
  }

  load(weights: Weights): void {
    this.#network.load(weights);
  }

  async train(steps: number, settings: Settings, until = Number.POSITIVE_INFINITY) {
    this.#spend(steps * this.pace, until);
    return this.#network.train(steps, settings);
  }

  async predict(until = Number.POSITIVE_INFINITY) {
    this.#spend(this.pace, until);
    return this.#network.predict();
  }

  destroy(): void {
    this.destroyed = true;
  }

  #spend(time: number, until: number): void {
    this.time = Math.min(this.time + time, until);
    if (this.time === until) throw new Error("late");
  }
}

function sampled(settings: Settings = {}): Sample {
  const network = new Network(...drawn(40, 2, 8, 3));
  const copy = ({ count, parameters, moments }: Weights) => ({
    count,
    parameters: parameters.slice(),
    moments: moments.slice(),
  });
  network.train(5, {});
  const start = copy(network.weights);
  const { loss } = network.train(3, settings);
  const compared = { steps: 3, loss, parameters: network.weights.parameters.slice() };
  network.train(3, settings);
  const end = copy(network.weights);
  return { start, steps: 6, compared, settings, end, made: network.predict(), step: STEP, picture: STEP };
}

const heard = (card: Card, sample = sampled()) => audition(card, sample, () => card.time);

describe("a graphics card", () => {
  it("takes over if it computes the same, and faster", async () => {
    expect(await heard(new Card())).toBe("faster");
  });

  it("does not take over if it is as fast, or slower", async () => {
    for (const pace of [STEP, 2 * STEP])
      expect(await heard(Object.assign(new Card(), { pace }))).toBe("slower");
  });

  it("is rejected early if it is much slower, and later if it slows down", async () => {
    const slow = Object.assign(new Card(), { pace: 100 * STEP });
    await expect(heard(slow)).rejects.toThrow("late");
    expect(slow.time).toBeLessThanOrEqual(4 * 3 * STEP + 100);
    const tired = new Card();
    tired.predict = async (until) => {
      tired.pace = 10_000;
      return await Card.prototype.predict.call(tired, until);
    };
    await expect(heard(tired)).rejects.toThrow("late");
    expect(tired.time).toBeLessThanOrEqual(1_000);
  });

  it("does not take over if its parameters stay the same, even if its losses are right", async () => {
    const still = new Card();
    still.train = async (steps, settings) => {
      const before = { ...still.weights, parameters: still.weights.parameters.slice() };
      const progress = await Card.prototype.train.call(still, steps, settings);
      still.load(before);
      return progress;
    };
    expect(await heard(still)).toBe("different");
  });

  it("does not take over if its parameters differ slightly, or its picture differs or is missing", async () => {
    const astray = new Card();
    astray.train = (steps, settings) => Card.prototype.train.call(astray, steps, { ...settings, lr: 2.1e-3 });
    expect(await heard(astray)).toBe("different");
    for (const wrong of [0.99, Number.NaN]) {
      const painter = new Card();
      painter.predict = async () =>
        (await Card.prototype.predict.call(painter)).map((value) => wrong * value);
      expect(await heard(painter)).toBe("different");
    }
  });
});

it("parameters that do not change prove nothing", () => {
  expect(tells(sampled())).toBe(true);
  expect(tells(sampled({ lr: 0 }))).toBe(false);
  expect(tells(sampled({ lr: 1e-12 }))).toBe(false);
  expect(tells(sampled({ lr: Number.POSITIVE_INFINITY }))).toBe(false);
});
