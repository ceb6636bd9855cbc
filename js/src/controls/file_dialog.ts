// A button and drop target that upload a file to the kernel.

import { element, setText } from "../base/dom";
import { sizeText } from "../files/files";
import type { FileDialog } from "../wire/protocol";
import type { Sender } from "./change";
import { type ControlView, showName, spokenName } from "./control";

export class FileDialogView implements ControlView<FileDialog> {
  readonly element: HTMLElement;
  #button = element("button", { className: "vw-button", type: "button" });
  #input = element("input", { type: "file", hidden: true, tabIndex: -1 });
  #words = element("span", { className: "vw-file-words" });
  #bar = element("progress", { className: "vw-file-bar", max: 1, hidden: true });
  #cancel = element("button", {
    className: "vw-dismiss",
    type: "button",
    textContent: "×",
    hidden: true,
    title: "Stop sending",
    attributes: { "aria-label": "Stop sending" },
  });
  #sender: Sender;
  #spec: FileDialog;
  #stop: (() => void) | null = null;
  #error = "";

  constructor(spec: FileDialog, sender: Sender) {
    this.#spec = spec;
    this.#sender = sender;
    this.#words.setAttribute("role", "status");
    this.element = element(
      "div",
      { className: "vw-control vw-file" },
      this.#button,
      this.#input,
      this.#bar,
      this.#cancel,
      this.#words,
    );
    this.#button.addEventListener("click", () => this.#input.click());
    this.#input.addEventListener("change", () => {
      this.#choose(this.#input.files);
      this.#input.value = ""; // the same file may be chosen again
    });
    this.#cancel.addEventListener("click", () => this.#stop?.());
    this.#listenToDrops();
    this.update(spec);
  }

  #listenToDrops(): void {
    const over = (is: boolean) => this.element.classList.toggle("vw-drop", is);
    for (const name of ["dragenter", "dragover"] as const) {
      this.element.addEventListener(name, (event) => {
        if (event.dataTransfer?.types.includes("Files") !== true) return;
        event.preventDefault(); // otherwise the browser would open the file instead of the notebook
        event.stopPropagation();
        over(true);
      });
    }
    this.element.addEventListener("dragleave", (event) => {
      if (!this.element.contains(event.relatedTarget as Node | null)) over(false);
    });
    this.element.addEventListener("drop", (event) => {
      event.preventDefault();
      event.stopPropagation();
      over(false);
      this.#choose(event.dataTransfer?.files ?? null);
    });
  }

  #choose(files: FileList | null): void {
    const file = files?.[0];
    if (file === undefined) return; // the dialog was cancelled
    this.#stop?.();
    this.#error = this.#refusal(file, files?.length ?? 1);
    if (this.#error === "") {
      const { files, place } = this.#sender;
      this.#stop = files.upload(place, file, (share, error) => this.#progress(file, share, error));
    }
    this.#show();
  }

  #refusal({ name, size }: File, count: number): string {
    const most = this.#spec.most_bytes;
    if (count > 1) return `One file at a time, not ${count}`;
    return size > most
      ? `${name} is too large: ${sizeText(size)}, at most ${sizeText(most)} can be sent`
      : "";
  }

  #progress(file: File, share: number | null, error: string): void {
    if (share === null) {
      this.#stop = null;
      this.#error = error;
      if (this.#bar.value === 1 && error === "") this.#arrived(file);
      else this.#show();
      return;
    }
    this.#bar.value = share;
    setText(this.#words, `${file.name} · ${Math.round(share * 100)}% of ${sizeText(file.size)}`);
    this.#busy(true);
  }

  // The kernel will soon report the name under which it keeps the file.
  #arrived(file: File): void {
    setText(this.#words, `${file.name} · ${sizeText(file.size)}`);
    this.#busy(false);
  }

  #busy(busy: boolean): void {
    const focused = (this.#cancel.getRootNode() as Document | ShadowRoot).activeElement === this.#cancel;
    this.#bar.hidden = !busy;
    this.#cancel.hidden = !busy;
    if (focused && !busy) this.#button.focus({ preventScroll: true }); // a hidden element loses the focus
    this.element.classList.toggle("vw-wrong", this.#error !== "");
    this.#words.title = this.#words.textContent ?? "";
  }

  // During an upload the text shows its progress instead.
  #show(): void {
    if (this.#stop !== null) return;
    const { name, size } = this.#spec;
    const there = name === "" ? "No file chosen" : `${name} · ${sizeText(size)}`;
    setText(this.#words, this.#error || there);
    this.#busy(false);
  }

  update(spec: FileDialog): void {
    if (spec.name !== this.#spec.name || spec.size !== this.#spec.size) this.#error = "";
    this.#spec = spec;
    showName(this.#button, spec);
    this.#button.title = spec.title;
    for (const part of [this.#bar, this.#input]) part.setAttribute("aria-label", spokenName(spec));
    if (this.#input.accept !== spec.extensions.join()) this.#input.accept = spec.extensions.join();
    this.#show();
  }

  destroy(): void {
    this.#stop?.();
    this.element.remove();
  }
}
