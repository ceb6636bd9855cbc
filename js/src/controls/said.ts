// A message about the user's last input to a control: it is pending, was adjusted, or was refused.

import { element, setText } from "../base/dom";
import { uniqueId } from "../wire/unique_id";

export type Tone = "pending" | "changed" | "refused";

export class Said {
  // Always in the page, because screen readers announce only text that is added to an existing element.
  readonly element = element("div", { className: "vw-said", attributes: { role: "status" } });
  #field: HTMLElement;

  /** Shows messages about `field`. */
  constructor(field: HTMLElement) {
    this.element.id = `vw-${uniqueId()}`;
    this.#field = field;
    this.about(field);
  }

  /** Shows the next messages about `field` instead. */
  about(field: HTMLElement): void {
    for (const name of ["aria-invalid", "aria-describedby"]) this.#field.removeAttribute(name);
    field.setAttribute("aria-describedby", this.element.id);
    this.#field = field;
  }

  show(tone: Tone, words: string): void {
    this.element.dataset.tone = tone;
    setText(this.element, words);
    if (tone === "refused") this.#field.setAttribute("aria-invalid", "true");
    else this.#field.removeAttribute("aria-invalid");
  }

  /** Removes the message if it has one of `tones`. */
  clear(...tones: Tone[]): void {
    if (!tones.includes(this.element.dataset.tone as Tone)) return;
    delete this.element.dataset.tone;
    setText(this.element, "");
    this.#field.removeAttribute("aria-invalid");
  }
}
