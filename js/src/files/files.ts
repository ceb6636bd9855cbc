// The interface for transferring files, and their sizes and names as text.

import { fixed } from "../base/numbers";

/** Called with the share transferred, 0 to 1, and finally with null and an `error`, which is empty on success. */
export type ProgressListener = (share: number | null, error: string) => void;

/** The ids of a control and its panel. */
export interface ControlPlace {
  readonly panel: string;
  readonly control: string;
}

export interface Files {
  /** Sends `file` to the control. Returns a function that cancels the upload. */
  upload(place: ControlPlace, file: File, told: ProgressListener): () => void;
  /** Fetches the file with this `token` from the kernel, and has the browser save it. */
  download(token: string, told: ProgressListener): void;
}

/** A number of bytes as text: "2.3 MB". */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  if (bytes < 1e6) return `${fixed(bytes / 1e3, bytes < 1e4 ? 1 : 0)} kB`;
  return `${fixed(bytes / 1e6, 1)} MB`;
}

/** The last part of a path, on any operating system. */
export function fileName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}
