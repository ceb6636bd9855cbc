// Finds the page's graphics card and makes a network on it.

import type { Search } from "./answers";
import { deviceOf, type Surroundings } from "./gpu_device";
import { GpuNetwork, limitsOf } from "./gpu_network";
import { planOf } from "./gpu_plan";

export const onGraphics =
  (around: Surroundings): Search =>
  async ({ problem, weights }, wanted) => {
    const plan = planOf(problem);
    const found = await deviceOf(around, limitsOf(plan), wanted);
    if (found === null || typeof found === "string") return found;
    try {
      return await GpuNetwork.begin(found, problem, plan, weights);
    } catch (error) {
      found.device.destroy();
      throw error;
    }
  };
