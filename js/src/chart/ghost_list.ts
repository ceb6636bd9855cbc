// The branches and runs whose curves are pale in the chart: their names, when they began, and which settings differed.
// A click on one hides or shows it.

import { element, keepingFocus, setText } from "../base/dom";
import { spoken } from "../base/numbers";
import type { Run } from "./ghosts";
import { press, type Toggle } from "./readout";

/** Maximum number of controls named for one run. */
const MOST_NAMED = 3;

/** Values of controls, by label. */
export type Settings = ReadonlyMap<string, unknown>;

export class GhostList {
  readonly element = element("div", { className: "vw-ghost-list", hidden: true });
  #toggle: Toggle;
  #runs: readonly Run[] = [];
  #buttons = new Map<string, { button: HTMLButtonElement; details: HTMLElement }>();
  #hidden: ReadonlySet<string> = new Set();
  #settings: Settings = new Map();

  constructor(toggle: Toggle) {
    this.#toggle = toggle;
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Branches and other runs");
  }

  set runs(runs: readonly Run[]) {
    this.#runs = runs;
    const made = runs.map(({ name }) => [name, this.#buttons.get(name) ?? this.#make(name)] as const);
    this.#buttons = new Map(made);
    keepingFocus(this.element, () => this.element.replaceChildren(...made.map(([, { button }]) => button)));
    this.element.hidden = runs.length === 0;
    this.#describe();
  }

  /** The current settings of the controls. */
  set settings(settings: Settings) {
    this.#settings = settings;
    this.#describe();
  }

  set hidden(names: ReadonlySet<string>) {
    this.#hidden = names;
    this.#describe();
  }

  #make(name: string) {
    const details = element("span", { className: "vw-ghost-details" });
    const line = element("i", { className: "vw-ghost-line" });
    const words = element("span", { className: "vw-ghost-name", textContent: name });
    const button = element("button", { type: "button", className: "vw-ghost" }, line, words, details);
    button.addEventListener("click", () => this.#toggle([name], !this.#hidden.has(name)));
    return { button, details };
  }

  #describe(): void {
    for (const run of this.#runs) {
      const made = this.#buttons.get(run.name);
      if (made === undefined) continue;
      press(made.button, !this.#hidden.has(run.name), run.name);
      const other = differing(run, this.#settings);
      const began = run.kind === "branch" ? "" : when(run.began);
      setText(made.details, [began, setOtherwise(run, this.#settings)].filter(Boolean).join(" · "));
      made.button.title = [made.button.title, when(run.began) && `began ${when(run.began)}`, ...other]
        .filter(Boolean)
        .join("\n");
    }
  }
}

/** The settings of `run` that differ from the current ones, abbreviated; without those that its name already gives. */
export function setOtherwise(run: Run, settings: Settings): string {
  const other = differing(run, settings).filter((text) => !run.name.includes(text));
  const more = other.length - MOST_NAMED;
  return [...other.slice(0, MOST_NAMED), ...(more > 0 ? [`${more} more`] : [])].join(" · ");
}

/** The settings of `run` that differ from the current ones, as texts. */
function differing({ controls }: Run, settings: Settings): string[] {
  return controls
    .filter(
      ({ label, value }) =>
        settings.has(label) && JSON.stringify(settings.get(label)) !== JSON.stringify(value),
    )
    .map(({ label, value }) => `${label} ${spoken(value)}`);
}

/** The time if it was today, otherwise the date; empty if unknown. */
function when(seconds: number): string {
  if (seconds <= 0) return "";
  const then = new Date(1000 * seconds);
  const today = then.toDateString() === new Date().toDateString();
  return today
    ? then.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    : then.toLocaleDateString([], { year: "numeric", month: "short", day: "numeric" });
}
