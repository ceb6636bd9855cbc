// What tests ask of the engine on the graphics card, in a page of a real browser.

import type { Problem, Weights } from "../../src/training/definition";
import { deviceOf, type Surroundings } from "../../src/training/gpu_device";
import { GpuNetwork, limitsOf } from "../../src/training/gpu_network";
import { planOf } from "../../src/training/gpu_plan";
import { plainCode } from "../../src/training/kernels";
import { Network } from "../../src/training/network";
import { begun, distance, drawn, steps, trainings } from "../training/problems";

async function made([problem, weights]: [Problem, Weights], most?: number): Promise<GpuNetwork> {
  const plan = planOf(problem, most);
  const found = await deviceOf(window as unknown as Surroundings, limitsOf(plan), true);
  if (found === null || typeof found === "string") throw new Error(`no device: ${found}`);
  return await GpuNetwork.begin(found, problem, plan, weights);
}

/** How far losses and parameters of a training end from torch's, relative to them. */
async function followed(name: string): Promise<[number, number]> {
  const training = trainings.find((each) => each.name === name) as (typeof trainings)[number];
  const network = await made(begun(training));
  const every = steps / training.losses.length;
  const losses: number[] = [];
  for (const _ of training.losses)
    losses.push((await network.train(losses.length === 0 ? 1 : every, {})).loss);
  await network.train(every - 1, {});
  const errors = losses.map((loss, i) => Math.abs(loss / (training.losses[i] as number) - 1));
  const off = distance(network.weights.parameters, training.parameters);
  network.destroy();
  return [Math.max(...errors), off];
}

/** How far it ends from plain code where a network is wide and samples come in several chunks: parameters, relative to
 *  how far they moved, and what it makes. Twice on the card, which has to do the same. */
async function compared(): Promise<{ moved: number; made: number; same: boolean }> {
  const given = drawn(600, 20, 70, 3);
  const plain = new Network(...given, plainCode);
  plain.train(5, {});
  const runs: Float32Array[] = [];
  let picture = new Float32Array();
  for (let run = 0; run < 2; run++) {
    const network = await made(given, 320);
    await network.train(5, {});
    picture = await network.predict();
    runs.push(network.weights.parameters);
    network.destroy();
  }
  const way = (parameters: Float32Array) =>
    parameters.map((value, i) => value - (given[1].parameters[i] as number));
  const [first, second] = runs as [Float32Array, Float32Array];
  return {
    moved: distance(way(first), way(plain.weights.parameters)),
    made: distance(picture, plain.predict()),
    same: first.every((value, i) => value === second[i]),
  };
}

Object.assign(window, { graphics: { names: trainings.map(({ name }) => name), followed, compared } });
