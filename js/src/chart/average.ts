// The moving average, for replays that were saved without one; otherwise the kernel's is shown. The formula is that of
// `vultorch_widget/metrics/average.py`, which explains it. `test/average.json` has results that both must give.

/** Steps after which the weight of a value has halved. */
export const HALF_LIFE = 30;
const SCALE = HALF_LIFE / Math.LN2;

/** An exponential moving average over steps, of values that may skip steps. */
export class Average {
  value = Number.NaN;
  #step = 0;
  #before = Number.NaN;
  #weight = 0;

  /** Adds the value of `step` and returns the average. Steps must not decrease. */
  after(step: number, value: number): number {
    if (!Number.isFinite(value)) return this.value;
    const [gap, before] = [step - this.#step, this.#before];
    if (Number.isNaN(before)) this.value = value;
    else if (gap > 0) this.#add(gap, before, value);
    this.#step = step;
    this.#before = value;
    return this.value;
  }

  #add(gap: number, before: number, value: number): void {
    const between = -Math.expm1(-gap / SCALE);
    const near = 1 / between - SCALE / gap;
    this.#weight = (1 - between) * this.#weight + between;
    const share = between / this.#weight;
    this.value = this.value * (1 - share) + (before * (1 - near) + value * near) * share;
  }
}
