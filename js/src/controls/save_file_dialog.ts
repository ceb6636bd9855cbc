// A name field and a button that requests a file of that name. The page downloads it when the program has written it.

import { element, setText } from "../base/dom";
import { fileName, type ProgressListener, sizeText } from "../files/files";
import type { SaveFileDialog } from "../wire/protocol";
import { Change, type Sender } from "./change";
import { type ControlView, showName, showWaiting, spokenName } from "./control";

export class SaveFileDialogView implements ControlView<SaveFileDialog> {
  readonly element: HTMLElement;
  #field = element("input", {
    type: "text",
    className: "vw-line-field",
    attributes: { autocomplete: "off", spellcheck: "false" },
  });
  #button = element("button", { className: "vw-button", type: "button" });
  #words = element("span", { className: "vw-file-words" });
  #link = element("button", { className: "vw-button", type: "button" });
  #sender: Sender;
  #spec: SaveFileDialog;
  #change: Change;
  #fetched = 0; // the last request whose file was downloaded automatically

  constructor(spec: SaveFileDialog, sender: Sender) {
    this.#spec = spec;
    this.#sender = sender;
    this.#change = new Change(sender, (waits) => showWaiting(this.#button, waits));
    this.#words.setAttribute("role", "status");
    const ask = element("div", { className: "vw-save-ask" }, this.#field, this.#button);
    const file = element("div", { className: "vw-save-file" }, this.#words, this.#link);
    this.element = element("div", { className: "vw-control vw-save" }, ask, file);
    this.#field.value = spec.suggested;
    this.#field.addEventListener("focus", () => this.#selectStem());
    this.#field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.isComposing) this.#ask();
    });
    this.#button.addEventListener("click", () => this.#ask());
    this.#link.addEventListener("click", () => this.#fetch());
    this.update(spec);
  }

  // As in file managers, typing replaces the name and keeps the extension.
  #selectStem(): void {
    const dot = this.#field.value.lastIndexOf(".");
    this.#field.setSelectionRange(0, dot > 0 ? dot : this.#field.value.length);
  }

  #ask(): void {
    const name = this.#field.value.trim();
    if (name === "") {
      this.#field.value = this.#spec.suggested;
      this.#field.focus();
      return;
    }
    this.#change.make(name);
    this.#change.flush();
  }

  #fetch(): void {
    const { token } = this.#spec;
    const told: ProgressListener = (share, error) => {
      if (token !== this.#spec.token) return;
      this.#link.title = error;
      const over = error === "" ? "Download" : "Not downloaded";
      setText(this.#link, share === null ? over : `${Math.round(share * 100)}%`);
    };
    this.#sender.files.download(token, told);
  }

  update(spec: SaveFileDialog): void {
    const before = this.#spec.token;
    this.#spec = spec;
    const { title, suggested, token, origin, revision } = this.#spec;
    showName(this.#button, this.#spec);
    this.element.title = title;
    this.#field.setAttribute("aria-label", `${spokenName(this.#spec)}: file name`);
    this.#field.placeholder = suggested;
    this.#link.hidden = token === "";
    if (token !== before || this.#link.textContent === "") setText(this.#link, "Download");
    setText(this.#words, this.#said());
    this.#words.title = this.#said();
    this.#change.accepts(origin, revision);
    const own =
      origin === this.#sender.wire.client && revision === this.#change.revision && revision > this.#fetched;
    if (token === "" || !own) return;
    this.#fetched = revision;
    this.#fetch();
  }

  #said(): string {
    const { state, path, size, token } = this.#spec;
    if (state === "ready") return "";
    if (state === "asked") return `${fileName(path)} has not been written yet`;
    const text = sizeText(size);
    return token === "" ? `Written, ${text}, too large to download: ${path}` : `${fileName(path)} · ${text}`;
  }

  destroy(): void {
    this.#change.destroy();
    this.element.remove();
  }
}
