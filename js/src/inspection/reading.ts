// A table of what one texel holds in each linked canvas, and of the differences.

import { element, setText } from "../base/dom";
import type { Texel } from "./source";
import { difference, said, saidDifference } from "./values";

export interface Entry {
  /** Name of the canvas. */
  name: string;
  texel: Texel | null;
  /** Names for the integer values it holds. */
  labels?: readonly string[] | undefined;
  /** Whether it is an overlay, for which no difference is shown. */
  over?: boolean;
}

export class ReadingTable {
  readonly element: HTMLTableElement;
  #where = element("th", { className: "vw-texel-where", colSpan: 5, scope: "colgroup" });
  #body = element("tbody");

  constructor() {
    const head = element("thead", {}, element("tr", {}, this.#where));
    this.element = element("table", { className: "vw-texel-table" }, head, this.#body);
  }

  /** Shows the texel at column `x` and row `y`, canvas by canvas. */
  show(x: number, y: number, entries: readonly Entry[]): void {
    setText(this.#where, where(x, y, entries));
    const rows = cells(entries);
    while (this.#body.rows.length > rows.length) this.#body.deleteRow(-1);
    rows.forEach((texts, i) => {
      const row = this.#body.rows[i] ?? this.#body.insertRow();
      row.classList.toggle("vw-difference", i >= entries.length);
      fill(row, texts);
    });
  }
}

/** The rows: the values of each canvas, and their differences from the first canvas that has no labels. */
export function cells(entries: readonly Entry[]): string[][] {
  const numbers = entries.filter(({ over, labels }) => !over && labels === undefined); // labels are names
  return [...entries.map(valuesOf), ...differences(numbers)];
}

function fill(row: HTMLTableRowElement, [name, ...values]: readonly string[]): void {
  if (row.cells.length === 0) row.append(element("th", { scope: "row" }));
  setText(row.cells[0] as HTMLElement, name ?? "");
  while (row.cells.length > values.length + 1) row.deleteCell(-1);
  values.forEach((text, i) => {
    setText(row.cells[i + 1] ?? row.insertCell(), text);
  });
}

/** Where the texel is: in a batch, which picture and where in it. */
function where(x: number, y: number, entries: readonly Entry[]): string {
  const texel = entries.find(({ texel }) => texel !== null && texel.picture >= 0)?.texel;
  if (texel == null) return `x ${x} · y ${y}`;
  return `picture ${texel.picture} · x ${texel.column} · y ${texel.row}`;
}

function valuesOf({ name, texel, labels }: Entry): string[] {
  if (texel === null) return [name, "–"];
  const label = labels?.[Number(texel.numbers[0])];
  if (label !== undefined) return [name, `${texel.numbers[0]} ${label}`];
  return [name, ...texel.numbers.map((value) => said(value, texel.dtype))];
}

/** The differences from the first canvas. */
function differences(entries: readonly Entry[]): string[][] {
  const [first, ...others] = entries;
  const base = first?.texel?.numbers;
  if (first === undefined || base === undefined) return [];
  return others.flatMap(({ name, texel }) => {
    if (texel === null || texel.numbers.length !== base.length) return [];
    const label = others.length === 1 ? "difference" : `${name} − ${first.name}`;
    return [
      [label, ...texel.numbers.map((value, i) => saidDifference(difference(base[i] as number, value)))],
    ];
  });
}
