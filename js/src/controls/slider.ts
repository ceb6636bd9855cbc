// Sliders, of floats and of integers: a track for the hand, a field for an exact number.

import { element } from "../base/dom";
import { exact, typed } from "../base/numbers";
import type { Slider, SliderInt } from "../wire/protocol";
import { Change, type Sender } from "./change";
import { type ControlView, labelled, type Named, spokenName } from "./control";
import { listenToField } from "./exact_field";
import type { Said } from "./said";
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

type Spec = Slider | SliderInt;

/** Parts of the track at which values have as many digits as anywhere. */
const SAMPLES = [0, 0.123, 1 / 3, 0.789, 1];
/** How many steps each key moves the value in the field. The track has the browser's own keys. */
const KEYS: Readonly<Record<string, number>> = { ArrowUp: 1, ArrowDown: -1, PageUp: 10, PageDown: -10 };
/** What has the track go back to the default. */
const RESET_KEYS: readonly string[] = ["Delete", "Backspace"];
const ENDS = ["pointerup", "pointercancel"] as const;

export class SliderView implements ControlView<Spec> {
  readonly element: HTMLElement;
  #name: (spec: Named) => void;
  #track = element("input", { type: "range", min: "0" });
  #field = element("input", {
    type: "text",
    inputMode: "decimal",
    className: "vw-field",
    attributes: { autocomplete: "off" },
  });
  #change: Change;
  #said: Said;
  #spec: Spec;
  #value: number;
  #dragged = false;

  constructor(spec: Spec, sender: Sender) {
    this.#spec = spec;
    this.#value = spec.value;
    const { row, name, said, waiting } = labelled("slider", this.#track, this.#field);
    this.#change = new Change(sender, waiting);
    this.element = row;
    this.#name = name;
    this.#said = said;
    this.#listenToTrack();
    this.#listenToField();
    this.update(spec);
  }

  #listenToTrack(): void {
    const track = this.#track;
    track.addEventListener("input", () => {
      this.#said.clear("changed", "refused");
      this.#take(fromTrack(Number(track.value), this.#range));
    });
    track.addEventListener("change", () => this.#change.flush());
    track.addEventListener("dblclick", () => this.#reset());
    track.addEventListener("keydown", (event) => {
      if (!RESET_KEYS.includes(event.key)) return;
      event.preventDefault();
      this.#reset();
    });
    // The hand lets go where the pointer goes up, wherever that is. That the focus moves on, as it does when a cell is
    // run, is no letting go; nor that it leaves the field, as it does when the hand goes from there to the track.
    track.addEventListener("pointerdown", () => {
      this.#dragged = true;
      this.#change.held = true;
      for (const end of ENDS) addEventListener(end, this.#letGo, true);
    });
  }

  #listenToField(): void {
    listenToField(this.#field, {
      hold: () => {
        this.#change.held = true;
      },
      text: () => this.#text,
      edited: () => this.#said.clear("changed", "refused"),
      typed: () => this.#typed(),
      release: () => this.#release(),
    });
    this.#field.addEventListener("keydown", (event) => {
      const step = KEYS[event.key];
      if (step === undefined) return;
      event.preventDefault();
      this.#typed();
      this.#enter(nudged(this.#value, step, this.#range));
    });
  }

  /** Back to the default, where the kernel has told of one. */
  #reset(): void {
    const { initial } = this.#spec;
    if (initial === null) return;
    this.#said.clear("changed", "refused");
    this.#enter(initial);
    this.#change.flush();
  }

  get #range(): Range {
    const spec = this.#spec;
    return spec.kind === "slider" ? spec : { min: spec.min, max: spec.max, log: false, step: 1 };
  }

  get #text(): string {
    return this.#written(this.#value);
  }

  #written(value: number): string {
    return exact(value, digits(this.#range));
  }

  #letGo = (): void => {
    for (const end of ENDS) removeEventListener(end, this.#letGo, true);
    this.#dragged = false;
    this.#release();
  };

  // What the kernel said meanwhile was held back, and holds where the hand changed nothing.
  #release(): void {
    this.#change.held = this.#dragged;
    this.#change.flush();
    this.#follow();
  }

  #typed(): void {
    const text = this.#field.value;
    const value = typed(text, this.#spec.kind === "slider_int");
    const shown = Number(this.#text); // perhaps shorter than the value itself, which then holds
    if (Number.isNaN(value) && text.trim() !== "")
      this.#said.show("refused", `“${text}” is not a number; ${this.#text} stays`);
    if (Number.isNaN(value) || value === shown) {
      this.#field.value = this.#text;
      return;
    }
    const { min, max, step } = this.#range;
    const meant = step > 0 ? rounded(value, this.#range) : clamp(value, min, max);
    this.#enter(meant);
    if (meant !== value) this.#said.show("changed", this.#why(value));
  }

  /** Why what was typed as `value` has become what is shown. */
  #why(value: number): string {
    const { min, max, step } = this.#range;
    const range = `range ${this.#written(min)} to ${this.#written(max)}`;
    if (value < min || value > max) return `Clamped to ${this.#text} (${range})`;
    return step === 1 ? `Rounded to ${this.#text}` : `Rounded to ${this.#text} (steps of ${step})`;
  }

  #enter(value: number): void {
    if (value !== this.#value) this.#take(value);
    this.#track.value = String(toTrack(value, this.#range));
    this.#field.value = this.#text;
  }

  // The thumb stays where the hand has moved it: rounding the value must not pull it from under the pointer.
  #take(value: number): void {
    this.#show(value);
    this.#change.make(value);
  }

  #show(value: number): void {
    this.#value = value;
    const place = toTrack(value, this.#range);
    this.#track.setAttribute("aria-valuetext", this.#text);
    this.#track.style.setProperty("--vw-part", String(place / length(this.#range)));
    this.#field.value = this.#text;
  }

  #follow(): void {
    const { value, origin, revision } = this.#spec;
    if (!this.#change.accepts(origin, revision) || value === this.#value) return;
    this.#said.clear("changed", "refused"); // which was of another value
    this.#show(value);
    this.#track.value = String(toTrack(value, this.#range));
  }

  update(spec: Spec): void {
    const before = this.#range;
    this.#spec = spec;
    this.#name(spec);
    this.#field.setAttribute("aria-label", `${spokenName(spec)}, exact value`);
    this.#field.title = `${this.#written(spec.min)} to ${this.#written(spec.max)}`;
    if (this.#track.max === "" || !same(before, this.#range)) this.#divide();
    this.#showDefault();
    this.#follow();
  }

  #divide(): void {
    this.#track.max = String(length(this.#range));
    this.#track.step = steps(this.#range) > 0 ? "1" : "any"; // browsers take a hundredth for an arrow key
    const texts = SAMPLES.map((part) => this.#written(fromTrack(part * length(this.#range), this.#range)));
    const longest = Math.max(...texts.map((text) => text.length));
    this.element.style.setProperty("--vw-field", `max(80px, ${longest}ch + 8px)`);
    this.#show(this.#value);
    this.#track.value = String(toTrack(this.#value, this.#range));
  }

  #showDefault(): void {
    const { initial } = this.#spec;
    if (initial === null) return; // a replay of an earlier version
    const place = toTrack(initial, this.#range) / length(this.#range);
    this.#track.style.setProperty("--vw-default", String(place));
    this.#track.title = `Double click or Delete: back to ${this.#written(initial)}`;
  }

  destroy(): void {
    for (const end of ENDS) removeEventListener(end, this.#letGo, true);
    this.#change.destroy();
    this.element.remove();
  }
}

function same(a: Range, b: Range): boolean {
  return a.min === b.min && a.max === b.max && a.log === b.log && a.step === b.step;
}
