// The layers of a network: a table, worst first, and heat strips of their values over time.

import { element, setText } from "../base/dom";
import { grouped, short } from "../base/numbers";
import { inkProbe } from "../chart/inks";
import type { Network, NetworkRow, NetworkStrips } from "../wire/protocol";
import type { ControlView } from "./control";
import { HeatStrip } from "./heat_strip";

const HEADS = [
  ["Weights", "Norm of the weights, and their values over time: 3e-4 to 1 and more, for each sign"],
  ["Gradient", "Norm of the gradient, and its values over time: 1e-10 to 3 and more, for each sign"],
  ["Update", "Norm of the step's change, divided by that of the weights. About 1e-3 is healthy"],
  ["Output", "Dead units or saturated values, and the outputs over time: 3e-3 to 10 and more, for each sign"],
] as const;

/** A number whose magnitude matters most, such as 3e-4. */
export function power(value: number): string {
  if (value === 0) return "0";
  return value.toExponential(0).replace("e+", "e");
}

export class NetworkView implements ControlView<Network> {
  readonly element: HTMLElement;
  #summary = element("span", { className: "vw-network-summary" });
  #note = element("span", { className: "vw-network-note" });
  #sort = element("span", {
    className: "vw-network-sort",
    tabIndex: 0,
    attributes: { role: "button" },
  });
  #first = element("th", { scope: "col" }, "Layer ", this.#sort);
  #body = element("tbody");
  #more = element("p", { className: "vw-network-more" });
  #table: HTMLTableElement;
  #rows = new Map<number, RowView>();
  #byPosition = false;
  #spec: Network;
  /** Colours are known only once it is in the document. */
  #seen = new ResizeObserver(() => {
    if (this.#colored || !this.element.isConnected) return;
    this.#colored = true;
    this.#draw();
  });
  #colored = false;

  constructor(spec: Network) {
    const heads = HEADS.map(([name, title]) => element("th", { scope: "col", title }, name));
    this.#table = element(
      "table",
      { attributes: { "aria-label": "Layers of the network" } },
      element("thead", {}, element("tr", {}, this.#first, ...heads)),
      this.#body,
    );
    this.element = element(
      "div",
      { className: "vw-control vw-network" },
      element("div", { className: "vw-network-head" }, this.#summary, this.#note),
      this.#table,
      this.#more,
      inkProbe(() => this.#draw()),
    );
    this.#seen.observe(this.element);
    // Not a button: buttons are disabled without a kernel, but this also works in replays.
    this.#sort.addEventListener("click", () => this.#turn());
    this.#sort.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      event.stopPropagation();
      this.#turn();
    });
    this.#spec = spec;
    this.update(spec);
  }

  #draw(): void {
    for (const row of this.#rows.values()) row.draw();
  }

  #turn(): void {
    this.#byPosition = !this.#byPosition;
    this.update(this.#spec);
  }

  update(spec: Network): void {
    this.#spec = spec;
    setText(this.#summary, summary(spec));
    setText(this.#note, spec.note);
    setText(this.#sort, this.#byPosition ? "in the model's order" : "worst first");
    this.#sort.title = this.#byPosition ? "Sort by what looks wrong" : "Sort by place in the model";
    this.#sort.setAttribute("aria-description", this.#sort.title);
    this.#first.setAttribute("aria-sort", this.#byPosition ? "ascending" : "other");
    this.#table.hidden = spec.rows.length === 0;
    const rows = this.#byPosition ? [...spec.rows].sort((a, b) => a.at - b.at) : spec.rows;
    const strips = new Map(spec.strips.map((strip) => [strip.at, strip]));
    const columns = spec.steps.filter((step) => step <= spec.step).length;
    const wanted = new Set(rows.map(({ at }) => at));
    for (const [at, row] of this.#rows) {
      if (wanted.has(at)) continue;
      row.element.remove();
      this.#rows.delete(at);
    }
    rows.forEach((row, place) => {
      const view = this.#rows.get(row.at) ?? new RowView();
      this.#rows.set(row.at, view);
      const there = this.#body.children[place] ?? null;
      if (view.element !== there) this.#body.insertBefore(view.element, there);
      view.update(row, strips.get(row.at), spec, columns);
    });
    setText(this.#more, more(spec));
    this.#more.hidden = this.#more.textContent === "";
  }

  destroy(): void {
    this.#seen.disconnect();
    this.element.remove();
  }
}

/** The state of the network in one line. */
export function summary({ layers, unwell, step }: Network): string {
  if (layers === 0) return "";
  const many = layers === 1 ? "1 layer" : `${grouped(layers)} layers`;
  const wrong =
    unwell === 0
      ? `${many}, none looks wrong`
      : `${grouped(unwell)} of ${many} look${unwell === 1 ? "s" : ""} wrong`;
  return `${wrong} at step ${grouped(step)}`;
}

/** What the list leaves out. */
export function more({ layers, unwell, rows }: Network): string {
  const rest = layers - rows.length;
  if (rest <= 0) return "";
  const wrong = unwell - rows.filter(({ level }) => level > 0).length;
  return wrong > 0
    ? `… and ${grouped(rest)} more, of which ${grouped(wrong)} look wrong`
    : `… and ${grouped(rest)} that look healthy`;
}

class RowView {
  readonly element: HTMLTableRowElement;
  #name = element("span", { className: "vw-network-name" });
  #why = element("span", { className: "vw-network-why" });
  #cells: readonly HTMLElement[];
  #strips = [new HeatStrip("weights"), new HeatStrip("gradients"), new HeatStrip("outputs")] as const;

  constructor() {
    const [weights, gradients, outputs] = this.#strips;
    this.#cells = HEADS.map(() => element("span", { className: "vw-network-number" }));
    const strip = [weights, gradients, null, outputs];
    const cells = this.#cells.map((cell, i) => {
      const drawn = strip[i];
      return element("td", {}, element("div", {}, ...(drawn ? [drawn.element] : []), cell));
    });
    this.element = element("tr", {}, element("th", { scope: "row" }, this.#name, this.#why), ...cells);
  }

  update(row: NetworkRow, strips: NetworkStrips | undefined, spec: Network, columns: number): void {
    setText(this.#name, row.name);
    this.#name.title = strips === undefined ? row.name : `${row.name}: ${strips.about}`;
    setText(this.#why, row.why);
    this.element.dataset.vwLevel = String(row.level);
    const [weight = null, gradient = null, update = null, dead = null, saturated = null] = row.numbers;
    const lost = row.strange > 0 ? "not finite" : "–";
    const texts = [
      weight === null ? lost : short(weight, 3),
      gradient === null ? lost : power(gradient),
      update === null ? "–" : power(update),
      dead !== null ? `${percent(dead)} dead` : saturated !== null ? `${percent(saturated)} saturated` : "",
    ];
    texts.forEach((text, i) => {
      const cell = this.#cells[i];
      if (cell !== undefined) setText(cell, text);
    });
    const [first, last] = [spec.steps[0] ?? 0, spec.steps[columns - 1] ?? 0];
    const span = `steps ${grouped(first)} to ${grouped(last)}`;
    const texts3 = [strips?.weights, strips?.gradients, strips?.activations];
    const names = ["Weights", "Gradients", "Outputs"];
    this.#strips.forEach((strip, i) => {
      strip.show(texts3[i] ?? "", spec.bins, columns, `${names[i]} of ${row.name}, ${span}`);
    });
  }

  draw(): void {
    for (const strip of this.#strips) strip.draw();
  }
}

function percent(share: number): string {
  return `${Math.floor(100 * share)}%`;
}
