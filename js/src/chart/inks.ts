// What the chart is drawn with. A canvas knows no style sheet, so colours are read from it, and read again when it has
// come or has changed.

/** Colours that the style sheet has for series. */
const PALETTE = 6;
/** What tells series of one colour apart: the line of the first six, of the next six, and of all others. */
const DASHES: readonly (readonly number[])[] = [[], [6, 4], [2, 2]];

/** How the lines of a series are drawn. */
export interface Ink {
  color: string;
  /** The colour of its moving average. */
  average: string;
  /** CSS pixels of a dash and of the gap after it; empty for a solid line. */
  dash: readonly number[];
}

export interface Inks {
  series: readonly Ink[];
  words: string;
  grid: string;
  font: string;
}

/** Inks for `count` series at `element`, which is in the document. Where there is no style sheet yet, that of words. */
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

/** `part` percent of `color`, the rest `other`. */
export function mixed(color: string, part: number, other = "transparent"): string {
  return `color-mix(in srgb, ${color} ${part}%, ${other})`;
}

/**
 * An element that has what inks are made of as its own colours, and calls `changed` when one of them is another: each has
 * a transition, and the browser tells of those. So nothing has to be known of how a theme or a style sheet comes.
 */
export function inkProbe(changed: () => void): HTMLElement {
  const probe = document.createElement("i");
  probe.className = "vw-inks";
  probe.setAttribute("aria-hidden", "true");
  probe.addEventListener("transitionrun", changed);
  return probe;
}
