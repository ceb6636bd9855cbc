// Places the chart below the panels, or in the empty space below the controls of a panel next to higher pictures.

import { element } from "../base/dom";

/** Narrowest readable chart in CSS pixels. */
const LEAST_WIDTH = 240;
/** CSS pixels to spare before the chart moves next to the pictures, so that one more line of text does not move it
 *  back. */
const SPARE = 40;

export class Aside {
  /** Holds the panels and the chart. */
  readonly element: HTMLElement;
  #stage: HTMLElement;
  #chart: HTMLElement;
  #beside: HTMLElement | null = null; // the controls above the empty space
  #over: HTMLElement | null = null;
  #observer = new ResizeObserver(() => this.#place());

  constructor(stage: HTMLElement, chart: HTMLElement) {
    this.#stage = stage;
    this.#chart = chart;
    this.element = element("div", { className: "vw-body" }, stage, chart);
    this.#observer.observe(stage);
    this.#observer.observe(chart.firstElementChild ?? chart); // its head exists at once, and may grow by a line
  }

  /** Whether other panels lie over the stage. */
  get covered(): boolean {
    return this.#over !== null;
  }

  /** Puts `panels` over the stage, which keeps its place and goes on behind them; null takes them away. */
  cover(panels: HTMLElement | null): void {
    this.#over?.remove();
    this.#over = panels;
    this.#stage.inert = panels !== null;
    this.element.classList.toggle("vw-covered", panels !== null);
    if (panels !== null) this.#stage.after(panels);
  }

  // The chart is only positioned: if it moved in the document, it would lose the focus and its drawing.
  #place(): void {
    const panel = this.#controls();
    this.#follow(panel?.querySelector<HTMLElement>(":scope > .vw-controls") ?? null);
    const { classList, style } = this.#chart;
    if (panel === null || this.#beside === null || panel.clientWidth < LEAST_WIDTH) {
      classList.remove("vw-aside");
      return;
    }
    style.setProperty("--vw-left", `${panel.offsetLeft}px`);
    style.setProperty("--vw-width", `${panel.clientWidth}px`);
    const room = panel.getBoundingClientRect().bottom - this.#beside.getBoundingClientRect().bottom;
    const spare = classList.contains("vw-aside") ? 0 : SPARE;
    classList.add("vw-aside");
    classList.toggle("vw-aside", this.#chart.offsetHeight + spare <= room);
  }

  /** A panel with nothing but controls, next to other panels. */
  #controls(): HTMLElement | null {
    const beside = this.#stage.querySelectorAll<HTMLElement>(":scope > .vw-row > .vw-panel");
    return [...beside].find((panel) => panel.querySelector(":scope > .vw-pictures[hidden]")) ?? null;
  }

  #follow(controls: HTMLElement | null): void {
    if (controls === this.#beside) return;
    if (this.#beside !== null) this.#observer.unobserve(this.#beside);
    if (controls !== null) this.#observer.observe(controls);
    this.#beside = controls;
  }

  destroy(): void {
    this.#observer.disconnect();
  }
}
