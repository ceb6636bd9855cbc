// @vitest-environment node
// Trainings that someone has tampered with, read and trained as a page does it. Whatever is in them, the page says why it
// cannot go on, or goes on.
import { expect, it } from "vitest";
import { ReplayError } from "../../src/replay/schema";
import { readTraining } from "../../src/replay/training";
import { Answers, type Reply } from "../../src/training/answers";

const packed = (numbers: readonly number[]) =>
  btoa(String.fromCharCode(...new Uint8Array(Float32Array.from(numbers).buffer)));
const layer = (kind: string, inputs: number, outputs = inputs, bias = false) => ({
  kind,
  inputs,
  outputs,
  bias,
  scale: 0.5,
});
const weights = (step: number) => ({
  step,
  count: step,
  lr: 0.01,
  parameters: packed(Array(4 * 3 + 9 + 3 + 3 + 1).fill(0.25)),
  moments: packed(Array(2 * 28).fill(0)),
});
const SOUND = {
  version: 1,
  output: { canvas: "Out/image", height: 2, width: 3, colors: [] },
  series: "loss",
  steps_per_frame: 2,
  controls: [{ setting: "lr", panel: "Training", control: "slider:learning rate" }],
  loss: "mse",
  features: { inputs: 2, kinds: ["same", "same", "sin", "cos"], matrix: packed([1, 0, 0, 1, 3, 0, 0, 3]) },
  layers: [
    layer("linear", 4, 3),
    layer("branch", 3),
    layer("leaky_relu", 3),
    layer("linear", 3, 3, true),
    layer("add", 3),
    layer("sine", 3),
    layer("linear", 3, 1, true),
  ],
  optimizer: { kind: "adam", lr: 0.01, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0, momentum: 0 },
  samples: 6,
  inputs: { format: "grid", data: "" },
  targets: { format: "uint8", data: btoa("\x00\x50\xa0\xff\x01\x02") },
  weights: [weights(5), weights(9)],
};

const VARIANTS = 3_000;
/** What is put in the place of something else. */
const NASTY: readonly unknown[] = [
  ...[Number.NaN, Number.POSITIVE_INFINITY, -1, -0, 0, 0.5, 1, 7, 1e12, 2 ** 31, 2 ** 53, -1e308, 1e308],
  ...[
    "",
    "AAAA",
    "!!!!",
    "linear",
    "branch",
    "relu",
    "float32",
    "grid",
    "sgd",
    "cross_entropy",
    "constructor",
  ],
  ...[packed([Number.NaN]), packed(Array(64).fill(3e38)), "A".repeat(1 << 16)],
  ...[null, true, [], {}, [[[]]], { length: 1e9 }],
];

type Branch = Record<string, unknown>;

/** Numbers in 0..1, the same in each run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Every place in `tree`, as what holds it and its name there. */
function placesIn(tree: unknown): [Branch, string][] {
  if (typeof tree !== "object" || tree === null) return [];
  return Object.keys(tree).flatMap((name) => {
    const here: [Branch, string] = [tree as Branch, name];
    return [here, ...placesIn(here[0][name])];
  });
}

function tampered(random: () => number): unknown {
  const made = structuredClone(SOUND);
  for (let change = 0; change <= 3 * random(); change++) {
    const places = placesIn(made);
    const [holder, name] = places[Math.floor(random() * places.length)] as [Branch, string];
    const there = holder[name];
    const kind = random();
    if (kind < 0.1) delete holder[name];
    else if (kind < 0.2 && typeof there === "string") holder[name] = there.slice(Math.floor(9 * random()));
    else if (kind < 0.5 && typeof there === "string")
      holder[name] = there.replace(/.{4}$/, random() < 0.5 ? "!!!!" : "/38=");
    else if (kind < 0.4 && Array.isArray(there)) there.push(...there);
    else if (kind < 0.5 && Array.isArray(there)) there.pop();
    else if (kind < 0.6) {
      const [other, from] = places[Math.floor(random() * places.length)] as [Branch, string];
      holder[name] = structuredClone(other[from]);
    } else holder[name] = structuredClone(NASTY[Math.floor(random() * NASTY.length)]);
  }
  return JSON.parse(JSON.stringify(made)); // as it comes out of a page
}

/** What the worker answers to the first weights and to a frame. Throws where the page rejects its input. */
async function answers(saved: unknown): Promise<Reply[]> {
  const { problem, weights, stepsPerFrame, output } = readTraining(saved);
  const replies: Reply[] = [];
  const worker = new Answers(
    (reply) => replies.push(reply),
    async () => null,
  );
  const first = weights[0];
  if (first === undefined) throw new Error("it has no weights");
  await worker.take({
    kind: "begin",
    problem,
    weights: first.weights,
    wish: "webassembly",
    program: "",
    wanted: 2,
  });
  const steps = Math.min(2, stepsPerFrame);
  await worker.take({
    kind: "frame",
    steps,
    settings: {},
    shown: output !== null,
    colors: output?.colors ?? [],
  });
  return replies;
}

it("continues a training that was not tampered with", async () => {
  const [working, frame] = await answers(SOUND);
  expect(working?.kind).toBe("working");
  expect(frame).toMatchObject({ kind: "frame", count: 7 });
});

it("refuses a tampered training with a reason, or continues it", async () => {
  const random = seeded(11);
  const ends = { refused: 0, failed: 0, trained: 0 };
  for (let i = 0; i < VARIANTS; i++) {
    const saved = tampered(random);
    let replies: Reply[];
    try {
      replies = await answers(saved);
    } catch (error) {
      expect(error, JSON.stringify(saved)).toBeInstanceOf(ReplayError);
      ends.refused++;
      continue;
    }
    const failed = replies.find((reply) => reply.kind === "failed");
    if (failed?.kind === "failed") {
      expect(failed.reason, JSON.stringify(saved)).toMatch(/^its .* (are damaged|are not all finite)$/);
      ends.failed++;
    } else {
      expect(replies.map(({ kind }) => kind)).toEqual(["working", "frame"]);
      ends.trained++;
    }
  }
  for (const count of Object.values(ends)) expect(count).toBeGreaterThan(VARIANTS / 300);
});
