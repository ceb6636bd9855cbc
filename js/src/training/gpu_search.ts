// Finds the page's graphics card and makes a network on it.

import type { Search } from "./answers";
import { deviceOf, type Surroundings } from "./gpu_device";
import { GpuNetwork, limitsOf } from "./gpu_network";
import { planOf } from "./gpu_plan";

export const onGraphics =
  (around: Surroundings): Search =>
  async ({ outline, weights, data }, wanted) => {
    const plan = planOf(outline);
    const found = await deviceOf(around, limitsOf(plan), wanted);
    if (found === null || typeof found === "string") return found;
    try {
      return await GpuNetwork.begin(found, data(), plan, weights);
    } catch (error) {
      found.device.destroy();
      throw error;
    }
  };
