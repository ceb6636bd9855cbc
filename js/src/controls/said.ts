// What a control says of the last that a hand did: that it waits to be heard, was changed to fit, or was refused.

import { element, setText } from "../base/dom";
import { uniqueId } from "../wire/unique_id";

export type Tone = "pending" | "changed" | "refused";

export class Said {
  // Always in the page, for what hears it tells of words that come into it.
  readonly element = element("div", { className: "vw-said", attributes: { role: "status" } });
  #field: HTMLElement;

  /** Words on what was done to `field`. */
  constructor(field: HTMLElement) {
    this.element.id = `vw-${uniqueId()}`;
    this.#field = field;
    this.about(field);
  }

  /** The next words are on what was done to `field`. */
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

  /** Takes back what was said in one of `tones`. */
  clear(...tones: Tone[]): void {
    if (!tones.includes(this.element.dataset.tone as Tone)) return;
    delete this.element.dataset.tone;
    setText(this.element, "");
    this.#field.removeAttribute("aria-invalid");
  }
}
