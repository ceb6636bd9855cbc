// A graphics card to train on, or the reason why there is none.

import { DEFAULT_LIMITS, type Gpu, type GpuDevice, type GpuLimits } from "./webgpu";

/** Why a page does not train on the graphics card, if its reader could do something about it: the page was opened over
 *  plain HTTP; the browser uses no graphics card; the card was lost during training. */
export type Obstacle = "insecure" | "unused" | "lost";

export interface Found {
  name: string;
  device: GpuDevice;
}

/** The part of a worker's global scope that is used here. */
export interface Surroundings {
  isSecureContext: boolean;
  navigator: { gpu?: Gpu };
}

/** The page's graphics card, with these limits; null if it has too little memory, or the browser has no WebGPU. A
 *  software adapter is slower than WebAssembly, so it does not count unless it is `wanted`. */
export async function deviceOf(
  { isSecureContext, navigator }: Surroundings,
  needed: GpuLimits,
  wanted: boolean,
): Promise<Found | Obstacle | null> {
  const { gpu } = navigator;
  if (gpu === undefined) return isSecureContext ? null : "insecure";
  const adapter = await gpu.requestAdapter();
  if (adapter === null) return "unused";
  const { vendor, architecture, isFallbackAdapter } = adapter.info ?? {};
  if ((isFallbackAdapter ?? adapter.isFallbackAdapter) && !wanted) return "unused";
  const requiredLimits: Partial<Record<keyof GpuLimits, number>> = {};
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof GpuLimits)[]) {
    if (needed[name] > adapter.limits[name]) return null;
    if (needed[name] > DEFAULT_LIMITS[name]) requiredLimits[name] = needed[name];
  }
  const device = await adapter.requestDevice({ requiredLimits });
  const known = [vendor, architecture].filter(Boolean).join(" ");
  return { name: known === "" ? "WebGPU" : `WebGPU (${known})`, device };
}
