// Trains a network on the graphics card. `gpu_plan.ts` does for a chunk what `network.ts` does for a block.

import type { Candidate } from "./audition";
import type { Problem, Settings, Weights } from "./definition";
import type { Progress } from "./engine";
import { Commands } from "./gpu_commands";
import type { Found } from "./gpu_device";
import { BUFFERS, type BufferName, type Kernel } from "./gpu_kernel";
import { writeSettings } from "./gpu_optimizers";
import { MOST_STEPS, type Plan } from "./gpu_plan";
import { ALIGNED, COMPUTE, type GpuBuffer, type GpuDevice, type GpuLimits, USAGE } from "./webgpu";

/** Maximum number of steps whose settings are on the card at once. */
const MOST_PLACES = 256;

/** The buffers that kernels use, and the one that the page reads from. */
type Buffers = Record<BufferName | "read", GpuBuffer>;

/** A kernel, ready to run. */
interface Ready {
  pipeline: object;
  group: object;
  kernel: Kernel;
  /** Its uniforms, in the order of their slots. */
  uniforms: readonly ("chunk" | "settings")[];
}

/** The largest buffers that a plan needs. */
export function limitsOf({ sizes }: Plan): GpuLimits {
  const most = 4 * Math.max(...Object.values(sizes), sizes.moments + sizes.parameters + sizes.losses);
  return { maxBufferSize: most, maxStorageBufferBindingSize: most };
}

export class GpuNetwork implements Candidate {
  readonly name: string;
  weights: Weights;
  #problem: Problem;
  #plan: Plan;
  #device: GpuDevice;
  #buffers: Buffers;
  #train: Ready[];
  #predict: Ready[];
  #step: Ready;
  #commands: Commands;
  #count = 0;
  #settings = new DataView(new ArrayBuffer(ALIGNED * MOST_PLACES));

  /** Makes buffers and compiles kernels. Throws with the reason if the card has too little memory or refuses them. */
  static async begin(
    { name, device }: Found,
    problem: Problem,
    plan: Plan,
    weights: Weights,
  ): Promise<GpuNetwork> {
    const filters = ["internal", "out-of-memory", "validation"] as const;
    for (const filter of filters) device.pushErrorScope(filter);
    const buffers = allocate(device, plan);
    const ready = new Map<Kernel, Ready>();
    const kernels = [...plan.train, plan.step, ...plan.predict].filter(
      (kernel, i, all) => all.indexOf(kernel) === i,
    );
    const made = Promise.all(
      kernels.map(async (kernel) => ready.set(kernel, await compiled(device, kernel, buffers))),
    );
    // An error scope covers the calls made while it was open, so it may close before the kernels are ready.
    const [errors] = await Promise.all([Promise.all(filters.map(() => device.popErrorScope())), made]);
    const error = errors.find((each) => each !== null);
    if (error) throw new Error(error.message);
    return new GpuNetwork(name, device, problem, plan, weights, buffers, ready);
  }

  private constructor(
    name: string,
    device: GpuDevice,
    problem: Problem,
    plan: Plan,
    weights: Weights,
    buffers: Buffers,
    ready: Map<Kernel, Ready>,
  ) {
    this.name = name;
    this.#problem = problem;
    this.#plan = plan;
    this.#device = device;
    this.#buffers = buffers;
    const of = (kernel: Kernel) => ready.get(kernel) as Ready;
    this.#train = plan.train.map(of);
    this.#predict = plan.predict.map(of);
    this.#step = of(plan.step);
    this.#commands = new Commands(device);
    const { queue } = device;
    queue.writeBuffer(buffers.inputs, 0, problem.inputs as Float32Array<ArrayBuffer>);
    queue.writeBuffer(buffers.targets, 0, problem.targets as Float32Array<ArrayBuffer>);
    const chunks = new Uint32Array((plan.starts.length * ALIGNED) / 4);
    plan.starts.forEach((start, i) => {
      chunks.set([start, Math.min(plan.stride, problem.samples - start)], (i * ALIGNED) / 4);
    });
    queue.writeBuffer(buffers.chunk, 0, chunks);
    this.weights = weights;
    this.load(weights);
  }

  /** Continues from these `weights`. */
  load(weights: Weights): void {
    this.weights = weights;
    this.#count = weights.count;
    this.#device.queue.writeBuffer(this.#buffers.parameters, 0, weights.parameters);
    this.#device.queue.writeBuffer(this.#buffers.moments, 0, weights.moments);
  }

  /** Rejects with `Lost` if the device is lost, or with `Late` if it is not done at `until`, in the time of
   *  `performance.now()`. */
  async train(
    steps: number,
    settings: Settings,
    until: number = Number.POSITIVE_INFINITY,
  ): Promise<Progress> {
    const commands = this.#commands;
    const optimizer = { ...this.#problem.optimizer, ...settings };
    const taken = Math.min(steps, MOST_STEPS);
    commands.until = until;
    for (let done = 0; done < taken; done += MOST_PLACES) {
      const more = Math.min(MOST_PLACES, taken - done);
      for (let i = 0; i < more; i++)
        writeSettings(
          new DataView(this.#settings.buffer, i * ALIGNED),
          optimizer,
          this.#count + done + i,
          done + i,
        );
      // Written after any work that still uses the earlier settings, since the queue keeps the order.
      await commands.flush();
      this.#device.queue.writeBuffer(
        this.#buffers.settings,
        0,
        new Uint8Array(this.#settings.buffer, 0, more * ALIGNED),
      );
      for (let i = 0; i < more; i++) {
        for (let chunk = 0; chunk < this.#plan.starts.length; chunk++)
          for (const kernel of this.#train) await this.#add(kernel, chunk, i);
        await this.#add(this.#step, 0, i);
      }
    }
    const { parameters, moments } = this.#plan.sizes;
    const { losses, parameters: changed, moments: moved } = this.#buffers;
    const found = await this.#read([
      [losses, taken],
      [changed, parameters],
      [moved, moments],
    ]);
    return this.#took(found, taken);
  }

  #took(found: Float32Array<ArrayBuffer>, taken: number): Progress {
    const { parameters } = this.#plan.sizes;
    const losses = found.subarray(0, taken);
    const broken = losses.findIndex((loss) => !Number.isFinite(loss));
    const count = this.#count + (broken < 0 ? taken : broken + 1);
    this.#count += taken;
    if (broken < 0)
      this.weights = {
        count,
        parameters: found.slice(taken, taken + parameters),
        moments: found.slice(taken + parameters),
      };
    return { count, loss: losses[broken < 0 ? taken - 1 : broken] as number };
  }

  async predict(until: number = Number.POSITIVE_INFINITY): Promise<Float32Array<ArrayBuffer>> {
    this.#commands.until = until;
    for (let chunk = 0; chunk < this.#plan.starts.length; chunk++)
      for (const kernel of this.#predict) await this.#add(kernel, chunk, 0);
    return this.#read([[this.#buffers.made, this.#plan.sizes.made]]);
  }

  #add(
    { pipeline, group, kernel, uniforms }: Ready,
    chunk: number,
    place: number,
  ): Promise<void> | undefined {
    const offsets = uniforms.map((name) => ALIGNED * (name === "chunk" ? chunk : place));
    return this.#commands.add(pipeline, group, offsets, kernel.workgroups, kernel.work);
  }

  #read(parts: readonly (readonly [GpuBuffer, number])[]): Promise<Float32Array<ArrayBuffer>> {
    return this.#commands.read(this.#buffers.read, parts);
  }

  destroy(): void {
    this.#device.destroy();
  }
}

function allocate(device: GpuDevice, { sizes, starts }: Plan): Buffers {
  const { storage, copyTo, copyFrom, uniform, mapRead } = USAGE;
  const buffer = (numbers: number, usage: number) =>
    device.createBuffer({ size: 16 * Math.ceil(numbers / 4), usage });
  const kept = storage | copyTo | copyFrom;
  const read = Math.max(sizes.made, sizes.losses + sizes.parameters + sizes.moments);
  return {
    values: buffer(sizes.values, storage),
    parameters: buffer(sizes.parameters, kept),
    gradients: buffer(sizes.gradients, storage),
    partials: buffer(sizes.partials, storage),
    inputs: buffer(sizes.inputs, storage | copyTo),
    targets: buffer(sizes.targets, storage | copyTo),
    moments: buffer(sizes.moments, kept),
    losses: buffer(sizes.losses, storage | copyFrom),
    made: buffer(sizes.made, storage | copyFrom),
    chunk: buffer((ALIGNED * starts.length) / 4, uniform | copyTo),
    settings: buffer((ALIGNED * MOST_PLACES) / 4, uniform | copyTo),
    read: buffer(read, mapRead | copyTo),
  };
}

async function compiled(device: GpuDevice, kernel: Kernel, buffers: Buffers): Promise<Ready> {
  const used = BUFFERS.filter((name) => name in kernel.uses);
  const types = { read_write: "storage", read: "read-only-storage", uniform: "uniform" } as const;
  const layout = device.createBindGroupLayout({
    entries: used.map((name) => {
      const access = kernel.uses[name] as keyof typeof types;
      return {
        binding: BUFFERS.indexOf(name),
        visibility: COMPUTE,
        buffer: { type: types[access], hasDynamicOffset: access === "uniform" },
      };
    }),
  });
  const group = device.createBindGroup({
    layout,
    entries: used.map((name) => ({
      binding: BUFFERS.indexOf(name),
      resource: { buffer: buffers[name], ...(kernel.uses[name] === "uniform" && { size: ALIGNED }) },
    })),
  });
  const pipeline = await device.createComputePipelineAsync({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ code: kernel.code }), entryPoint: "main" },
  });
  const uniforms = used.filter((name) => name === "chunk" || name === "settings");
  return { pipeline, group, kernel, uniforms };
}
