// @vitest-environment node
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Problem, Weights } from "../../src/training/definition";
import { Network } from "../../src/training/network";
import type { StartMate } from "../../src/training/remote";
import { Team } from "../../src/training/team";
import { begun, distance, drawn, steps, stored, trainings, WITHIN } from "./problems";
import { broken, Thread } from "./threads";

const team = (given: [Problem, Weights], count: number, start: StartMate = () => new Thread()) =>
  Team.begin(...stored(given), count, start);

afterEach(() => {
  for (const thread of Thread.running) thread.terminate();
  vi.useRealTimers();
});

describe.each([1, 2, 3])("%i workers follow torch's", (count) => {
  it.each(trainings)("$name", async (training) => {
    const workers = await team(begun(training), count);
    expect(Thread.running.size).toBe(count - 1);
    const every = steps / training.losses.length;
    for (const [i, wanted] of training.losses.entries()) {
      const { loss } = await workers.train(i === 0 ? 1 : every, {});
      expect(Math.abs(loss - wanted) / wanted).toBeLessThan(WITHIN);
    }
    await workers.train(every - 1, {});
    expect(workers.weights.count).toBe(steps);
    expect(distance(workers.weights.parameters, training.parameters)).toBeLessThan(WITHIN);
  });
});

describe("a team", () => {
  const given = () => drawn(101, 2, 8, 3);

  it("of the same size computes the same bits, and of any size the same picture", async () => {
    const alone = new Network(...given());
    alone.train(20, {});
    for (const count of [1, 2, 3, 7]) {
      const runs = [];
      for (let run = 0; run < 2; run++) {
        const workers = await team(given(), count);
        const progress = await workers.train(20, {});
        runs.push([progress, workers.weights, await workers.predict()] as const);
      }
      const [first, second] = runs;
      expect(first).toEqual(second);
      expect(distance(first?.[2] as Float32Array, alone.predict())).toBeLessThan(WITHIN);
    }
  });

  it("has no more workers than samples", async () => {
    for (const samples of [1, 2]) {
      const workers = await team(drawn(samples, 2, 8, 3), 4);
      await workers.train(3, {});
      const alone = new Network(...drawn(samples, 2, 8, 3));
      alone.train(3, {});
      expect(workers.name).toBe(samples === 1 ? alone.name : `${alone.name} on 2 workers`);
      expect(distance(await workers.predict(), alone.predict())).toBeLessThan(WITHIN);
    }
  });

  it("stops at a loss that is not finite, as one worker does", async () => {
    const alone = new Network(...given());
    const workers = await team(given(), 3);
    for (const lr of [1e30, Number.MAX_VALUE]) {
      const wanted = alone.train(4, { lr });
      expect(await workers.train(4, { lr })).toEqual(wanted);
    }
    expect(alone.train(4, {}).loss).toBeNaN();
  });

  it("goes on with those that are left when a worker dies, and misses no step", async () => {
    const threads: Thread[] = [];
    const workers = await team(given(), 4, () => {
      threads.push(new Thread());
      return threads.at(-1) as Thread;
    });
    await workers.train(3, {});
    threads[1]?.onerror?.({ message: "killed" } as ErrorEvent);
    expect((await workers.train(3, {})).count).toBe(6);
    expect(workers.lost).toBe(1);
    expect(workers.name).toMatch(/on 3 workers$/);
    expect(Thread.running.size).toBe(2);
    threads.at(-1)?.onerror?.({ message: "killed" } as ErrorEvent);
    const picture = await workers.predict();
    expect(workers.name).toMatch(/on 2 workers$/);
    const alone = new Network(...given());
    alone.train(6, {});
    expect(distance(workers.weights.parameters, alone.weights.parameters)).toBeLessThan(WITHIN);
    expect(distance(picture, alone.predict())).toBeLessThan(WITHIN);
  });

  it("goes on without a worker that falls silent", async () => {
    const threads: Thread[] = [];
    const workers = await team(given(), 3, () => {
      threads.push(new Thread());
      return threads.at(-1) as Thread;
    });
    const silent = threads[0] as Thread;
    silent.onmessage = null;
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const trained = workers.train(2, {});
    await vi.waitFor(async () => {
      await vi.advanceTimersByTimeAsync(20_000);
      expect(workers.lost).toBe(1);
    });
    expect((await trained).count).toBe(2);
    expect(workers.name).toMatch(/on 2 workers$/);
  });

  it("is one worker where there can be no others", async () => {
    const refused = () => {
      throw new Error("a policy");
    };
    for (const start of [refused, broken]) {
      const workers = await team(given(), 3, start);
      expect(workers.name).not.toContain("workers");
      expect(workers.lost).toBe(2);
      expect((await workers.train(2, {})).count).toBe(2);
    }
  });

  it("says why it cannot begin, whichever worker has the samples that are damaged", async () => {
    for (const at of [0, -1]) {
      const [problem, weights] = given();
      problem.inputs.set([Number.NaN], at < 0 ? problem.inputs.length + at : at);
      await expect(team([problem, weights], 3)).rejects.toThrow("its inputs are not all finite");
    }
  });
});
