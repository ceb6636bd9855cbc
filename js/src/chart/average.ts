// The moving average of replays that were saved without one; else the kernel's is shown. The same formula as in
// `vultorch_widget/metrics/average.py`, which explains it; `test/average.json` has numbers that both must give.

/** Steps after which a value weighs half as much. */
export const HALF_LIFE = 30;
const SCALE = HALF_LIFE / Math.LN2;

/** The exponential moving average over steps of values that need not come at every step. */
export class Average {
  value = Number.NaN;
  #step = 0;
  #before = Number.NaN;
  #weight = 0;

  /** The average after `step`, which is not before the last one. */
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
