// The part of WebGPU that is used, from its specification. TypeScript's own library does not have it yet.

export interface Gpu {
  requestAdapter(): Promise<GpuAdapter | null>;
}

export interface GpuAdapter {
  readonly limits: GpuLimits;
  readonly info?: { vendor?: string; architecture?: string; isFallbackAdapter?: boolean };
  /** Of Chromium before 136, which does not have it in `info`. */
  readonly isFallbackAdapter?: boolean;
  requestDevice(description: { requiredLimits: Partial<GpuLimits> }): Promise<GpuDevice>;
}

export interface GpuLimits {
  readonly maxBufferSize: number;
  readonly maxStorageBufferBindingSize: number;
}

export type ErrorFilter = "validation" | "out-of-memory" | "internal";

export interface GpuDevice {
  readonly limits: GpuLimits;
  readonly lost: Promise<{ reason: string; message: string }>;
  readonly queue: GpuQueue;
  onuncapturederror: ((event: { error: { message: string } }) => void) | null;
  createBuffer(description: { size: number; usage: number }): GpuBuffer;
  createShaderModule(description: { code: string }): object;
  createBindGroupLayout(description: { entries: readonly LayoutEntry[] }): object;
  createPipelineLayout(description: { bindGroupLayouts: readonly object[] }): object;
  createComputePipelineAsync(description: {
    layout: object;
    compute: { module: object; entryPoint: string };
  }): Promise<object>;
  createBindGroup(description: {
    layout: object;
    entries: readonly { binding: number; resource: { buffer: GpuBuffer; size?: number } }[];
  }): object;
  createCommandEncoder(): GpuEncoder;
  pushErrorScope(filter: ErrorFilter): void;
  popErrorScope(): Promise<{ message: string } | null>;
  destroy(): void;
}

export interface LayoutEntry {
  binding: number;
  visibility: number;
  buffer: { type: "uniform" | "storage" | "read-only-storage"; hasDynamicOffset: boolean };
}

export interface GpuQueue {
  writeBuffer(buffer: GpuBuffer, offset: number, data: ArrayBufferView<ArrayBuffer>): void;
  submit(commands: readonly object[]): void;
  onSubmittedWorkDone(): Promise<undefined>;
}

export interface GpuBuffer {
  mapAsync(mode: number, offset: number, size: number): Promise<undefined>;
  getMappedRange(offset: number, size: number): ArrayBuffer;
  unmap(): void;
}

export interface GpuEncoder {
  beginComputePass(): GpuPass;
  copyBufferToBuffer(from: GpuBuffer, start: number, to: GpuBuffer, end: number, size: number): void;
  finish(): object;
}

export interface GpuPass {
  setPipeline(pipeline: object): void;
  setBindGroup(index: number, group: object, offsets: readonly number[]): void;
  dispatchWorkgroups(x: number, y: number, z: number): void;
  end(): void;
}

// Flag values from the specification.
export const COMPUTE = 4;
export const READ = 1;
export const USAGE = { mapRead: 1, copyFrom: 4, copyTo: 8, uniform: 64, storage: 128 } as const;
/** Dynamic offsets of uniforms are multiples of this, in bytes. */
export const ALIGNED = 256;
/** What every device supports. */
export const DEFAULT_LIMITS: GpuLimits = { maxBufferSize: 1 << 28, maxStorageBufferBindingSize: 1 << 27 };
