/** Returns the index of the last entry of the sorted `steps` that is at most `step`, or 0 if all are later. */
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
