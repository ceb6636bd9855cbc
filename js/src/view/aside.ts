// Where the chart stands: below the panels, or in what a panel of controls leaves empty beside higher pictures.

import { element } from "../base/dom";

/** CSS pixels across in which a chart can still be read. */
const LEAST_WIDTH = 240;
/** CSS pixels that have to be left when it comes here, so that a line more of words does not send it back. */
const SPARE = 40;

export class Aside {
  /** The panels and the chart. */
  readonly element: HTMLElement;
  #stage: HTMLElement;
  #chart: HTMLElement;
  #beside: HTMLElement | null = null; // the controls over the empty room
  #observer = new ResizeObserver(() => this.#place());

  constructor(stage: HTMLElement, chart: HTMLElement) {
    this.#stage = stage;
    this.#chart = chart;
    this.element = element("div", { className: "vw-body" }, stage, chart);
    this.#observer.observe(stage);
    this.#observer.observe(chart.firstElementChild ?? chart); // is there as soon as the chart is, and may have more lines
  }

  // It stays where it is in the document: a chart that moved there would lose the focus in it, and its drawing.
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

  /** The panel of controls alone that stands beside others. */
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
