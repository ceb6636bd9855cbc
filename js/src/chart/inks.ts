// The colours and dashes of the chart. A canvas cannot use a style sheet, so its colours are read, and read again
// whenever they change.

/** Number of series colours in the style sheet. */
const PALETTE = 6;
/** Line styles that tell series of the same colour apart: for the first six, the next six, and all others. */
const DASHES: readonly (readonly number[])[] = [[], [6, 4], [2, 2]];

/** Style of the lines of a series. */
export interface Ink {
  color: string;
  /** Colour of its moving average. */
  average: string;
  /** Lengths of dash and gap in CSS pixels, or empty for a solid line. */
  dash: readonly number[];
}

export interface Inks {
  series: readonly Ink[];
  words: string;
  grid: string;
  font: string;
}

/** Reads inks for `count` series from `element`, which must be in the document. Without a style sheet, uses the text
 *  colour. */
export function readInks(element: Element, count: number): Inks {
  const style = getComputedStyle(element);
  const named = (name: string, instead: string) => style.getPropertyValue(name).trim() || instead;
  const ink = named("--vw-ink", style.color);
  const series = Array.from({ length: count }, (_, i) => {
    const color = named(`--vw-series-${(i % PALETTE) + 1}`, ink);
    const dash = DASHES[Math.min(Math.floor(i / PALETTE), DASHES.length - 1)] as readonly number[];
    return { color, average: mixed(color, 55, ink), dash };
  });
  const words = named("--vw-dim", ink);
  return { series, words, grid: named("--vw-grid", mixed(ink, 12)), font: style.fontFamily };
}

/** Mixes `part` percent of `color` with `other`. */
export function mixed(color: string, part: number, other = "transparent"): string {
  return `color-mix(in srgb, ${color} ${part}%, ${other})`;
}

/**
 * Makes an element that calls `changed` when one of the colours of inks changes. Its own colours are those of the inks, with
 * transitions, for which the browser fires events. This works however a theme or style sheet is applied.
 */
export function inkProbe(changed: () => void): HTMLElement {
  const probe = document.createElement("i");
  probe.className = "vw-inks";
  probe.setAttribute("aria-hidden", "true");
  probe.addEventListener("transitionrun", changed);
  return probe;
}
