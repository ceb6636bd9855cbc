// What controls send in a test, and animation frames that pass when it says so.

import { vi } from "vitest";
import type { Sender } from "../src/controls/change";

/** Control, value and revision of every change since `begin`. */
export const sent: [string, unknown, number][] = [];
const frames: (() => void)[] = [];

/** For `beforeEach`: an empty page, nothing sent, no frame waiting. */
export function begin(): void {
  frames.length = 0;
  sent.length = 0;
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
});
