/** The index of the last of the rising `steps` that is not after `step`; 0 where all are. */
export function indexAt(steps: readonly number[], step: number): number {
  let low = 0;
  let high = steps.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((steps[middle] as number) <= step) low = middle;
    else high = middle - 1;
  }
  return low;
}
