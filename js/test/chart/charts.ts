// How tests of a chart begin and end.

import { afterEach, beforeEach, vi } from "vitest";
import type { Chart } from "../../src/chart/chart";
import { FakeObserver } from "../hosts";

/** Has each test begin with a chart that `make` makes, in the document, at a time that stands still. */
export function aroundEach(make: () => Chart): void {
  let chart: Chart;
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("ResizeObserver", FakeObserver);
    FakeObserver.all = [];
    chart = make();
    document.body.append(chart.element);
  });
  afterEach(() => {
    chart.destroy();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}
