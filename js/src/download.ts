// Fetches a file that the kernel offers, part by part, and hands it to the browser to save.

import type { Chunk } from "./protocol";

export interface DownloadEvents {
  fetch(token: string, offset: number): void;
  save(name: string, file: Blob): void;
  /** How much of it is there, 0 to 1; null once it is over. */
  progress(token: string, share: number | null, error: string): void;
}

export class Downloads {
  #events: DownloadEvents;
  #parts = new Map<string, Uint8Array<ArrayBuffer>[]>();

  constructor(events: DownloadEvents) {
    this.#events = events;
  }

  start(token: string): void {
    if (this.#parts.has(token)) return;
    this.#parts.set(token, []);
    this.#events.progress(token, 0, "");
    this.#events.fetch(token, 0);
  }

  take(chunk: Chunk, buffers: readonly DataView[]): void {
    const { token, name, size, offset, error } = chunk;
    const parts = this.#parts.get(token);
    if (parts === undefined || offset !== length(parts)) return;
    const data = buffers[chunk.buffer];
    if (error !== "" || data === undefined) {
      this.#end(token, error || "The file did not arrive");
      return;
    }
    // A copy: the host may use its buffer again.
    parts.push(new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength).slice());
    const there = length(parts);
    if (there < size && data.byteLength > 0) {
      this.#events.progress(token, there / size, "");
      this.#events.fetch(token, there);
      return;
    }
    this.#events.save(name, new Blob(parts));
    this.#end(token, "");
  }

  #end(token: string, error: string): void {
    this.#parts.delete(token);
    this.#events.progress(token, null, error);
  }
}

function length(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.byteLength, 0);
}

/** Has the browser save `file` as `name`. */
export function save(name: string, file: Blob): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000); // once the browser has begun to read it
}
