// The form of futures: which controls get which values, for how many steps, and how much work that is.

import { element, setText } from "../base/dom";
import { exact, full, grouped, narrowed } from "../base/numbers";
import type { Checkbox, Combo, Control, Slider, SliderInt, Trial } from "../wire/protocol";

/** Maximum number of futures at once, as in the kernel. */
const MOST = 32;
const STEPS = 200;
/** Controls that most people tune. */
const RATE = /^(lr|learning.?rate|rate|学习率)/i;

type Tried = Slider | SliderInt | Checkbox | Combo;

/** A control whose values futures can vary. */
export interface Candidate {
  readonly panel: string;
  readonly spec: Tried;
}

function keyOf(one: Candidate | undefined): string {
  return JSON.stringify([one?.panel, one?.spec.id]);
}

/** Whether futures can vary this control. */
export function isTried(spec: Control): spec is Tried {
  return ["slider", "slider_int", "checkbox", "combo"].includes(spec.kind);
}

/** What was filled in, or why it cannot be used. */
export interface Plan {
  readonly trials: readonly Trial[];
  readonly steps: number;
  readonly count: number;
  readonly wrong: string;
}

/** The values in `text` that `spec` takes; throws an Error that says what is wrong. */
export function valuesIn(text: string, spec: Slider | SliderInt): number[] {
  const parts = narrowed(text)
    .split(/[\s,;]+/)
    .filter(Boolean);
  if (parts.length === 0) throw new Error(`Name values of ${spec.label}, with commas between them`);
  return parts.map((part) => {
    const value = Number(part);
    if (!Number.isFinite(value)) throw new Error(`“${part}” is not a number`);
    if (spec.kind === "slider_int" && !Number.isInteger(value))
      throw new Error(`${part} is not a whole number, which ${spec.label} takes`);
    if (value < spec.min || value > spec.max)
      throw new Error(
        `${part} is outside the range of ${spec.label}, ${full(spec.min)} to ${full(spec.max)}`,
      );
    return value;
  });
}

/** Three values around the current one. */
export function suggested(spec: Slider | SliderInt): string {
  const { value, min, max } = spec;
  const factor = spec.kind === "slider" && spec.log ? 10 : 2;
  const around = value > 0 ? [value / factor, value, value * factor] : [min, (min + max) / 2, max];
  const inside = around.map((one) => Math.min(max, Math.max(min, one)));
  const shown = inside.map((one) => (spec.kind === "slider_int" ? String(Math.round(one)) : exact(one, 3)));
  const fitting = shown.filter((one) => Number(one) >= min && Number(one) <= max);
  return [...new Set(fitting)].join(", ");
}

class Row {
  readonly element: HTMLElement;
  #candidates: readonly Candidate[];
  #select = element("select", { attributes: { "aria-label": "Control" } });
  #place = element("span", { className: "vw-future-values" });
  #changed: () => void;
  #values: () => Trial["values"] = () => [];

  constructor(candidates: readonly Candidate[], chosen: number, changed: () => void, remove: () => void) {
    this.#candidates = candidates;
    this.#changed = changed;
    const labels = candidates.map(({ spec }) => spec.label || spec.id);
    this.#select.append(
      ...candidates.map(({ panel }, at) => {
        const label = labels[at] ?? "";
        const ambiguous = labels.filter((one) => one === label).length > 1;
        return element("option", {
          value: String(at),
          textContent: ambiguous ? `${label} (${panel})` : label,
        });
      }),
    );
    this.#select.value = String(chosen);
    this.#select.addEventListener("change", () => {
      this.#fill();
      changed();
    });
    const away = element("button", { type: "button", className: "vw-dismiss", textContent: "×" });
    away.setAttribute("aria-label", "Remove this control");
    away.addEventListener("click", remove);
    this.element = element("div", { className: "vw-future-row" }, this.#select, this.#place, away);
    this.#fill();
  }

  get candidate(): Candidate | undefined {
    return this.#candidates[Number(this.#select.value)];
  }

  /** Throws an Error that says what is wrong. */
  get trial(): Trial {
    const { candidate } = this;
    if (candidate === undefined) throw new Error("There is no control to give other values to");
    return { panel: candidate.panel, control: candidate.spec.id, values: this.#values() };
  }

  focus(): void {
    this.#select.focus({ preventScroll: true });
  }

  #fill(): void {
    const spec = this.candidate?.spec;
    if (spec === undefined) return;
    if (spec.kind === "slider" || spec.kind === "slider_int") this.#fillNumbers(spec);
    else if (spec.kind === "checkbox") this.#fillChoices(spec, ["off", "on"], (at) => at === 1);
    else this.#fillChoices(spec, spec.items, (at) => at);
  }

  #fillNumbers(spec: Slider | SliderInt): void {
    const field = element("input", {
      type: "text",
      className: "vw-line-field",
      value: suggested(spec),
      title: `Values of ${spec.label}, with commas between them: ${full(spec.min)} to ${full(spec.max)}`,
      attributes: { "aria-label": `Values of ${spec.label}`, spellcheck: "false" },
    });
    field.addEventListener("input", this.#changed);
    this.#values = () => valuesIn(field.value, spec);
    this.#place.replaceChildren(field);
  }

  #fillChoices(spec: Tried, items: readonly string[], value: (at: number) => number | boolean): void {
    const boxes = items.map(() => element("input", { type: "checkbox", checked: true }));
    for (const box of boxes) box.addEventListener("change", this.#changed);
    this.#values = () => {
      const chosen = boxes.flatMap((box, at) => (box.checked ? [value(at)] : []));
      if (chosen.length === 0) throw new Error(`Choose values of ${spec.label}`);
      return chosen;
    };
    this.#place.replaceChildren(
      ...boxes.map((box, at) => element("label", { className: "vw-checkbox" }, box, items[at] ?? "")),
    );
  }
}

export class FuturesForm {
  readonly element: HTMLFormElement;
  #rows: Row[] = [];
  #list = element("div", { className: "vw-future-rows" });
  #steps = element("input", {
    type: "number",
    className: "vw-line-field vw-future-steps",
    min: "1",
    step: "1",
    value: String(STEPS),
  });
  #more = element("button", { type: "button", className: "vw-button", textContent: "Another control" });
  #go = element("button", { type: "submit", className: "vw-button vw-main", textContent: "Explore" });
  #said = element("span", { className: "vw-future-said", attributes: { "aria-live": "polite" } });
  #candidates: readonly Candidate[] = [];
  #rate = 0;
  #refused = "";

  constructor(explore: (plan: Plan) => void) {
    const steps = element("label", {}, "for", this.#steps, "steps each");
    const foot = element("div", { className: "vw-future-foot" }, this.#more, steps, this.#go, this.#said);
    this.element = element("form", { className: "vw-future-form" }, this.#list, foot);
    this.#more.title = "Every combination with the values of another control";
    this.#more.addEventListener("click", () => {
      this.#add();
      this.#rows.at(-1)?.focus();
    });
    this.#steps.addEventListener("input", () => this.#changed());
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      const { plan } = this;
      if (plan.wrong === "") explore(plan);
    });
  }

  /** Offers these controls, with values around the current ones. `rate` is the latest speed in steps per second. */
  offer(candidates: readonly Candidate[], rate: number): void {
    this.#rate = rate;
    const known = this.#candidates.map(keyOf).join();
    this.#candidates = candidates;
    if (this.#rows.length === 0 || known !== candidates.map(keyOf).join()) {
      this.#rows = [];
      this.#list.replaceChildren();
      this.#add();
    }
    this.#changed();
  }

  focus(): void {
    this.#rows[0]?.focus();
  }

  /** Shows why the kernel did not start. */
  set refused(said: string) {
    this.#refused = said;
    this.#show();
  }

  #add(): void {
    const used = this.#rows.map((row) => keyOf(row.candidate));
    const free = this.#candidates
      .map((one, at) => ({ one, at }))
      .filter(({ one }) => !used.includes(keyOf(one)));
    const numbers = free.filter(({ one }) => one.spec.kind.startsWith("slider"));
    const first =
      free.find(({ one }) => RATE.test(one.spec.label)) ??
      numbers.find(({ one }) => one.spec.kind === "slider" && one.spec.log) ??
      numbers[0] ??
      free[0];
    if (first === undefined) return;
    const row = new Row(
      this.#candidates,
      first.at,
      () => this.#changed(),
      () => this.#remove(row),
    );
    this.#rows.push(row);
    this.#list.append(row.element);
    this.#changed();
  }

  #remove(row: Row): void {
    this.#rows = this.#rows.filter((one) => one !== row);
    row.element.remove();
    this.#changed();
    this.focus();
  }

  get plan(): Plan {
    const steps = Number(this.#steps.value);
    try {
      const trials = this.#rows.map((row) => row.trial);
      const count = trials.reduce((product, { values }) => product * values.length, 1);
      const names = this.#rows.map((row) => keyOf(row.candidate));
      if (trials.length === 0)
        throw new Error("The view has no slider, check box or choice to give other values to");
      if (new Set(names).size < names.length) throw new Error("A control is named twice");
      if (!Number.isInteger(steps) || steps < 1) throw new Error("The number of steps is 1 or more");
      if (count > MOST) throw new Error(`${grouped(count)} futures are more than ${MOST}: name fewer values`);
      return { trials, steps, count, wrong: "" };
    } catch (error) {
      return { trials: [], steps, count: 0, wrong: (error as Error).message };
    }
  }

  #changed(): void {
    this.#refused = "";
    this.#show();
  }

  #show(): void {
    const { wrong, count, steps } = this.plan;
    const said = this.#refused || wrong;
    this.#said.classList.toggle("vw-wrong", said !== "");
    this.#go.disabled = wrong !== "";
    this.#more.hidden = this.#rows.length >= this.#candidates.length;
    for (const { element } of this.#rows) element.classList.toggle("vw-alone", this.#rows.length === 1);
    const all = count * steps;
    const time = this.#rate > 0 ? `, about ${duration(all / this.#rate)}` : "";
    const futures = count === 1 ? "1 future" : `${count} futures`;
    setText(this.#said, said || `${futures}, ${grouped(all)} steps in all${time}`);
  }
}

/** Seconds in words, as people say them. */
function duration(seconds: number): string {
  if (seconds < 1) return "a second";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} minutes`;
  return `${(seconds / 3600).toFixed(1)} hours`;
}
