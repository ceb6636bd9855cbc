// What is recorded: how far each file is, and a link to download it once it is saved.

import { element, OWN_KEYS, setText } from "./dom";
import { Downloads, save } from "./download";
import { fixed, grouped } from "./numbers";
import type { Chunk, RecordingStatus } from "./protocol";

const WORDS: Record<RecordingStatus["state"], string> = {
  recording: "Recording",
  saving: "Saving",
  saved: "Saved",
  failed: "Not saved:",
  empty: "Nothing to save:",
};

export class Recordings {
  readonly element = element("div", { className: "vw-recordings", hidden: true });
  #lines = new Map<string, Line>();
  #downloads: Downloads;

  constructor(fetch: (token: string, offset: number) => void) {
    this.#downloads = new Downloads({
      fetch,
      save,
      progress: (token, share, error) => {
        for (const line of this.#lines.values()) line.progress(token, share, error);
      },
    });
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

  take(chunk: Chunk, buffers: readonly DataView[]): void {
    this.#downloads.take(chunk, buffers);
  }

  #add(subject: string): Line {
    const line = new Line((token) => this.#downloads.start(token));
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
    attributes: OWN_KEYS,
  });
  #token = "";

  constructor(download: (token: string) => void) {
    this.element = element("div", { className: "vw-recording" }, this.#words, this.#numbers, this.#link);
    this.#link.addEventListener("click", () => download(this.#token));
  }

  update({ path, state, frames, seconds, bytes, token }: RecordingStatus): void {
    const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
    const tooLarge = state === "saved" && token === "";
    this.element.dataset.state = state;
    this.element.title = path;
    setText(this.#words, `${WORDS[state]} ${tooLarge ? path : name}`);
    const size = bytes < 1e6 ? `${fixed(bytes / 1e3, 0)} kB` : `${fixed(bytes / 1e6, 1)} MB`;
    setText(this.#numbers, `${grouped(frames)} frames · ${fixed(seconds, 1)} s · ${size}`);
    this.#numbers.hidden = state === "empty";
    this.#link.hidden = token === "";
    if (token !== this.#token) setText(this.#link, "Download");
    this.#token = token;
  }

  progress(token: string, share: number | null, error: string): void {
    if (token !== this.#token) return;
    this.#link.title = error;
    setText(
      this.#link,
      error !== "" ? "Not downloaded" : share === null ? "Download" : `${Math.round(share * 100)}%`,
    );
  }
}
