// @vitest-environment node
import { describe, expect, it, vi } from "vitest";
import { deviceOf, type Surroundings } from "../../src/training/gpu_device";
import { DEFAULT_LIMITS, type GpuAdapter, type GpuDevice } from "../../src/training/webgpu";

const device = {} as GpuDevice;

function around(adapter: Partial<GpuAdapter> | null): Surroundings {
  const found = adapter && { limits: DEFAULT_LIMITS, requestDevice: async () => device, ...adapter };
  return { isSecureContext: true, navigator: { gpu: { requestAdapter: async () => found } } };
}

describe("the page's graphics card", () => {
  it("is found, with its name", async () => {
    const info = { vendor: "acme", architecture: "one", isFallbackAdapter: false };
    expect(await deviceOf(around({ info }), DEFAULT_LIMITS, false)).toEqual({
      name: "WebGPU (acme one)",
      device,
    });
    expect(await deviceOf(around({}), DEFAULT_LIMITS, false)).toEqual({ name: "WebGPU", device });
  });

  it("is not used if a processor emulates it, unless that is requested", async () => {
    for (const adapter of [{ info: { isFallbackAdapter: true } }, { isFallbackAdapter: true }]) {
      expect(await deviceOf(around(adapter), DEFAULT_LIMITS, false)).toBe("unused");
      expect(await deviceOf(around(adapter), DEFAULT_LIMITS, true)).toMatchObject({ device });
    }
  });

  it("is not used if the browser offers none, or the page may not use it", async () => {
    expect(await deviceOf(around(null), DEFAULT_LIMITS, true)).toBe("unused");
    expect(await deviceOf({ isSecureContext: false, navigator: {} }, DEFAULT_LIMITS, true)).toBe("insecure");
    expect(await deviceOf({ isSecureContext: true, navigator: {} }, DEFAULT_LIMITS, true)).toBeNull();
  });

  it("is asked for more than the guaranteed limits only if needed, and rejected if it has less", async () => {
    const requestDevice = vi.fn(async () => device);
    const limits = { maxBufferSize: 1 << 29, maxStorageBufferBindingSize: 1 << 29 };
    const much = 1 << 28;
    await deviceOf(
      around({ limits, requestDevice }),
      { maxBufferSize: 4, maxStorageBufferBindingSize: 4 },
      false,
    );
    await deviceOf(
      around({ limits, requestDevice }),
      { maxBufferSize: much, maxStorageBufferBindingSize: much },
      false,
    );
    expect(requestDevice.mock.calls).toEqual([
      [{ requiredLimits: {} }],
      [{ requiredLimits: { maxStorageBufferBindingSize: much } }],
    ]);
    const small = { maxBufferSize: much, maxStorageBufferBindingSize: much };
    expect(await deviceOf(around({}), small, false)).toBeNull();
  });
});
