// What controls need to know of files on their way, whichever way that is.

import { fixed } from "../base/numbers";

/** How a file stands: the share that is there, 0 to 1, null once it is over; then `error` says why it failed, if so. */
export type ProgressListener = (share: number | null, error: string) => void;

/** A control, and the panel that it belongs to. */
export interface ControlPlace {
  readonly panel: string;
  readonly control: string;
}

export interface Files {
  /** Sends `file` to the control; returns what stops that. */
  upload(place: ControlPlace, file: File, told: ProgressListener): () => void;
  /** Fetches the file that the kernel offers by `token`, and has the browser save it. */
  download(token: string, told: ProgressListener): void;
}

/** Bytes as people say it. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  if (bytes < 1e6) return `${fixed(bytes / 1e3, bytes < 1e4 ? 1 : 0)} kB`;
  return `${fixed(bytes / 1e6, 1)} MB`;
}

/** The last part of a path of any system. */
export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}
