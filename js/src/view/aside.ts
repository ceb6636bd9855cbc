// Places the chart below the panels, or in the empty space that controls next to higher pictures leave, or pictures next
// to higher controls.

import { element } from "../base/dom";

/** Narrowest readable chart in CSS pixels: no panel beside pictures is narrower. */
const LEAST_WIDTH = 220;
/** CSS pixels to spare before the chart moves next to the pictures, so that one more line of text does not move it
 *  back. */
const SPARE = 40;

export class Aside {
  /** Contains the panels and the chart. */
  readonly element: HTMLElement;
  #stage: HTMLElement;
  #chart: HTMLElement;
  #below: HTMLElement | null = null; // what the chart is below, if not below all panels
  #followed = new Set<HTMLElement>(); // what the empty space is below
  #over: HTMLElement | null = null;
  #observer = new ResizeObserver(() => this.#place());

  constructor(stage: HTMLElement, chart: HTMLElement) {
    this.#stage = stage;
    this.#chart = chart;
    this.element = element("div", { className: "vw-body" }, stage, chart);
    this.#observer.observe(stage);
    this.#observer.observe(chart.firstElementChild ?? chart); // its head exists at once, and may grow by a line
  }

  /** Whether other panels cover the stage. */
  get covered(): boolean {
    return this.#over !== null;
  }

  /** Puts `panels` over the stage, which keeps its place and goes on behind them; null removes them. */
  cover(panels: HTMLElement | null): void {
    this.#over?.remove();
    this.#over = panels;
    this.#stage.inert = panels !== null;
    this.element.classList.toggle("vw-covered", panels !== null);
    if (panels !== null) this.#stage.after(panels);
  }

  // The chart is only positioned: if it moved in the document, it would lose the focus and its drawing.
  #place(): void {
    const parts = this.#parts();
    this.#follow(parts.flatMap(contents));
    const { classList } = this.#chart;
    const gaps = this.#gaps(parts).filter(({ width }) => width >= LEAST_WIDTH);
    gaps.sort((one, other) => Number(other.below === this.#below) - Number(one.below === this.#below));
    classList.toggle("vw-aside", gaps.length > 0);
    const found = gaps.find((gap) => this.#fits(gap, gap.below === this.#below ? 0 : SPARE));
    this.#below = found?.below ?? null;
    classList.toggle("vw-aside", found !== undefined);
  }

  /** Whether the chart, put into `gap`, leaves `spare` CSS pixels of it. */
  #fits(gap: Gap, spare: number): boolean {
    const { style } = this.#chart;
    style.setProperty("--vw-left", `${gap.left}px`);
    style.setProperty("--vw-width", `${gap.width}px`);
    return this.#chart.offsetHeight + spare <= gap.height;
  }

  /** The parts of the outermost row, if one of them is a panel that contains only controls. */
  #parts(): HTMLElement[] {
    const parts = [...this.#stage.querySelectorAll<HTMLElement>(":scope > .vw-row > :not(.vw-border)")];
    return parts.some(hasControlsAlone) ? parts : [];
  }

  /** The empty space below controls and, next to taller ones, below pictures. Space below controls comes first. */
  #gaps(parts: readonly HTMLElement[]): Gap[] {
    const [first] = parts;
    if (first === undefined) return [];
    const foot = first.getBoundingClientRect().bottom; // all parts of a row end there
    const gap = (group: readonly HTMLElement[]): Gap => {
      const [below, last] = [group[0], group.at(-1)] as [HTMLElement, HTMLElement];
      const left = below.offsetLeft;
      const shown = group.flatMap(contents).filter((part) => part.offsetParent !== null);
      const ends = shown.map((part) => part.getBoundingClientRect().bottom);
      return {
        below,
        left,
        width: last.offsetLeft + last.clientWidth - left,
        height: foot - Math.max(...ends),
      };
    };
    const controls = parts.filter(hasControlsAlone).map((part) => gap([part]));
    // In a dock, pictures take the space that the chart leaves, and would push it away again.
    if (this.#stage.closest(".jp-LinkedOutputView") !== null) return controls;
    return [...controls, ...neighbours(parts).map(gap)];
  }

  #follow(parts: readonly HTMLElement[]): void {
    const wanted = new Set(parts);
    for (const part of this.#followed) if (!wanted.has(part)) this.#observer.unobserve(part);
    for (const part of wanted) if (!this.#followed.has(part)) this.#observer.observe(part);
    this.#followed = wanted;
  }

  destroy(): void {
    this.#observer.disconnect();
  }
}

/** Empty space at the foot of the panels, in CSS pixels. */
interface Gap {
  below: HTMLElement; // the first part above it
  left: number;
  width: number;
  height: number;
}

function hasControlsAlone(part: HTMLElement): boolean {
  return part.matches(".vw-panel") && part.querySelector(":scope > .vw-pictures[hidden]") !== null;
}

/** What the panels of a part show below their heads. */
function contents(part: HTMLElement): HTMLElement[] {
  return [...part.querySelectorAll<HTMLElement>(".vw-pictures, .vw-legends, .vw-controls")];
}

/** The parts with pictures, grouped with those next to them. */
function neighbours(parts: readonly HTMLElement[]): HTMLElement[][] {
  const groups: HTMLElement[][] = [[]];
  for (const part of parts) {
    if (hasControlsAlone(part)) groups.push([]);
    else groups.at(-1)?.push(part);
  }
  return groups.filter((group) => group.length > 0);
}
