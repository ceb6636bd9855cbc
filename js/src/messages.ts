// What has to be said in words: an exception of a callback, and notices.

import { element, setText } from "./dom";
import type { Failure } from "./protocol";

export class FailureBox {
  readonly element: HTMLElement;
  #where = element("span", { className: "vw-failure-where" });
  #summary = element("strong", { className: "vw-failure-summary" });
  #traceback = element("pre", { className: "vw-traceback", tabIndex: 0 });

  constructor(resume: () => void) {
    const again = element("button", { type: "button", className: "vw-button", textContent: "Resume" });
    again.title = "Run the callback again";
    again.addEventListener("click", resume);
    const details = element("details", {}, element("summary", { textContent: "Traceback" }), this.#traceback);
    const words = element("div", { className: "vw-failure-words" }, this.#summary, this.#where);
    this.element = element("section", { className: "vw-failure", hidden: true }, words, again, details);
    this.element.setAttribute("role", "alert");
  }

  update(failure: Failure | null): void {
    this.element.hidden = failure === null;
    if (failure === null) return;
    setText(this.#summary, failure.summary);
    setText(this.#where, `raised in ${failure.where}. The training is paused and nothing of it is lost.`);
    setText(this.#traceback, failure.traceback);
  }
}

export class Notices {
  readonly element = element("div", { className: "vw-notices", hidden: true });
  #dismissed = new Set<string>();

  update(notices: readonly string[]): void {
    const shown = notices.filter((notice) => !this.#dismissed.has(notice));
    this.element.replaceChildren(...shown.map((notice) => this.#line(notice)));
    this.element.hidden = shown.length === 0;
  }

  #line(notice: string): HTMLElement {
    const close = element("button", { type: "button", className: "vw-dismiss", textContent: "×" });
    close.setAttribute("aria-label", "Dismiss");
    const line = element("div", { className: "vw-notice" }, element("span", { textContent: notice }), close);
    close.addEventListener("click", () => {
      this.#dismissed.add(notice);
      line.remove();
      this.element.hidden = this.element.childElementCount === 0;
    });
    return line;
  }
}
