// Fetches files from the kernel part by part, and has the browser save them.

import type { Chunk } from "../wire/protocol";
import type { ProgressListener } from "./files";

export interface DownloadEvents {
  fetch(token: string, offset: number): void;
  save(name: string, file: Blob): void;
}

interface Fetching {
  parts: Uint8Array<ArrayBuffer>[];
  told: ProgressListener;
}

export class Downloads {
  #events: DownloadEvents;
  #running = new Map<string, Fetching>();

  constructor(events: DownloadEvents) {
    this.#events = events;
  }

  start(token: string, told: ProgressListener): void {
    if (this.#running.has(token)) return;
    this.#running.set(token, { parts: [], told });
    told(0, "");
    this.#events.fetch(token, 0);
  }

  take(chunk: Chunk, buffers: readonly DataView[]): void {
    const { token, name, size, offset, error } = chunk;
    const fetching = this.#running.get(token);
    if (fetching === undefined || offset !== length(fetching.parts)) return;
    const { parts, told } = fetching;
    const data = buffers[chunk.buffer];
    if (error !== "" || data === undefined) {
      this.#end(token, error || "The file did not arrive");
      return;
    }
    // A copy, because the host may reuse its buffer.
    parts.push(new Uint8Array(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength).slice());
    const there = length(parts);
    if (there >= size) {
      this.#events.save(name, new Blob(parts));
      this.#end(token, "");
    } else if (data.byteLength === 0) {
      this.#end(token, `The file ended after ${there} of ${size} bytes`);
    } else {
      told(there / size, "");
      this.#events.fetch(token, there);
    }
  }

  /** Ends every download with `error`. */
  fail(error: string): void {
    for (const token of this.#running.keys()) this.#end(token, error);
  }

  #end(token: string, error: string): void {
    const fetching = this.#running.get(token);
    this.#running.delete(token);
    fetching?.told(null, error);
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
  setTimeout(() => URL.revokeObjectURL(url), 10_000); // by then the browser has begun to read it
}
