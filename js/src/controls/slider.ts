// Sliders for floats and integers: a track, and a field for exact numbers.

import { whenLetGo, whenPressed } from "../base/let_go";
import type { Slider, SliderInt } from "../wire/protocol";
import { Change, type Sender } from "./change";
import { type ControlView, labelled, type Named, spokenName } from "./control";
import type { Said, Tone } from "./said";
import type { Range } from "./slider_scale";
import { sameRange, Thumb, type ThumbOwner } from "./thumb";

type Spec = Slider | SliderInt;

export class SliderView implements ControlView<Spec>, ThumbOwner {
  readonly element: HTMLElement;
  #name: (spec: Named) => void;
  #thumb: Thumb;
  #change: Change;
  #said: Said;
  #spec: Spec;
  #stop = () => {}; // waiting for the end of a drag

  constructor(spec: Spec, sender: Sender) {
    this.#spec = spec;
    this.#thumb = new Thumb(spec.value, this);
    const { row, name, said, waiting } = labelled("slider", this.#thumb.track, this.#thumb.field);
    this.#change = new Change(sender, waiting);
    this.element = row;
    this.#name = name;
    this.#said = said;
    this.#listenToTrack();
    this.update(spec);
  }

  #listenToTrack(): void {
    const { track } = this.#thumb;
    track.addEventListener("dblclick", () => this.reset());
    // A drag ends when the pointer goes up, wherever it is. It does not end when the focus moves, as it does when a
    // cell is run, or when the field loses the focus to the track.
    whenPressed(track, (event) => {
      this.#thumb.dragged = true;
      this.#stop();
      this.#stop = whenLetGo(event, () => {
        this.#thumb.dragged = false;
      });
    });
  }

  // --- for the thumb ---

  get range(): Range {
    const spec = this.#spec;
    return spec.kind === "slider" ? spec : { min: spec.min, max: spec.max, log: false, step: 1 };
  }

  get integers(): boolean {
    return this.#spec.kind === "slider_int";
  }

  limits(): readonly [number, number] {
    return [this.#spec.min, this.#spec.max];
  }

  moved(): void {
    this.#fill();
    this.#change.make(this.#thumb.value);
  }

  done(): void {
    this.#change.flush();
  }

  // After a drag without a change, shows the value that the kernel sent meanwhile.
  touched({ held }: Thumb): void {
    this.#change.held = held;
    if (held) return;
    this.#change.flush();
    this.#follow();
  }

  /** Restores the default, if the kernel has sent one. */
  reset(): void {
    const { initial } = this.#spec;
    if (initial === null) return;
    this.unsay();
    this.#thumb.enter(initial);
    this.#change.flush();
  }

  say(tone: Tone, words: string): void {
    this.#said.show(tone, words);
  }

  unsay(): void {
    this.#said.clear("changed", "refused");
  }

  // --- for the kernel ---

  #fill(): void {
    this.#thumb.track.style.setProperty("--vw-part", String(this.#thumb.part));
  }

  #follow(): void {
    const { value, origin, revision } = this.#spec;
    if (!this.#change.accepts(origin, revision) || value === this.#thumb.value) return;
    this.unsay(); // the message was about another value
    this.#thumb.follow(value);
    this.#fill();
  }

  update(spec: Spec): void {
    const before = this.range;
    this.#spec = spec;
    this.#name(spec);
    this.#thumb.name(spokenName(spec), this.range);
    if (this.#thumb.track.max === "" || !sameRange(before, this.range)) this.#divide();
    this.#showDefault();
    this.#follow();
  }

  #divide(): void {
    const longest = this.#thumb.divide();
    this.element.style.setProperty("--vw-field", `max(80px, ${longest}ch + 8px)`);
    this.#fill();
  }

  #showDefault(): void {
    const { initial } = this.#spec;
    if (initial === null) return; // in replays saved by version 0.1
    this.#thumb.mark(initial);
    this.#thumb.track.title = `Double click or Delete: back to ${this.#thumb.written(initial)}`;
  }

  destroy(): void {
    this.#stop();
    this.#change.destroy();
    this.element.remove();
  }
}
