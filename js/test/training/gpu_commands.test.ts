// @vitest-environment node
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Commands, Late, Lost } from "../../src/training/gpu_commands";
import type { GpuDevice } from "../../src/training/webgpu";

let now = 0;
/** Operations of each submission. */
let submitted: number[] = [];

/** A card that takes a millisecond for `pace` workgroups, of which a kernel has as many as operations. */
function card(pace: number) {
  let lose = (_: { reason: string; message: string }) => {};
  let recorded = 0;
  const device = {
    lost: new Promise((resolve) => {
      lose = resolve;
    }),
    onuncapturederror: null,
    createCommandEncoder: () => ({
      beginComputePass: () => ({
        setPipeline: () => {},
        setBindGroup: () => {},
        dispatchWorkgroups: (count: number) => {
          recorded += count;
        },
        end: () => {},
      }),
      finish: () => ({}),
    }),
    queue: {
      submit: () => {
        submitted.push(recorded);
        now += recorded / pace;
        recorded = 0;
      },
      onSubmittedWorkDone: async () => {},
    },
  };
  return { device: device as unknown as GpuDevice, lose };
}

async function work(commands: Commands, kernels: number, size: number): Promise<void> {
  for (let i = 0; i < kernels; i++) await commands.add({}, {}, [], [size, 1, 1], size);
  await commands.flush();
}

beforeEach(() => {
  now = 0;
  submitted = [];
  vi.spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("commands for a graphics card", () => {
  it("are split until a submission takes about as long as a frame of the page", async () => {
    const size = 1 << 20;
    for (const pace of [size / 4, size]) {
      submitted = [];
      await work(new Commands(card(pace).device), 400, size);
      const last = submitted.slice(-20, -1);
      expect(submitted.reduce((sum, each) => sum + each)).toBe(400 * size);
      for (const each of last) expect(each / pace).toBeLessThanOrEqual(20);
      for (const each of last) expect(each / pace).toBeGreaterThan(3);
    }
  });

  it("are few for a fast card", async () => {
    await work(new Commands(card(1e9).device), 2_000, 1 << 20);
    expect(submitted.length).toBeLessThan(20);
  });

  it("end if the device is lost, before the wait or during it", async () => {
    const { device, lose } = card(1e6);
    device.queue.onSubmittedWorkDone = () => new Promise(() => {});
    const commands = new Commands(device);
    const waiting = work(commands, 1, 10);
    lose({ reason: "unknown", message: "it fell out" });
    await expect(waiting).rejects.toThrow("it fell out");
    await expect(work(commands, 1, 10)).rejects.toThrow(Lost);
  });

  it("end if the device reports an error", async () => {
    const { device } = card(1e6);
    device.queue.onSubmittedWorkDone = () => new Promise(() => {});
    const waiting = work(new Commands(device), 1, 10);
    device.onuncapturederror?.({ error: { message: "too large" } });
    await expect(waiting).rejects.toThrow("too large");
  });

  it("end if a card does not answer, and at a deadline", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { device } = card(1e6);
    device.queue.onSubmittedWorkDone = () => new Promise(() => {});
    const hung = expect(work(new Commands(device), 1, 10)).rejects.toThrow(Lost);
    await vi.runAllTimersAsync();
    await hung;
    const commands = new Commands(device);
    commands.until = 100;
    const late = expect(work(commands, 1, 10)).rejects.toThrow(Late);
    await vi.advanceTimersByTimeAsync(100);
    await late;
  });
});
