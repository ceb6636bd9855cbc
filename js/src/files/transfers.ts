// All uploads and downloads of one page. They fail when the kernel disconnects.

import type { Wire } from "../wire/connection";
import type { Chunk, Received } from "../wire/protocol";
import { Downloads, save } from "./download";
import type { ControlPlace, Files, ProgressListener } from "./files";
import { Uploads } from "./upload";

const NO_SENDER = "No kernel is connected to send the file";
const NO_RECEIVER = "No kernel is connected to take the file";
const RECEIVER_GONE = "The kernel that would take the rest of the file is gone";

export class Transfers implements Files {
  #downloads: Downloads;
  #uploads: Uploads;
  #live = true;

  constructor(wire: Wire) {
    this.#downloads = new Downloads({
      fetch: (token, offset) => wire.send({ kind: "fetch", token, offset }),
      save,
    });
    this.#uploads = new Uploads({
      send: (part, data) => wire.send({ kind: "upload", ...part }, [data]),
      cancel: (upload) => wire.send({ kind: "cancel_upload", upload }),
    });
  }

  upload(place: ControlPlace, file: File, told: ProgressListener): () => void {
    if (this.#live) return this.#uploads.start(place, file, told);
    told(null, NO_RECEIVER); // a file can still be dropped on a disabled control
    return () => {};
  }

  download(token: string, told: ProgressListener): void {
    if (this.#live) this.#downloads.start(token, told);
    else told(null, NO_SENDER);
  }

  /** Handles the next part of a download. */
  takeChunk(chunk: Chunk, buffers: readonly DataView[]): void {
    this.#downloads.take(chunk, buffers);
  }

  /** Handles the kernel's answer to a part of an upload. */
  takeReceived(received: Received): void {
    this.#uploads.take(received);
  }

  /** Whether a kernel is connected. Every transfer fails without one. */
  set live(live: boolean) {
    this.#live = live;
    if (live) return;
    this.#uploads.fail(RECEIVER_GONE);
    this.#downloads.fail(NO_SENDER);
  }
}
