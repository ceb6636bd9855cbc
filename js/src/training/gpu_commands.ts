// Commands for the graphics card, in submissions that take about as long as a frame of the page. The card also paints
// the page, and drivers kill work that blocks it for seconds.

import { type GpuBuffer, type GpuDevice, type GpuEncoder, type GpuPass, READ } from "./webgpu";

/** Milliseconds that a submission should take, and after which the card counts as hung. */
const LENGTH = 16;
const HUNG = 10_000;
/** Operations in the first submission, and the minimum for any. */
const FIRST = 1 << 22;
const LEAST = 1 << 20;
/** The cost of launching a kernel, in operations. */
const LAUNCH = 1 << 16;

/** The device is lost, or does not answer. */
export class Lost extends Error {}
/** It was not done in time. */
export class Late extends Error {}

export class Commands {
  /** When waiting ends with `Late`, in the time of `performance.now()`. */
  until = Number.POSITIVE_INFINITY;
  #lost: Lost | null = null;
  #fail: ((error: Lost) => void) | null = null; // operations that are waiting
  #device: GpuDevice;
  #encoder: GpuEncoder | null = null;
  #pass: GpuPass | null = null;
  #work = 0;
  #most = FIRST;

  constructor(device: GpuDevice) {
    this.#device = device;
    const lost = (why: string) => {
      this.#lost ??= new Lost(why);
      this.#fail?.(this.#lost);
    };
    device.lost.then(({ message, reason }) => lost(message || reason));
    device.onuncapturederror = ({ error }) => lost(error.message);
  }

  /** Returns a promise only if it has to wait first. */
  add(
    pipeline: object,
    group: object,
    offsets: readonly number[],
    workgroups: readonly [number, number, number],
    work: number,
  ): Promise<void> | undefined {
    if (this.#work > 0 && this.#work + work > this.#most)
      return this.flush().then(() => this.add(pipeline, group, offsets, workgroups, work));
    this.#encoder ??= this.#device.createCommandEncoder();
    this.#pass ??= this.#encoder.beginComputePass();
    this.#pass.setPipeline(pipeline);
    this.#pass.setBindGroup(0, group, offsets);
    this.#pass.dispatchWorkgroups(...workgroups);
    this.#work += LAUNCH + work;
    return undefined;
  }

  /** Resolves when the card has done everything. */
  async flush(): Promise<void> {
    if (this.#encoder === null) return;
    const work = this.#work;
    const begun = performance.now();
    this.#submit(this.#encoder);
    await this.#wait(this.#device.queue.onSubmittedWorkDone());
    this.#adapt(work, performance.now() - begun);
  }

  /** Reads these buffers, one after another, once everything is done. */
  async read(
    to: GpuBuffer,
    parts: readonly (readonly [GpuBuffer, number])[],
  ): Promise<Float32Array<ArrayBuffer>> {
    const encoder = this.#encoder ?? this.#device.createCommandEncoder();
    this.#pass?.end();
    this.#pass = null;
    let size = 0;
    for (const [from, count] of parts) {
      encoder.copyBufferToBuffer(from, 0, to, size, 4 * count);
      size += 4 * count;
    }
    const work = this.#work;
    const begun = performance.now();
    this.#submit(encoder);
    await this.#wait(to.mapAsync(READ, 0, size));
    const found = new Float32Array(to.getMappedRange(0, size).slice(0));
    to.unmap();
    this.#adapt(work, performance.now() - begun);
    return found;
  }

  #submit(encoder: GpuEncoder): void {
    this.#pass?.end();
    this.#pass = this.#encoder = null;
    this.#work = 0;
    this.#device.queue.submit([encoder.finish()]);
  }

  /** Adapts to the speed of the card. Small submissions say little about it. */
  #adapt(work: number, took: number): void {
    if (took > LENGTH) this.#most = Math.max(LEAST, Math.min(this.#most, (work * LENGTH) / took));
    else if (work > this.#most / 2 && took < LENGTH / 2) this.#most *= 2;
  }

  async #wait(done: Promise<unknown>): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      await new Promise<unknown>((resolve, reject) => {
        if (this.#lost !== null) reject(this.#lost);
        this.#fail = reject;
        const left = this.until - performance.now();
        const late = () => reject(left < HUNG ? new Late() : new Lost("it does not answer"));
        timer = setTimeout(late, Math.max(0, Math.min(left, HUNG)));
        done.then(resolve, (error: Error) => reject(new Lost(error.message)));
      });
    } finally {
      this.#fail = null;
      clearTimeout(timer);
    }
  }
}
