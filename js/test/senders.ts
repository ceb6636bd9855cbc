// What controls send in a test, and animation frames that pass when it says so.

import { vi } from "vitest";
import type { Sender } from "../src/controls/change";
import type { Told } from "../src/files/files";

/** Control, value and revision of every change since `begin`. */
export const sent: [string, unknown, number][] = [];
/** Every file that a control has sent since `begin`. */
export const uploads: { control: string; file: File; told: Told; stopped: boolean }[] = [];
/** Token and listener of every file that was asked for since `begin`. */
export const downloads: [string, Told][] = [];
const frames: (() => void)[] = [];

/** For `beforeEach`: an empty page, nothing sent, no frame waiting. */
export function begin(): void {
  frames.length = 0;
  sent.length = 0;
  uploads.length = 0;
  downloads.length = 0;
  document.body.replaceChildren();
  vi.stubGlobal("requestAnimationFrame", (callback: () => void) => frames.push(callback));
  vi.stubGlobal("cancelAnimationFrame", () => frames.splice(0));
}

/** The next animation frame. */
export function frame(): void {
  for (const callback of frames.splice(0)) callback();
}

export const sender = (control: string): Sender => ({
  client: "me",
  send: (value, revision) => sent.push([control, value, revision]),
  upload: (file, told) => {
    const upload = { control, file, told, stopped: false };
    uploads.push(upload);
    told(0, "");
    return () => {
      upload.stopped = true;
      told(null, "");
    };
  },
  download: (token, told) => downloads.push([token, told]),
  again: () => {},
  made: () => {},
});
