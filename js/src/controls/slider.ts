// Sliders, of floats and of integers: a track for the hand, a field for an exact number.

import { element, setText } from "../dom";
import { short } from "../numbers";
import type { Control, Slider, SliderInt } from "../protocol";
import { Change, type Sender } from "./change";
import { type ControlView, labelled, OWN_KEYS, visibleLabel } from "./control";
import { clamp, fromTrack, keyStep, rounded, toTrack } from "./scale";

type Spec = Slider | SliderInt;

export class SliderView implements ControlView {
  readonly element: HTMLElement;
  #label: HTMLLabelElement;
  #track = element("input", { type: "range", attributes: { min: "0", max: "1", ...OWN_KEYS } });
  #field = element("input", {
    type: "text",
    inputMode: "decimal",
    className: "vw-field",
    attributes: { autocomplete: "off", ...OWN_KEYS },
  });
  #change: Change;
  #spec: Spec;
  #value: number;

  constructor(spec: Spec, sender: Sender) {
    this.#spec = spec;
    this.#value = spec.value;
    this.#change = new Change(sender);
    const { row, label } = labelled("slider", [this.#track, this.#field]);
    this.element = row;
    this.#label = label;
    this.#listen();
    this.update(spec);
    this.#show(spec.value);
  }

  #listen(): void {
    const track = this.#track;
    track.addEventListener("input", () => this.#take(fromTrack(Number(track.value), this.#range)));
    track.addEventListener("pointerdown", () => this.#hold(true));
    for (const end of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) {
      track.addEventListener(end, () => this.#hold(false));
    }
    this.#field.addEventListener("focus", () => {
      this.#change.held = true;
      this.#field.select();
    });
    this.#field.addEventListener("change", () => this.#typed());
    this.#field.addEventListener("blur", () => {
      this.#change.held = false;
      this.#show(this.#value);
    });
    this.#field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#typed();
      else if (event.key === "Escape") this.#show(this.#value);
    });
  }

  get #range() {
    const spec = this.#spec;
    if (spec.kind === "slider") return spec;
    return { min: spec.min, max: spec.max, log: false, step: 1 };
  }

  #hold(held: boolean): void {
    this.#change.held = held;
    if (!held) this.#change.flush();
  }

  #take(value: number): void {
    const exact = this.#spec.kind === "slider_int" ? Math.round(value) : value;
    this.#show(exact, false);
    this.#change.make(exact);
  }

  #typed(): void {
    const value = Number(this.#field.value.trim().replace(",", "."));
    if (this.#field.value.trim() === "" || !Number.isFinite(value)) {
      this.#show(this.#value);
      return;
    }
    const { min, max, step } = this.#range;
    const next = step > 0 ? rounded(value, this.#range) : clamp(value, min, max);
    if (next !== this.#value) this.#take(next);
    this.#show(next);
  }

  // The thumb is left alone where it moved by itself: rounding the value must not pull it from under the pointer.
  #show(value: number, moveThumb = true): void {
    this.#value = value;
    if (moveThumb) this.#track.value = String(toTrack(value, this.#range));
    const text = this.#spec.kind === "slider_int" ? String(value) : short(value);
    this.#track.setAttribute("aria-valuetext", text);
    if (
      this.#field.value !== text &&
      !(this.#change.held && document.activeElement === this.#field && moveThumb)
    ) {
      this.#field.value = text;
    }
    this.#track.style.setProperty("--vw-part", String(toTrack(value, this.#range)));
  }

  update(control: Control): void {
    const spec = control as Spec;
    this.#spec = spec;
    setText(this.#label, visibleLabel(spec.label));
    this.#label.title = visibleLabel(spec.label);
    this.#field.setAttribute("aria-label", `${visibleLabel(spec.label)}, exact value`);
    this.#field.title = `${short(spec.min)} to ${short(spec.max)}`;
    const step = keyStep(this.#range);
    this.#track.step = step === 0.01 ? "any" : String(step);
    if (this.#change.accepts(spec.origin, spec.revision)) this.#show(spec.value);
  }

  destroy(): void {
    this.#change.destroy();
    this.element.remove();
  }
}
