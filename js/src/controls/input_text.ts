// A text field. Text typed by the user is never replaced by an older value from the kernel.

import { element } from "../base/dom";
import type { InputText } from "../wire/protocol";
import { Change, type Sender } from "./change";
import { type ControlView, labelled, type Named } from "./control";
import type { Said } from "./said";

export class InputTextView implements ControlView<InputText> {
  readonly element: HTMLElement;
  #name: (spec: Named) => void;
  #field = element("input", {
    type: "text",
    className: "vw-line-field",
    attributes: { autocomplete: "off", spellcheck: "false" },
  });
  #change: Change;
  #said: Said;
  #spec: InputText;

  constructor(spec: InputText, sender: Sender) {
    this.#spec = spec;
    const { row, name, said, waiting } = labelled("input", this.#field);
    this.#change = new Change(sender, waiting);
    this.element = row;
    this.#name = name;
    this.#said = said;
    this.#listen();
    this.update(spec);
  }

  #listen(): void {
    const field = this.#field;
    // Browsers truncate long text silently.
    field.addEventListener("beforeinput", (event) => {
      const { value, selectionStart, selectionEnd, maxLength } = field;
      const room = maxLength - value.length + (selectionEnd ?? 0) - (selectionStart ?? 0);
      if ((event.data ?? "").length > room) this.#said.show("changed", `Cut to ${maxLength} characters`);
      else this.#said.clear("changed");
    });
    field.addEventListener("input", () => {
      if (!this.#change.held) this.#change.make(field.value);
    });
    // An input method shows provisional text. It is sent, and may be replaced, when composition ends.
    field.addEventListener("compositionstart", () => {
      this.#change.held = true;
    });
    field.addEventListener("compositionend", () => {
      this.#change.held = false;
      this.#change.make(field.value);
    });
    field.addEventListener("change", () => this.#change.flush());
    field.addEventListener("blur", () => {
      this.#change.flush();
      this.#follow();
    });
  }

  get #focused(): boolean {
    return (this.#field.getRootNode() as Document | ShadowRoot).activeElement === this.#field;
  }

  #follow(): void {
    const { value, origin, revision } = this.#spec;
    const field = this.#field;
    if (!this.#change.accepts(origin, revision) || field.value === value) return;
    if (!this.#focused) {
      field.value = value;
      return;
    }
    if (!this.#change.settled) return; // the kernel has not acknowledged the user's text
    const { selectionStart, selectionEnd } = field;
    field.value = value;
    field.setSelectionRange(selectionStart, selectionEnd);
  }

  update(spec: InputText): void {
    this.#spec = spec;
    this.#name(this.#spec);
    if (this.#field.maxLength !== this.#spec.max_length) this.#field.maxLength = this.#spec.max_length;
    this.#follow();
  }

  destroy(): void {
    this.#change.destroy();
    this.element.remove();
  }
}
