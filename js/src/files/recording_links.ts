// One line for each recording: its progress, and a download button once it is saved.

import { element, setText } from "../base/dom";
import { fixed, grouped } from "../base/numbers";
import type { RecordingStatus } from "../wire/protocol";
import { type Files, fileName, type ProgressListener, sizeText } from "./files";

const WORDS: Record<RecordingStatus["state"], string> = {
  recording: "Recording",
  saving: "Saving",
  saved: "Saved",
  failed: "Not saved:",
  empty: "Nothing to save:",
};

export class RecordingLinks {
  readonly element = element("div", { className: "vw-recordings", hidden: true });
  #lines = new Map<string, Line>();
  #files: Files;

  constructor(files: Files) {
    this.#files = files;
  }

  update(recordings: readonly RecordingStatus[]): void {
    const subjects = new Set(recordings.map(({ subject }) => subject));
    for (const [subject, line] of this.#lines) {
      if (subjects.has(subject)) continue;
      line.element.remove();
      this.#lines.delete(subject);
    }
    for (const recording of recordings) {
      const line = this.#lines.get(recording.subject) ?? this.#add(recording.subject);
      line.update(recording);
    }
    this.element.hidden = recordings.length === 0;
  }

  #add(subject: string): Line {
    const line = new Line(this.#files);
    this.#lines.set(subject, line);
    this.element.append(line.element);
    return line;
  }
}

class Line {
  readonly element: HTMLElement;
  #words = element("span", { className: "vw-recording-words" });
  #numbers = element("span", { className: "vw-item" });
  #link = element("button", {
    type: "button",
    className: "vw-button",
    textContent: "Download",
  });
  #token = "";

  constructor(files: Files) {
    this.element = element("div", { className: "vw-recording" }, this.#words, this.#numbers, this.#link);
    this.#link.addEventListener("click", () => {
      const token = this.#token;
      files.download(token, (share, error) => {
        if (token === this.#token) this.#progress(share, error);
      });
    });
  }

  update({ path, state, frames, seconds, bytes, token }: RecordingStatus): void {
    const tooLarge = state === "saved" && token === "";
    this.element.dataset.state = state;
    this.element.title = path;
    setText(this.#words, `${WORDS[state]} ${tooLarge ? path : fileName(path)}`);
    setText(this.#numbers, `${grouped(frames)} frames · ${fixed(seconds, 1)} s · ${sizeText(bytes)}`);
    this.#numbers.hidden = state === "empty";
    this.#link.hidden = token === "";
    if (token !== this.#token) setText(this.#link, "Download");
    this.#token = token;
  }

  #progress: ProgressListener = (share, error) => {
    this.#link.title = error;
    setText(
      this.#link,
      error !== "" ? "Not downloaded" : share === null ? "Download" : `${Math.round(share * 100)}%`,
    );
  };
}
