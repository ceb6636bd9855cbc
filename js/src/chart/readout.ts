// The legend above the chart: for each series, the newest value or the one at the step under the pointer, and the best
// value. A click hides or shows a series. Series named "train/..." and "val/..." get one line per prefix.

import { element, keepingFocus, setText } from "../base/dom";
import { grouped, short } from "../base/numbers";
import type { BestValue } from "../wire/protocol";
import type { Ink } from "./inks";

export interface Reading {
  name: string;
  /** As in the columns of the chart, `null` is not finite and `undefined` was not logged. */
  last: number | null | undefined;
  ema: number | null | undefined;
  /** Minimum and maximum over several steps, if they differ. */
  range?: readonly [number, number];
  /** The step at which the value was logged, if earlier. */
  since?: number;
}

/** A click hides or shows these series together. */
export type Toggle = (names: readonly string[], hide: boolean) => void;

interface Entry {
  element: HTMLElement;
  button: HTMLButtonElement;
  swatch: HTMLElement;
  value: HTMLElement;
  best: HTMLElement;
  said: string; // its name within its group
}

interface Group {
  button: HTMLButtonElement;
  names: string[];
}

export class Readout {
  readonly element = element("div", { className: "vw-readout" });
  #step = element("span", { className: "vw-step" });
  #entries = new Map<string, Entry>();
  #groups: Group[] = [];
  #made = "";
  #toggle: Toggle;
  #hidden: ReadonlySet<string> = new Set();

  constructor(toggle: Toggle) {
    this.#toggle = toggle;
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Series");
  }

  /** Makes an entry for each of `names`, with its ink. */
  set(names: readonly string[], inks: readonly Ink[]): void {
    const wanted = JSON.stringify([names, inks]);
    if (wanted === this.#made) return;
    this.#made = wanted;
    const groups = groupsOf(names);
    const entries = new Map<string, Entry>();
    names.forEach((name, i) => {
      const entry = this.#entries.get(name) ?? this.#make(name);
      entry.said = groups.size > 1 ? name.slice(groupOf(name).length).replace(/^\//, "") : name;
      entry.swatch.style.background = inks[i] === undefined ? "" : sample(inks[i]);
      entries.set(name, entry);
    });
    this.#entries = entries;
    keepingFocus(this.element, () => this.#arrange(groups));
    this.hidden = this.#hidden;
  }

  #arrange(groups: ReadonlyMap<string, string[]>): void {
    this.#groups = [];
    const lines = [...groups].map(([group, names]) => {
      const parts = names.flatMap((name) => this.#entries.get(name)?.element ?? []);
      if (groups.size < 2) return parts;
      const line = element("div", { className: "vw-reading-group" });
      if (group !== "") {
        const button = element("button", { type: "button", className: "vw-group-name", textContent: group });
        button.addEventListener("click", () => this.#toggle(names, this.#anyShown(names)));
        this.#groups.push({ button, names });
        line.append(button);
      }
      line.append(...parts);
      return [line];
    });
    this.element.replaceChildren(this.#step, ...lines.flat());
  }

  #make(name: string): Entry {
    const swatch = element("i", { className: "vw-swatch" });
    const value = element("span");
    const button = element("button", { type: "button", className: "vw-reading" }, swatch, value);
    button.addEventListener("click", () => this.#toggle([name], !this.#hidden.has(name)));
    const best = element("span", { className: "vw-best" });
    return {
      element: element("span", { className: "vw-entry" }, button, best),
      button,
      swatch,
      value,
      best,
      said: name,
    };
  }

  #anyShown(names: readonly string[]): boolean {
    return names.some((name) => !this.#hidden.has(name));
  }

  /** Shows which series are hidden. */
  set hidden(names: ReadonlySet<string>) {
    this.#hidden = names;
    for (const [name, { button }] of this.#entries) press(button, !names.has(name), name);
    for (const { button, names: own } of this.#groups)
      press(button, this.#anyShown(own), button.textContent ?? "");
  }

  /** Shows the values from the first to the last of `steps`; null shows the newest, whose step is in the status. */
  show(
    steps: readonly [number, number] | null,
    readings: readonly Reading[],
    bests: readonly (BestValue | null)[] = [],
  ): void {
    this.#step.hidden = steps === null;
    setText(this.#step, steps === null ? "" : said(...steps));
    readings.forEach((reading, i) => {
      const entry = this.#entries.get(reading.name);
      if (entry === undefined) return;
      setText(entry.value, describe(entry.said, reading));
      entry.value.classList.toggle("vw-diverged", reading.last === null);
      setText(entry.best, describeBest(bests[i] ?? null));
    });
  }
}

/** Shows `button` as pressed if its series are `shown`. */
export function press(button: HTMLButtonElement, shown: boolean, name: string): void {
  button.setAttribute("aria-pressed", String(shown));
  button.title = shown ? `Hides ${name}` : `Shows ${name}`;
}

function groupOf(name: string): string {
  return name.slice(0, Math.max(0, name.indexOf("/")));
}

/** Groups names by the part before the first slash. A single group counts as no group. */
function groupsOf(names: readonly string[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const name of names) groups.set(groupOf(name), [...(groups.get(groupOf(name)) ?? []), name]);
  const named = [...groups.keys()].filter((group) => group !== "");
  return named.length > 1 ? groups : new Map([["", [...names]]]);
}

function said(first: number, last: number): string {
  return first < last ? `steps ${grouped(first)} to ${grouped(last)}` : `step ${grouped(last)}`;
}

/** The background of a swatch. Dashes are halved, so that two fit in. */
function sample({ color, dash: [dash = 0, gap = 0] }: Ink): string {
  if (gap === 0) return color;
  const [end, next] = [dash / 2, (dash + gap) / 2];
  return `repeating-linear-gradient(90deg, ${color} 0 ${end}px, transparent ${end}px ${next}px)`;
}

function describe(name: string, { last, ema, range, since }: Reading): string {
  if (last === undefined) return `${name} –`;
  const when = since === undefined ? "" : ` at step ${grouped(since)}`;
  if (last === null) return `${name} not finite${when}`; // NaN or infinite: the kernel does not send which
  const ends = [...new Set(range?.map((end) => short(end, 3)))];
  const extent = ends.length < 2 ? "" : ` (${ends.join(" to ")})`;
  const average = ema === null || ema === undefined ? "" : ` · EMA ${short(ema, 3)}`;
  return `${name} ${short(last, 3)}${extent}${when}${average}`;
}

function describeBest(best: BestValue | null): string {
  if (best === null) return "";
  return `${best.highest ? "highest" : "lowest"} ${short(best.value, 3)} at ${grouped(best.step)}`;
}
