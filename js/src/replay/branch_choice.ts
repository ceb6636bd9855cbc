// Chooses which branch to view: the present one, or an abandoned one.

import { element, setText } from "../base/dom";
import { grouped } from "../base/numbers";

/** An abandoned branch, and the step at which it ended. */
export interface Left {
  readonly name: string;
  readonly last: number;
}

/** The name that no branch has, and the text for it. */
const PRESENT = { name: "", text: "the present" };

export class BranchChoice {
  /** Hidden while there is nothing to choose from. */
  readonly element: HTMLElement;
  #choice = element("select", {
    className: "vw-branches",
    title: "Shows an abandoned branch",
    attributes: { "aria-label": "Branch" },
  });
  #left: readonly Left[] = [];
  #told: (branch: string) => string = () => "";
  #offered = ""; // their names
  #shown = PRESENT.name;

  /** Calls `choose` with the name of the branch that the user chooses, empty for the present. */
  constructor(choose: (branch: string) => void) {
    this.#choice.addEventListener("change", () => choose(this.#choice.value));
    this.element = element("label", { className: "vw-branch", hidden: true }, "Branch", this.#choice);
  }

  /** Offers these branches. */
  set branches(left: readonly Left[]) {
    this.#left = left;
    this.#offer();
  }

  /** Takes a function that returns a description of each branch to show beside its name. */
  set told(told: (branch: string) => string) {
    this.#told = told;
    this.#offer();
  }

  /** Shows which branch is being viewed; the name is empty for the present. */
  show(branch: string): void {
    this.#shown = branch;
    if (this.#choice.value !== branch) this.#choice.value = branch; // keeps an open list where the user is in it
  }

  #offer(): void {
    const choices = this.#left.map((branch) => ({ name: branch.name, text: this.#describe(branch) }));
    const offered = JSON.stringify(choices.map(({ name }) => name));
    if (offered !== this.#offered) {
      this.#offered = offered; // otherwise an open list would close
      this.element.hidden = choices.length === 0;
      const options = [PRESENT, ...choices].map(({ name }) => element("option", { value: name }));
      this.#choice.replaceChildren(...options);
    }
    [PRESENT, ...choices].forEach(({ text }, i) => {
      const option = this.#choice.options[i];
      if (option !== undefined) setText(option, text);
    });
    this.show(this.#shown);
  }

  #describe({ name, last }: Left): string {
    return [name, this.#told(name), `to step ${grouped(last)}`].filter(Boolean).join(" · ");
  }
}
