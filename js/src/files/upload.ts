// Sends files to the kernel part by part, with a bounded number of bytes in flight.

import type { Received, Upload } from "../wire/protocol";
import { uniqueId } from "../wire/unique_id";
import type { ControlPlace, ProgressListener } from "./files";

/** Size of a part in bytes. The kernel accepts up to twice as many. */
export const PART = 1 << 19;
/** Maximum bytes in flight: several parts, because a training answers only between its steps. */
export const AHEAD = 8 * PART;

export interface UploadEvents {
  send(part: Omit<Upload, "kind" | "client">, data: ArrayBuffer): void;
  cancel(upload: string): void;
}

export class Uploads {
  #events: UploadEvents;
  #running = new Map<string, Sending>();

  constructor(events: UploadEvents) {
    this.#events = events;
  }

  start(place: ControlPlace, file: File, told: ProgressListener): () => void {
    const upload = uniqueId();
    const sending = new Sending({ ...place, upload }, file, told, this.#events);
    this.#running.set(upload, sending);
    told(0, "");
    this.#go(upload, sending);
    return () => {
      if (this.#running.has(upload)) this.#end(upload, "");
    };
  }

  take({ upload, bytes, error }: Received): void {
    const sending = this.#running.get(upload);
    if (sending === undefined) return;
    if (error !== "") {
      this.#running.delete(upload);
      sending.end(error);
    } else if (sending.answered(bytes)) this.#running.delete(upload);
    else this.#go(upload, sending);
  }

  /** Ends every upload with `error`. */
  fail(error: string): void {
    for (const sending of this.#running.values()) sending.end(error);
    this.#running.clear();
  }

  // Reading fails if the file is changed, or its disk removed, during the upload.
  #go(upload: string, sending: Sending): void {
    sending.go().catch((problem) => this.#end(upload, `The file cannot be read: ${problem.message}`));
  }

  #end(upload: string, error: string): void {
    this.#running.get(upload)?.end(error);
    this.#running.delete(upload);
    this.#events.cancel(upload);
  }
}

class Sending {
  #place: Pick<Upload, "panel" | "control" | "upload">;
  #file: File;
  #told: ProgressListener;
  #events: UploadEvents;
  #sent = 0;
  #there = 0;
  #going = false;
  #over = false;

  constructor(
    place: Pick<Upload, "panel" | "control" | "upload">,
    file: File,
    told: ProgressListener,
    events: UploadEvents,
  ) {
    this.#place = place;
    this.#file = file;
    this.#told = told;
    this.#events = events;
  }

  /** Sends parts until enough are in flight. An empty file is sent as one empty part. */
  async go(): Promise<void> {
    if (this.#going) return;
    this.#going = true;
    const { name, size } = this.#file;
    const first = this.#sent === 0;
    for (let next = first; next || (this.#sent < size && this.#sent - this.#there < AHEAD); next = false) {
      const offset = this.#sent;
      const data = await this.#file.slice(offset, offset + PART).arrayBuffer();
      if (this.#over) return;
      this.#sent += data.byteLength;
      this.#events.send({ ...this.#place, name, size, offset, buffer: 0 }, data);
    }
    this.#going = false;
  }

  /** Notes that the kernel has received `bytes` of the file. Returns whether that is all of it. */
  answered(bytes: number): boolean {
    this.#there = Math.max(this.#there, bytes);
    const { size } = this.#file;
    this.#told(size === 0 ? 1 : this.#there / size, "");
    if (this.#there >= size) {
      this.end("");
      return true;
    }
    return false;
  }

  end(error: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#told(null, error);
  }
}
