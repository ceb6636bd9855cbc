// A thumb on the track of a slider, and the field for its exact value. A slider has one or two.

import { element } from "../base/dom";
import { exact, typed } from "../base/numbers";
import { listenToField } from "./exact_field";
import type { Tone } from "./said";
import {
  clamp,
  digits,
  fromTrack,
  length,
  nudged,
  type Range,
  rounded,
  steps,
  toTrack,
} from "./slider_scale";

/** Parts of the track at which values have as many digits as anywhere. */
const SAMPLES = [0, 0.123, 1 / 3, 0.789, 1];
/** How many steps each key moves the value in the field. The track has the browser's own keys. */
const KEYS: Readonly<Record<string, number>> = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
/** What has the track go back to the default. */
const RESET_KEYS: readonly string[] = ["Delete", "Backspace"];

/** What a slider is to its thumbs. */
export interface ThumbOwner {
  /** The range of the track. */
  readonly range: Range;
  /** Whether only whole numbers are meant. */
  readonly integers: boolean;
  /** How far `thumb` may go: another may stand in its way. */
  limits(thumb: Thumb): readonly [number, number];
  /** A hand has given `thumb` its value. */
  moved(thumb: Thumb): void;
  /** A hand has done with `thumb` for now: its value goes out. */
  done(): void;
  /** A hand has taken hold of `thumb`, or let go of it: see `held`. */
  touched(thumb: Thumb): void;
  /** A hand asks for the default. */
  reset(): void;
  /** Says what became of the last that was typed in the field of `thumb`. */
  say(tone: Tone, words: string, thumb: Thumb): void;
  /** What was said is of an earlier value. */
  unsay(): void;
}

export class Thumb {
  readonly track = element("input", { type: "range", min: "0" });
  readonly field = element("input", {
    type: "text",
    inputMode: "decimal",
    className: "vw-field",
    attributes: { autocomplete: "off" },
  });
  #owner: ThumbOwner;
  #value: number;
  #dragged = false;
  #typing = false;

  constructor(value: number, owner: ThumbOwner) {
    this.#value = value;
    this.#owner = owner;
    this.#listenToTrack();
    this.#listenToField();
  }

  #listenToTrack(): void {
    const track = this.track;
    track.addEventListener("input", () => this.drag(Number(track.value)));
    track.addEventListener("change", () => this.#owner.done());
    track.addEventListener("keydown", (event) => {
      if (!RESET_KEYS.includes(event.key)) return;
      event.preventDefault();
      this.#owner.reset();
    });
  }

  #listenToField(): void {
    listenToField(this.field, {
      hold: () => {
        this.#typing = true;
        this.#owner.touched(this);
      },
      text: () => this.text,
      edited: () => this.#owner.unsay(),
      typed: () => this.#typed(),
      release: () => {
        this.#typing = false;
        this.#owner.touched(this);
      },
    });
    this.field.addEventListener("keydown", (event) => {
      const step = KEYS[event.key];
      if (step === undefined) return;
      event.preventDefault();
      this.#typed();
      this.enter(this.#within(nudged(this.#value, step, this.#owner.range)));
    });
  }

  get value(): number {
    return this.#value;
  }

  /** The value as the field shows it. */
  get text(): string {
    return this.written(this.#value);
  }

  written(value: number): string {
    return exact(value, digits(this.#owner.range));
  }

  /** Where on the track it is, 0 to 1. */
  get part(): number {
    return toTrack(this.#value, this.#owner.range) / length(this.#owner.range);
  }

  /** Whether a hand is on it, or on its field. */
  get held(): boolean {
    return this.#dragged || this.#typing;
  }

  /** Whether a hand drags it. */
  set dragged(dragged: boolean) {
    this.#dragged = dragged;
    if (!dragged) this.#typing = false;
    this.#owner.touched(this);
  }

  #within(value: number): number {
    const [low, high] = this.#owner.limits(this);
    return clamp(value, low, high);
  }

  /** A hand has moved it to `place` of the track. The track shows it there, and not where the rounded value is, unless
   *  another stands in its way. */
  drag(place: number): void {
    this.#owner.unsay();
    const meant = fromTrack(place, this.#owner.range);
    const value = this.#within(meant);
    this.#take(value);
    if (value !== meant) this.#place();
  }

  #typed(): void {
    const text = this.field.value;
    const value = typed(text, this.#owner.integers);
    const shown = Number(this.text); // perhaps shorter than the value itself, which then holds
    if (Number.isNaN(value) && text.trim() !== "")
      this.#owner.say("refused", `“${text}” is not a number; ${this.text} stays`, this);
    if (Number.isNaN(value) || value === shown) {
      this.field.value = this.text;
      return;
    }
    const { range } = this.#owner;
    const meant = this.#within(range.step > 0 ? rounded(value, range) : clamp(value, range.min, range.max));
    this.enter(meant);
    if (meant !== value) this.#owner.say("changed", this.#why(value), this);
  }

  /** Why what was typed as `value` has become what is shown. */
  #why(value: number): string {
    const [low, high] = this.#owner.limits(this);
    const { step } = this.#owner.range;
    if (value < low || value > high)
      return `Clamped to ${this.text} (range ${this.written(low)} to ${this.written(high)})`;
    return step === 1 ? `Rounded to ${this.text}` : `Rounded to ${this.text} (steps of ${step})`;
  }

  /** A hand means exactly `value`. */
  enter(value: number): void {
    if (value !== this.#value) this.#take(value);
    this.#place();
    this.field.value = this.text;
  }

  #take(value: number): void {
    this.#show(value);
    this.#owner.moved(this);
  }

  #place(): void {
    this.track.value = String(toTrack(this.#value, this.#owner.range));
  }

  #show(value: number): void {
    this.#value = value;
    this.track.setAttribute("aria-valuetext", this.text);
    this.field.value = this.text;
  }

  /** Shows `value`, which no hand has made. */
  follow(value: number): void {
    this.#show(value);
    this.#place();
  }

  /** The range is another. Returns how many characters its values have. */
  divide(): number {
    const { range } = this.#owner;
    this.track.max = String(length(range));
    this.track.step = steps(range) > 0 ? "1" : "any"; // browsers take a hundredth for an arrow key
    this.follow(this.#value);
    return Math.max(...SAMPLES.map((part) => this.written(fromTrack(part * length(range), range)).length));
  }

  /** Marks where the default is. */
  mark(initial: number): void {
    const { range } = this.#owner;
    this.track.style.setProperty("--vw-default", String(toTrack(initial, range) / length(range)));
  }

  /** Calls the thumb `name`. */
  name(name: string, range: Range): void {
    this.field.setAttribute("aria-label", `${name}, exact value`);
    this.field.title = `${this.written(range.min)} to ${this.written(range.max)}`;
  }
}

export function sameRange(a: Range, b: Range): boolean {
  return a.min === b.min && a.max === b.max && a.log === b.log && a.step === b.step;
}
