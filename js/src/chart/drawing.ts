// Options for uPlot that draw the columns of a chart.

import type uPlot from "uplot";
import { element } from "../base/dom";
import { full, grouped } from "../base/numbers";
import type { Axes } from "./axes";
import { alone, KINDS, lastLogged, type Table } from "./columns";
import type { Ghosts } from "./ghosts";
import { type Ink, type Inks, mixed } from "./inks";
import { incrementsOf, type Measure, ticksOf } from "./rulers";
import { linearRange, linearSplits, logRange, logSplits, overhang, STEPS, widthFor } from "./ticks";

export const HEIGHT = 170;
/** Index of the last values among the columns of a series. */
const LAST = 2;
/** Maximum number of series with dots that follow the pointer. More would hide the lines. */
const MOST_DOTS = 12;
/** Size in CSS pixels of the mark for a value without a logarithm. */
const MARK = 4;

export interface Drawing {
  inks: Inks;
  axes: Axes;
  /** Whether each axis is logarithmic. */
  logs: readonly boolean[];
  ema: boolean;
  width: number;
  /** Whether each series has a band. */
  spread: readonly boolean[];
  /** The names of the series. */
  names: readonly string[];
  ghosts: Ghosts;
  /** The measure on the x axis; null for steps. */
  measure: Measure | null;
}

export interface DrawingEvents {
  /** The part of the x axis that is shown, or null for all. */
  extent(): [number, number] | null;
  pointed(row: number | null): void;
  /** Called when the axes are drawn but the lines are not. */
  under(plot: uPlot): void;
  drawn(plot: uPlot): void;
}

export function optionsFor(drawing: Drawing, events: DrawingEvents): uPlot.Options {
  const { inks, axes, logs, ema, spread, ghosts, names, measure } = drawing;
  const axis = { stroke: inks.words, font: `11px ${inks.font}`, ticks: { show: false } };
  const grid = { stroke: inks.grid, width: 1 };
  const dots = inks.series.length <= MOST_DOTS;
  return {
    width: drawing.width,
    height: HEIGHT,
    padding: [8, overhang, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: {
        size: 6,
        show: (_, column) =>
          (dots && (column - 1) % KINDS === LAST ? element("div") : null) as unknown as HTMLElement,
      },
      drag: { x: false, y: false },
      dataIdx: (plot, column, at) => lastLogged(plot.data[column], at),
    },
    scales: {
      x: {
        time: false,
        range: (_, low, high) => events.extent() ?? stepRange(...ghosts.places(low, high, names)),
      },
      ...Object.fromEntries(
        logs.map((log, axis): [string, uPlot.Scale] => {
          const here = names.filter((_, i) => axes.of[i] === axis);
          const range = (low: number | null, high: number | null) =>
            (log ? logRange : linearRange)(...ghosts.values(low, high, log, here, events.extent()));
          return [scaleName(axis), { distr: log ? 3 : 1, range: (_, low, high) => range(low, high) }];
        }),
      ),
    },
    series: [
      {},
      ...inks.series.flatMap((ink, i) =>
        lines(ink, spread[i] ?? false, ema).map((line) => ({ ...line, scale: scaleName(axes.of[i] ?? 0) })),
      ),
    ],
    bands: inks.series.map(({ color }, i) => ({
      series: [KINDS * i + 2, KINDS * i + 1],
      fill: mixed(color, 20),
    })),
    axes: [
      {
        ...axis,
        grid,
        size: 26,
        space: 70,
        incrs: measure === null ? STEPS : incrementsOf(measure),
        values: (_, ticks) => (measure === null ? ticks.map(grouped) : ticksOf(measure, ticks)),
      },
      ...logs.map((log, at): uPlot.Axis => {
        const own = inks.series.filter((_, i) => axes.of[i] === at);
        const several = logs.length > 1;
        return {
          ...axis,
          ...(several
            ? { label: axes.names[at] ?? "", labelSize: 18, labelGap: 0, labelFont: axis.font }
            : {}),
          scale: scaleName(at),
          side: at === 0 ? 3 : 1,
          stroke: several && own[0] !== undefined ? own[0].average : inks.words,
          grid: at === 0 ? grid : { show: false },
          size: widthFor,
          incrs: [Number.MAX_VALUE], // not used for ticks, but uPlot draws no axis unless one fits
          splits: (_, __, low, high) => (log ? logSplits : linearSplits)(low, high),
          filter: (_, splits) => splits,
          values: (_, ticks) => ticks.map(full),
        };
      }),
    ],
    hooks: {
      setCursor: [(plot) => events.pointed(plot.cursor.idx ?? null)],
      drawAxes: [events.under],
      draw: [events.drawn],
    },
  };
}

/** The name of a value scale. */
export function scaleName(axis: number): string {
  return axis === 0 ? "y" : `y${axis + 1}`;
}

/** The range of steps from `low` to `high`, widened if there is only one. */
function stepRange(low: number | null, high: number | null): [number, number] {
  const [first, last] = [low ?? 0, high ?? 1];
  return first < last ? [first, last] : [Math.max(0, first - 1), last + 1];
}

// The logged values are the more visible line. The average is darker (lighter on a dark page), but not bolder.
function lines({ color, average, dash: pattern }: Ink, spread: boolean, ema: boolean): uPlot.Series[] {
  const dash = pattern.map((length) => length * devicePixelRatio);
  const points = (fill: string) => ({
    show: false,
    fill,
    filter: (plot: uPlot, column: number) => alone(plot.data[column] ?? []),
  });
  const edge = { stroke: mixed(color, 50), width: 1, show: spread, points: points(color) };
  return [
    edge,
    edge,
    { stroke: color, width: 1.5, dash, points: points(color) },
    { stroke: average, width: 1.5, dash, show: ema, points: points(average) },
  ];
}

/** Draws marks at the foot of a logarithmic chart for values without a logarithm. */
export function markBeyond(plot: uPlot, { beyond }: Table, inks: Inks): void {
  const { ctx, bbox, data } = plot;
  const size = MARK * devicePixelRatio;
  const foot = bbox.top + bbox.height;
  ctx.save();
  beyond.forEach((rows, i) => {
    ctx.fillStyle = inks.series[i]?.color ?? "";
    for (const row of rows) {
      const x = plot.valToPos(data[0][row] as number, "x", true);
      ctx.beginPath();
      ctx.moveTo(x - size, foot - 1.5 * size);
      ctx.lineTo(x + size, foot - 1.5 * size);
      ctx.lineTo(x, foot);
      ctx.fill();
    }
  });
  ctx.restore();
}
