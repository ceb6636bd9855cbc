// A slider's thumb with the field for its exact value. A slider has one or two of them.

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

/** Positions, as fractions of the track, whose values are likely to be the longest. */
const SAMPLES = [0, 0.123, 1 / 3, 0.789, 1];
/** The steps by which each key changes the value in the field. The track keeps the browser's own keys. */
const KEYS: Readonly<Record<string, number>> = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
/** Keys on the track that restore the default. */
const RESET_KEYS: readonly string[] = ["Delete", "Backspace"];

/** The slider that a thumb belongs to. */
export interface ThumbOwner {
  /** The range of the track. */
  readonly range: Range;
  /** True if the values are integers. */
  readonly integers: boolean;
  /** The values between which `thumb` may move. Another thumb may limit it. */
  limits(thumb: Thumb): readonly [number, number];
  /** The user has moved `thumb`. */
  moved(thumb: Thumb): void;
  /** The user has finished a change, which should be sent at once. */
  done(): void;
  /** The user has started or stopped holding `thumb`; see `held`. */
  touched(thumb: Thumb): void;
  /** Restores the default. */
  reset(): void;
  /** Shows a message about the text typed into the field of `thumb`. */
  say(tone: Tone, words: string, thumb: Thumb): void;
  /** Removes a message about an earlier value. */
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
      if (step === undefined || event.isComposing) return;
      event.preventDefault();
      this.#typed();
      this.enter(this.#within(nudged(this.#value, step, this.#owner.range)));
    });
  }

  get value(): number {
    return this.#value;
  }

  /** The value as shown in the field. */
  get text(): string {
    return this.written(this.#value);
  }

  written(value: number): string {
    return exact(value, digits(this.#owner.range));
  }

  /** Its position on the track, 0 to 1. */
  get part(): number {
    return toTrack(this.#value, this.#owner.range) / length(this.#owner.range);
  }

  /** True while the user drags it or edits its field. */
  get held(): boolean {
    return this.#dragged || this.#typing;
  }

  /** True while the user drags it. */
  set dragged(dragged: boolean) {
    this.#dragged = dragged;
    if (!dragged) this.#typing = false;
    this.#owner.touched(this);
  }

  #within(value: number): number {
    const [low, high] = this.#owner.limits(this);
    return clamp(value, low, high);
  }

  /** Moves it to the position `place` on the user's behalf. The track keeps that exact position, not the position of
   *  the rounded value, unless a limit stopped the thumb. */
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
    const shown = Number(this.text); // may have fewer digits than the value, which is then kept
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

  /** Explains why the typed `value` was adjusted. */
  #why(value: number): string {
    const [low, high] = this.#owner.limits(this);
    const { step } = this.#owner.range;
    if (value < low || value > high)
      return `Clamped to ${this.text} (range ${this.written(low)} to ${this.written(high)})`;
    return step === 1 ? `Rounded to ${this.text}` : `Rounded to ${this.text} (steps of ${step})`;
  }

  /** Sets the exact `value` on the user's behalf. */
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

  /** Shows a value that does not come from the user. */
  follow(value: number): void {
    this.#show(value);
    this.#place();
  }

  /** Adapts the track to a new range. Returns the length of its longest values in characters. */
  divide(): number {
    const { range } = this.#owner;
    this.track.max = String(length(range));
    this.track.step = steps(range) > 0 ? "1" : "any"; // browsers then move it by a hundredth for each arrow key
    this.follow(this.#value);
    return Math.max(...SAMPLES.map((part) => this.written(fromTrack(part * length(range), range)).length));
  }

  /** Marks the default on the track. */
  mark(initial: number): void {
    const { range } = this.#owner;
    this.track.style.setProperty("--vw-default", String(toTrack(initial, range) / length(range)));
  }

  /** Sets the accessible name of the field, and its tooltip. */
  name(name: string, range: Range): void {
    this.field.setAttribute("aria-label", `${name}, exact value`);
    this.field.title = `${this.written(range.min)} to ${this.written(range.max)}`;
  }
}

export function sameRange(a: Range, b: Range): boolean {
  return a.min === b.min && a.max === b.max && a.log === b.log && a.step === b.step;
}
