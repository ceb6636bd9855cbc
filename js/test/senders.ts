// A fake wire that records what controls send, and animation frames that a test triggers.

import { vi } from "vitest";
import type { Sender } from "../src/controls/change";
import type { Files, ProgressListener } from "../src/files/files";
import type { Wire } from "../src/wire/connection";

/** Control, value and revision of every change since `begin`. */
export const sent: [string, unknown, number][] = [];
/** Every file that a control has sent since `begin`. */
export const uploads: { control: string; file: File; told: ProgressListener; stopped: boolean }[] = [];
/** Token and listener of every download since `begin`. */
export const downloads: [string, ProgressListener][] = [];
const frames: (() => void)[] = [];

/** For `beforeEach`: clears the page, everything recorded, and pending animation frames. */
export function begin(): void {
  frames.length = 0;
  sent.length = 0;
  uploads.length = 0;
  downloads.length = 0;
  document.body.replaceChildren();
  vi.stubGlobal("requestAnimationFrame", (callback: () => void) => frames.push(callback));
  vi.stubGlobal("cancelAnimationFrame", () => frames.splice(0));
}

/** Runs the next animation frame. */
export function frame(): void {
  for (const callback of frames.splice(0)) callback();
}

/** The wire of the page "me". */
export const wire: Wire = {
  client: "me",
  send: (message) => {
    if (message.kind !== "set_control") throw new Error(`a control has sent ${message.kind}`);
    sent.push([message.control, message.value, message.revision]);
  },
};

export const files: Files = {
  upload: ({ control }, file, told) => {
    const upload = { control, file, told, stopped: false };
    uploads.push(upload);
    told(0, "");
    return () => {
      upload.stopped = true;
      told(null, "");
    };
  },
  download: (token, told) => downloads.push([token, told]),
};

export const sender = (control: string): Sender => ({
  wire,
  files,
  place: { panel: "p", control },
  again: () => {},
  made: () => {},
});
