// Trains a network on all samples, a block of samples at a time, so that a block's activations stay in the processor's
// cache. A feature's values in a block are adjacent in memory, as the SIMD kernels need them.

import { type Curve, curveOf } from "./activations";
import {
  type Layer,
  momentsOf,
  type Problem,
  parameterCount,
  type Settings,
  type Weights,
} from "./definition";
import type { Engine, Progress } from "./engine";
import { COLUMNS, fastest, type Kernels, ROWS } from "./kernels";
import { update } from "./optimizers";

/** Maximum values of a layer in a block. Those of all layers, and the gradients, fit in a core's second-level cache. */
const BLOCK_VALUES = 1 << 14;

/** A layer and where it is in memory. Features are padded with zeros. */
interface Placed {
  layer: Layer;
  curve: Curve | null;
  inputs: number;
  outputs: number;
  /** The input and output of a block; the same memory if an activation overwrites its input. */
  from: number;
  to: number;
  /** Both ends of a residual block: its input, and the gradient that bypasses its layers. */
  entry: number;
  passing: number;
  /** Linear layers only: the weight and its transpose, four rows together; the bias; and both gradients. */
  weight: number;
  back: number;
  bias: number;
  weightGradient: number;
  biasGradient: number;
}

const padded = (count: number, by = ROWS) => Math.ceil(count / by) * by;

export class Network implements Engine {
  readonly weights: Weights;
  readonly problem: Problem;
  readonly outputs: number;
  /** Of the loss that `learn` has returned, in the order of the parameters. */
  readonly gradients: Float32Array<ArrayBuffer>;
  #kernels: Kernels;
  #layers: Placed[] = [];
  #stride: number; // samples per block
  #starts: number[] = []; // the first sample of each block
  #inputs: number;
  #targets: number;
  #errors: [number, number]; // the gradients before and after a layer
  #zeros: number;
  #features: number;

  /** `make` returns kernels with memory for this many numbers. Throws RangeError if there is too little memory. */
  constructor(problem: Problem, weights: Weights, make: (size: number) => Kernels = fastest) {
    const { layers, samples } = problem;
    this.problem = problem;
    this.weights = {
      count: weights.count,
      parameters: weights.parameters.slice(),
      moments: weights.moments.slice(),
    };
    this.gradients = new Float32Array(parameterCount(layers));
    if (this.weights.moments.length < momentsOf(problem.optimizer) * this.gradients.length)
      this.weights.moments = new Float32Array(momentsOf(problem.optimizer) * this.gradients.length);
    this.#features = padded((layers[0] as Layer).inputs);
    this.outputs = (layers.at(-1) as Layer).outputs;
    const widest = Math.max(...layers.map(({ inputs, outputs }) => padded(Math.max(inputs, outputs))));
    const blocks = Math.ceil(samples / Math.max(COLUMNS, Math.floor(BLOCK_VALUES / widest)));
    this.#stride = padded(Math.ceil(samples / blocks), COLUMNS);
    for (let start = 0; start < samples; start += this.#stride) this.#starts.push(start);
    let size = 0;
    const place = (count: number) => {
      const at = size;
      size += padded(count);
      return at;
    };
    this.#zeros = place(widest);
    const block = (features: number) => place(features * this.#stride);
    this.#errors = [block(widest), block(widest)];
    this.#inputs = place(this.#starts.length * this.#stride * this.#features);
    this.#targets = place(this.#starts.length * this.#stride * padded(this.outputs));
    let from = -1; // the samples themselves, until a layer has replaced them
    const around: Pick<Placed, "entry" | "passing">[] = []; // the residual blocks around a layer
    for (const layer of layers) {
      const [inputs, outputs] = [padded(layer.inputs), padded(layer.outputs)];
      const linear = layer.kind === "linear";
      const residual = layer.kind === "branch" || layer.kind === "add";
      const curve = curveOf(layer);
      const replaces = !linear && !residual && from >= 0 && (curve === null || curve.fromValue);
      const to = replaces ? from : block(outputs);
      if (layer.kind === "branch") around.push({ entry: from, passing: block(outputs) });
      const { entry, passing } = (residual && around.at(-1)) || { entry: -1, passing: -1 };
      if (layer.kind === "add") around.pop();
      const matrix = () => (linear ? place(inputs * outputs) : -1);
      const column = () => (linear ? place(outputs) : -1);
      this.#layers.push({
        layer,
        curve,
        inputs,
        outputs,
        from,
        to,
        entry,
        passing,
        weight: matrix(),
        back: matrix(),
        bias: column(),
        weightGradient: matrix(),
        biasGradient: column(),
      });
      from = to;
    }
    this.#kernels = make(size);
    this.#arrange(this.#inputs, problem.inputs, (layers[0] as Layer).inputs, this.#features);
    this.#arrange(this.#targets, problem.targets, this.outputs, padded(this.outputs));
  }

  get name(): string {
    return this.#kernels.name;
  }

  /** Rearranges row-by-row samples into blocks of features. */
  #arrange(to: number, from: Float32Array, features: number, rows: number): void {
    const { memory } = this.#kernels;
    this.#starts.forEach((start, block) => {
      const count = Math.min(this.#stride, this.problem.samples - start);
      for (let feature = 0; feature < features; feature++) {
        const line = to + (block * rows + feature) * this.#stride;
        for (let i = 0; i < count; i++) memory[line + i] = from[(start + i) * features + feature] as number;
      }
    });
  }

  /** Continues from these `weights`. */
  load({ count, parameters, moments }: Weights): void {
    this.weights.count = count;
    this.weights.parameters.set(parameters);
    this.weights.moments.set(moments);
  }

  train(steps: number, settings: Settings): Progress {
    let loss = 0;
    for (let step = 0; step < steps && Number.isFinite(loss); step++) loss = this.step(settings);
    return { count: this.weights.count, loss };
  }

  /** Takes one step with these optimiser `settings`. Returns the loss before it. */
  step(settings: Settings): number {
    return this.move(this.learn(), settings);
  }

  /** Returns the sum of the losses of all samples, whose gradients are then in `gradients`. */
  learn(): number {
    const { memory } = this.#kernels;
    this.#pack();
    for (const { layer, inputs, outputs, weightGradient, biasGradient } of this.#layers) {
      if (layer.kind !== "linear") continue;
      memory.fill(0, weightGradient, weightGradient + inputs * outputs);
      memory.fill(0, biasGradient, biasGradient + outputs);
    }
    let sum = 0;
    this.#starts.forEach((start, block) => {
      this.#forward(block);
      sum += this.#compare(start, block);
      this.#backward(block);
    });
    this.#collect();
    return sum;
  }

  /** Takes one step along `gradients`, those of a loss that is the `sum` over `samples`. Returns its mean. */
  move(sum: number, settings: Settings, samples: number = this.problem.samples): number {
    const { optimizer, loss } = this.problem;
    const values = loss === "cross_entropy" ? samples : samples * this.outputs;
    const scale = 1 / values;
    const { gradients } = this;
    for (let i = 0; i < gradients.length; i++) gradients[i] = scale * (gradients[i] as number);
    update(this.weights, gradients, { ...optimizer, ...settings });
    return Math.fround(sum / values); // infinite where torch's would be
  }

  /** The network's output for all samples: (samples, outputs). */
  predict(): Float32Array<ArrayBuffer> {
    const { samples } = this.problem;
    const { memory } = this.#kernels;
    const made = new Float32Array(samples * this.outputs);
    const { to } = this.#layers.at(-1) as Placed;
    this.#pack();
    this.#starts.forEach((start, block) => {
      this.#forward(block);
      const count = Math.min(this.#stride, samples - start);
      for (let feature = 0; feature < this.outputs; feature++)
        for (let i = 0; i < count; i++)
          made[(start + i) * this.outputs + feature] = memory[to + feature * this.#stride + i] as number;
    });
    return made;
  }

  /** Copies parameters into memory: weights and their transposes, four rows together. */
  #pack(): void {
    const { memory } = this.#kernels;
    const { parameters } = this.weights;
    let at = 0;
    for (const { layer, inputs, outputs, weight, back, bias } of this.#layers) {
      if (layer.kind !== "linear") continue;
      for (let row = 0; row < layer.outputs; row++)
        for (let column = 0; column < layer.inputs; column++) {
          const value = parameters[at++] as number;
          memory[weight + ((row >> 2) * inputs + column) * ROWS + (row & 3)] = value;
          memory[back + ((column >> 2) * outputs + row) * ROWS + (column & 3)] = value;
        }
      if (layer.bias)
        for (let row = 0; row < layer.outputs; row++) memory[bias + row] = parameters[at++] as number;
    }
  }

  /** Copies gradients out of memory, without the padding. */
  #collect(): void {
    const { memory } = this.#kernels;
    const { gradients } = this;
    let at = 0;
    for (const { layer, inputs, weightGradient, biasGradient } of this.#layers) {
      if (layer.kind !== "linear") continue;
      for (let row = 0; row < layer.outputs; row++)
        for (let column = 0; column < layer.inputs; column++)
          gradients[at++] = memory[weightGradient + row * inputs + column] as number;
      if (layer.bias)
        for (let row = 0; row < layer.outputs; row++) gradients[at++] = memory[biasGradient + row] as number;
    }
  }

  #source(from: number, block: number): number {
    return from < 0 ? this.#inputs + block * this.#features * this.#stride : from;
  }

  #forward(block: number): void {
    const kernels = this.#kernels;
    const { memory } = kernels;
    const stride = this.#stride;
    for (const { curve, layer, inputs, outputs, from: place, to, entry, weight, bias } of this.#layers) {
      const from = this.#source(place, block);
      const count = outputs * stride;
      if (layer.kind === "linear") kernels.product(to, weight, from, bias, outputs, inputs, stride, stride);
      else if (layer.kind === "branch") memory.copyWithin(to, from, from + count);
      else if (layer.kind === "add") {
        for (let i = 0; i < count; i++)
          memory[to + i] = (memory[from + i] as number) + (memory[entry + i] as number);
      } else if (curve !== null) {
        for (let i = 0; i < count; i++) memory[to + i] = curve.at(memory[from + i] as number);
      } else {
        if (to !== from) memory.copyWithin(to, from, from + count);
        kernels.relu(to, count);
      }
    }
  }

  /** Writes the gradient of the summed loss of a block. Returns that sum. */
  #compare(start: number, block: number): number {
    const { memory } = this.#kernels;
    const { samples, loss } = this.problem;
    const { to, outputs } = this.#layers.at(-1) as Placed;
    const [errors] = this.#errors;
    const targets = this.#targets + block * outputs * this.#stride;
    const count = Math.min(this.#stride, samples - start);
    memory.fill(0, errors, errors + outputs * this.#stride);
    if (loss === "cross_entropy")
      return crossEntropy(memory, to, targets, errors, this.outputs, this.#stride, count);
    let sum = 0;
    for (let feature = 0; feature < this.outputs; feature++) {
      const line = feature * this.#stride;
      for (let i = line; i < line + count; i++) {
        const error = (memory[to + i] as number) - (memory[targets + i] as number);
        sum += loss === "mse" ? error * error : Math.abs(error);
        memory[errors + i] = loss === "mse" ? 2 * error : Math.sign(error);
      }
    }
    return sum;
  }

  #backward(block: number): void {
    const kernels = this.#kernels;
    const { memory } = kernels;
    const stride = this.#stride;
    let [error, next] = this.#errors;
    for (let at = this.#layers.length - 1; at >= 0; at--) {
      const { layer, curve, inputs, outputs, from: place, to, ...own } = this.#layers[at] as Placed;
      const from = this.#source(place, block);
      const count = outputs * stride;
      if (layer.kind === "linear") {
        kernels.outer(own.weightGradient, error, from, own.biasGradient, outputs, inputs, stride, stride);
        if (at === 0) return;
        kernels.product(next, own.back, error, this.#zeros, inputs, outputs, stride, stride);
        [error, next] = [next, error];
      } else if (layer.kind === "add") memory.copyWithin(own.passing, error, error + count);
      else if (layer.kind === "branch")
        for (let i = 0; i < count; i++)
          memory[error + i] = (memory[error + i] as number) + (memory[own.passing + i] as number);
      else if (curve === null) kernels.reluBack(error, to, count);
      else
        for (let i = 0; i < count; i++)
          memory[error + i] =
            (memory[error + i] as number) * curve.slope(memory[from + i] as number, memory[to + i] as number);
    }
  }
}

/** The cross-entropy of `count` samples' scores against probabilities, as a sum, and its gradient. */
function crossEntropy(
  memory: Float32Array,
  scores: number,
  targets: number,
  errors: number,
  classes: number,
  stride: number,
  count: number,
): number {
  let sum = 0;
  for (let i = 0; i < count; i++) {
    let most = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) most = Math.max(most, memory[scores + c * stride + i] as number);
    let total = 0;
    let weight = 0;
    for (let c = 0; c < classes; c++) {
      total += Math.exp((memory[scores + c * stride + i] as number) - most);
      weight += memory[targets + c * stride + i] as number;
    }
    const whole = most + Math.log(total);
    for (let c = 0; c < classes; c++) {
      const log = (memory[scores + c * stride + i] as number) - whole;
      const wanted = memory[targets + c * stride + i] as number;
      if (wanted !== 0) sum -= wanted * log;
      memory[errors + c * stride + i] = weight * Math.exp(log) - wanted;
    }
  }
  return sum;
}
