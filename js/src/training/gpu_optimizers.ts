// The same optimisers as in `optimizers.ts`.

import type { Optimizer } from "./definition";
import { declared, type Kernel, WIDE_GROUP } from "./gpu_kernel";

/** Approximate number of operations per parameter. */
const STEP_WORK = 10;

const UPDATES: Record<"sgd" | "adam", (decayed: boolean, count: number) => string> = {
  sgd: () => `
  var step = gradients[i] + settings.decay * value;
  if (settings.momentum != 0.0) {
    step += settings.momentum * moments[i];
    moments[i] = step;
  }
  parameters[i] = value - settings.lr * step;`,
  adam: (decayed, count) => `
  ${decayed ? "let decayed = value * settings.decay;" : "let decayed = value;"}
  let gradient = gradients[i]${decayed ? "" : " + settings.decay * value"};
  let first = moments[i] + settings.rate1 * (gradient - moments[i]);
  let second = settings.beta2 * moments[${count}u + i] + settings.rate2 * gradient * gradient;
  moments[i] = first;
  moments[${count}u + i] = second;
  parameters[i] = decayed - settings.lr * first / (sqrt(second) / settings.correction + settings.eps);`,
};

/** One step of the optimiser, for all `count` parameters. */
export function step(optimizer: Optimizer["kind"], count: number): Kernel {
  const uses = {
    parameters: "read_write",
    gradients: "read",
    moments: "read_write",
    settings: "uniform",
  } as const;
  const update = UPDATES[optimizer === "sgd" ? "sgd" : "adam"];
  return {
    uses,
    workgroups: [Math.ceil(count / WIDE_GROUP), 1, 1],
    work: STEP_WORK * count,
    code: `${declared(uses, "f32")}
@compute @workgroup_size(${WIDE_GROUP})
fn main(@builtin(global_invocation_id) own: vec3u) {
  let i = own.x;
  if (i >= ${count}u) { return; }
  let value = parameters[i];${update(optimizer === "adamw", count)}
}`,
  };
}

/** Fills `struct Settings` for the step after `count`, whose loss goes to `place`. */
export function writeSettings(view: DataView, optimizer: Optimizer, count: number, place: number): void {
  const { kind, lr, beta1, beta2, eps, momentum, weight_decay: decay } = optimizer;
  const adaptive = kind !== "sgd";
  const numbers = [
    adaptive ? lr / (1 - beta1 ** (count + 1)) : lr,
    kind === "adamw" ? 1 - lr * decay : decay,
    momentum,
    eps,
    beta1,
    beta2,
    1 - beta1,
    1 - beta2,
    adaptive ? Math.sqrt(1 - beta2 ** (count + 1)) : 1,
  ];
  for (const [i, number] of numbers.entries()) view.setFloat32(4 * i, number, true);
  view.setUint32(4 * numbers.length, place, true);
}
