// A slider with two thumbs, one for each end of a range.

import { element } from "../base/dom";
import { whenLetGo, whenPressed } from "../base/let_go";
import type { RangeSlider } from "../wire/protocol";
import { Change, type Sender } from "./change";
import { type ControlView, labelled, type Named, spokenName } from "./control";
import type { Said, Tone } from "./said";
import { clamp, length, type Range } from "./slider_scale";
import { sameRange, Thumb, type ThumbOwner } from "./thumb";

/** The width of a thumb in CSS pixels, as in `slider_track.css`. */
const THUMB = 14;

/** A drag: its pointer, its thumb (null while undecided), the pressed position, and its offset from the centre. */
interface Grip {
  readonly id: number;
  thumb: Thumb | null;
  readonly part: number;
  off: number;
}

export class RangeSliderView implements ControlView<RangeSlider>, ThumbOwner {
  readonly element: HTMLElement;
  // The two tracks overlap, so neither receives the pointer. The rail beneath does, and moves the nearer thumb.
  #rail = element("div", { className: "vw-rail" });
  #name: (spec: Named) => void;
  #from: Thumb;
  #to: Thumb;
  #change: Change;
  #said: Said;
  #spec: RangeSlider;
  #grip: Grip | null = null;
  #stop = () => {}; // waiting for the end of the drag

  constructor(spec: RangeSlider, sender: Sender) {
    this.#spec = spec;
    const [from = spec.min, to = spec.max] = spec.value;
    this.#from = new Thumb(from, this);
    this.#to = new Thumb(to, this);
    const { row, name, said, waiting } = labelled(
      "slider",
      this.#from.track,
      this.#to.track,
      this.#rail,
      this.#from.field,
      this.#to.field,
    );
    row.classList.add("vw-range");
    this.#change = new Change(sender, waiting);
    this.element = row;
    this.#name = name;
    this.#said = said;
    this.#listenToRail();
    this.update(spec);
  }

  // --- the pointer ---

  #listenToRail(): void {
    this.#rail.addEventListener("dblclick", () => {
      if (!this.#frozen) this.reset();
    });
    whenPressed(this.#rail, (event) => {
      if (this.#frozen || this.#grip !== null) return; // another finger drags
      event.preventDefault(); // prevents text selection, and keeps the focus on the thumb
      this.#press(event.pointerId, this.#part(event));
      this.#stop = whenLetGo(event, () => this.#letGo());
      addEventListener("pointermove", this.#drag, true);
    });
  }

  /** True if input is disabled, as in a replay. */
  get #frozen(): boolean {
    return this.#from.track.matches(":disabled");
  }

  /** The pointer's position on the rail. 0 and 1 are the centres of the thumbs at either end. */
  #part({ clientX }: PointerEvent): number {
    const { left, width } = this.#rail.getBoundingClientRect();
    const part = (clientX - left - THUMB / 2) / Math.max(1, width - THUMB);
    return getComputedStyle(this.#rail).direction === "rtl" ? 1 - part : part;
  }

  #press(id: number, part: number): void {
    const [from, to] = [this.#from.part, this.#to.part];
    this.#grip = { id, thumb: null, part, off: 0 };
    const middle = (from + to) / 2;
    if (from !== to || Math.abs(part - middle) > this.#reach)
      this.#grab(part < middle ? this.#from : this.#to);
  }

  /** Half the width of a thumb, as a fraction of the rail. */
  get #reach(): number {
    return THUMB / 2 / Math.max(1, this.#rail.clientWidth - THUMB);
  }

  /** Starts to drag `thumb`. If it was pressed off its centre, it keeps that distance and does not jump. */
  #grab(thumb: Thumb): void {
    const grip = this.#grip;
    if (grip === null) return;
    grip.thumb = thumb;
    const off = grip.part - thumb.part;
    grip.off = Math.abs(off) <= this.#reach ? off : 0;
    thumb.track.focus({ preventScroll: true });
    thumb.dragged = true;
    if (grip.off === 0 && off !== 0) this.#move(thumb, grip.part);
  }

  #drag = (event: Event): void => {
    if (!(event instanceof PointerEvent) || this.#grip?.id !== event.pointerId) return;
    const part = this.#part(event);
    // The thumbs overlap: the direction of the first move decides which one is dragged.
    if (this.#grip.thumb === null && part !== this.#grip.part)
      this.#grab(part < this.#grip.part ? this.#from : this.#to);
    if (this.#grip.thumb !== null) this.#move(this.#grip.thumb, part - this.#grip.off);
  };

  #move(thumb: Thumb, part: number): void {
    thumb.track.value = String(clamp(part, 0, 1) * length(this.range));
    thumb.drag(Number(thumb.track.value));
  }

  #letGo(): void {
    removeEventListener("pointermove", this.#drag, true);
    this.#stop();
    const thumb = this.#grip?.thumb;
    this.#grip = null;
    if (thumb != null) thumb.dragged = false;
  }

  // --- for the thumbs ---

  get range(): Range {
    return this.#spec;
  }

  readonly integers = false;

  limits(thumb: Thumb): readonly [number, number] {
    const { min, max } = this.#spec;
    return thumb === this.#from ? [min, this.#to.value] : [this.#from.value, max];
  }

  moved(): void {
    this.#fill();
    this.#change.make([this.#from.value, this.#to.value]);
  }

  done(): void {
    this.#change.flush();
  }

  touched(): void {
    this.#change.held = this.#from.held || this.#to.held;
    if (this.#change.held) return;
    this.#change.flush();
    this.#follow();
  }

  reset(): void {
    this.unsay();
    const [from = this.#spec.min, to = this.#spec.max] = this.#spec.initial;
    this.#from.follow(from);
    this.#to.enter(to);
    this.moved();
    this.#change.flush();
  }

  say(tone: Tone, words: string, thumb: Thumb): void {
    this.#said.about(thumb.field);
    this.#said.show(tone, words);
  }

  unsay(): void {
    this.#said.clear("changed", "refused");
  }

  // --- for the kernel ---

  #fill(): void {
    this.element.style.setProperty("--vw-from", String(this.#from.part));
    this.element.style.setProperty("--vw-to", String(this.#to.part));
  }

  #follow(): void {
    const { value, origin, revision } = this.#spec;
    const [from = this.#spec.min, to = this.#spec.max] = value;
    if (!this.#change.accepts(origin, revision)) return;
    if (from === this.#from.value && to === this.#to.value) return;
    this.unsay(); // the message was about another value
    this.#from.follow(from);
    this.#to.follow(to);
    this.#fill();
  }

  update(spec: RangeSlider): void {
    const before = this.range;
    this.#spec = spec;
    this.#name(spec);
    for (const [thumb, end] of [
      [this.#from, "from"],
      [this.#to, "to"],
    ] as const) {
      const name = `${spokenName(spec)}, ${end}`;
      thumb.track.setAttribute("aria-label", name);
      thumb.name(name, spec);
    }
    if (this.#from.track.max === "" || !sameRange(before, spec)) this.#divide();
    this.#showDefault();
    this.#follow();
  }

  #divide(): void {
    const longest = Math.max(this.#from.divide(), this.#to.divide());
    this.element.style.setProperty("--vw-field", `max(64px, ${longest}ch + 8px)`);
    this.#fill();
  }

  #showDefault(): void {
    const [from = this.#spec.min, to = this.#spec.max] = this.#spec.initial;
    this.#from.mark(from);
    this.#to.mark(to);
    const back = `${this.#from.written(from)} to ${this.#to.written(to)}`;
    this.#rail.title = `Double click or Delete: back to ${back}`;
  }

  destroy(): void {
    this.#letGo();
    this.#change.destroy();
    this.element.remove();
  }
}
