// The optimisers, as torch computes them: moments and parameters in float32, one step at a time.

import type { Optimizer, Weights } from "./definition";

/** Changes `weights` by one step along `gradients`. */
export function update(weights: Weights, gradients: Float32Array, optimizer: Optimizer): void {
  weights.count += 1;
  if (optimizer.kind === "sgd") descend(weights, gradients, optimizer);
  else adapt(weights, gradients, optimizer);
}

function descend({ parameters, moments }: Weights, gradients: Float32Array, optimizer: Optimizer): void {
  const { lr, momentum, weight_decay: decay } = optimizer;
  for (let i = 0; i < parameters.length; i++) {
    const value = parameters[i] as number;
    let step = (gradients[i] as number) + decay * value;
    if (momentum !== 0) step = moments[i] = momentum * (moments[i] as number) + step;
    parameters[i] = value - lr * step;
  }
}

function adapt({ count, parameters, moments }: Weights, gradients: Float32Array, optimizer: Optimizer): void {
  const { kind, lr, beta1, beta2, eps, weight_decay: decay } = optimizer;
  const many = parameters.length;
  const stride = lr / (1 - beta1 ** count);
  const correction = Math.sqrt(1 - beta2 ** count);
  for (let i = 0; i < many; i++) {
    let value = parameters[i] as number;
    let gradient = gradients[i] as number;
    if (kind === "adamw") value *= 1 - lr * decay;
    else gradient += decay * value;
    const first = (moments[i] as number) + (1 - beta1) * (gradient - (moments[i] as number));
    const second = beta2 * (moments[many + i] as number) + (1 - beta2) * gradient * gradient;
    moments[i] = first;
    moments[many + i] = second;
    parameters[i] = value - (stride * first) / (Math.sqrt(second) / correction + eps);
  }
}
