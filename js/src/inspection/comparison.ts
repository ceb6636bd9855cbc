// Compares two pictures in the window of the first: side by side, wiped, flickering, or as a difference.

import { element, setText } from "../base/dom";
import { drags, whenPressed } from "../base/let_go";
import type { Decoded } from "../pictures/decode";
import type { Surface } from "../pictures/painter";
import type { PictureView } from "../pictures/picture";
import { type Layer, type Placement, type Viewport, whole } from "../pictures/viewport";
import type { CanvasDifference } from "../wire/protocol";
import { STOPS, table } from "./colormaps";
import { DIFFERENCES, type Difference, subtract } from "./difference";
import { type Entry, type Popup, pressable, shielded } from "./menu";
import { lay, Mirror } from "./mirror";

export const MODES = ["side", "wipe", "flicker", "difference"] as const;
export type Mode = (typeof MODES)[number];

export interface Settings {
  readonly mode: Mode;
  readonly difference: Difference;
  readonly gain: number;
  /** The name of a colormap, or empty to show each channel in its own colour. */
  readonly colormap: string;
  /** The colours of that colormap; see `table`. Empty for one of `STOPS`. */
  readonly colors: string;
}

const NAMES: Record<Mode | Difference, string> = {
  side: "Side by side",
  wipe: "Wipe",
  flicker: "Flicker",
  difference: "Difference",
  signed: "Signed",
  absolute: "Absolute",
  squared: "Squared",
  relative: "Relative",
};
const PLAIN = "Channels";
const GAINS = [1, 2, 5, 10, 20, 50];
/** Milliseconds for which each picture is shown. More than three changes a second could harm people with epilepsy. */
const FLICKER = 600;
/** How far an arrow key moves the divider, alone and with Shift, as a share of the window. */
const STEP = 0.02;
const LEAP = 0.1;

export interface ComparisonEvents {
  /** The user has ended the comparison. */
  end(): void;
  /** The user has chosen other settings. */
  changed(settings: Settings): void;
}

export class Comparison implements Layer, Surface {
  readonly element: HTMLElement;
  #picture: PictureView;
  #other: PictureView;
  #popup: Popup;
  #events: ComparisonEvents;
  #made: { id: string; crop: Viewport } | null = null; // where the kernel's picture of the result is painted
  #settings: Settings;
  #named = new Map<string, string>(Object.entries(STOPS)); // the colours of colormaps, by name
  #table: Uint8ClampedArray | null = null;
  #one: Mirror;
  #two: Mirror;
  #result = element("canvas", { className: "vw-compare-result" });
  #context = this.#result.getContext("2d", { alpha: false, willReadFrequently: true });
  #divider = element("div", { className: "vw-divider", tabIndex: 0 });
  #at = 0.5;
  #left = element("div", { className: "vw-compare-name" });
  #right = element("div", { className: "vw-compare-name vw-compare-other" });
  #bar = element("div", { className: "vw-compare-bar", attributes: { role: "toolbar" } });
  #mode: HTMLElement;
  #kind: HTMLElement;
  #gain: HTMLElement;
  #colormap: HTMLElement;
  #flip: HTMLElement;
  #depth = element("span", { className: "vw-compare-depth", textContent: "8 bit" });
  #flipped = false;
  #timer: ReturnType<typeof setInterval> | undefined;
  #frame: number | null = null;
  #calm = matchMedia("(prefers-reduced-motion: reduce)");
  #recall = () => this.#restart();
  #painted = () => this.#schedule();
  #keyed = (event: KeyboardEvent) => this.#key(event);

  /** Reports to `events`. */
  constructor(
    picture: PictureView,
    other: PictureView,
    settings: Settings,
    popup: Popup,
    events: ComparisonEvents,
  ) {
    this.#events = events;
    this.#picture = picture;
    this.#other = other;
    this.#settings = settings;
    this.#popup = popup;
    this.#one = new Mirror(picture);
    this.#two = new Mirror(other);
    this.#mode = this.#opener("How to compare", () => this.#modes());
    this.#kind = this.#opener("Kind of difference", () => this.#kinds());
    this.#gain = this.#opener("Gain of the difference", () => this.#gains());
    this.#colormap = this.#opener("Colours of the difference", () => this.#colormaps());
    this.#flip = pressable("vw-compare-button", () => this.flip());
    this.#flip.title = "Show the other picture (F)";
    setText(this.#flip, "Flip");
    this.#depth.title = "Computed from the 8 bits per channel that the page has";
    const close = pressable("vw-compare-button", () => events.end());
    close.setAttribute("aria-label", "Stop comparing");
    setText(close, "×");
    this.#bar.append(this.#mode, this.#kind, this.#gain, this.#colormap, this.#depth, this.#flip, close);
    shielded(this.#bar);
    const halves = [this.#one, this.#two].map(({ canvas, over }) =>
      element("div", { className: "vw-compare-half" }, canvas, over),
    );
    for (const half of halves) shielded(half); // side by side, a point of the window is a different texel
    this.element = element(
      "div",
      { className: "vw-compare" },
      ...halves,
      this.#result,
      this.#divider,
      this.#left,
      this.#right,
      this.#bar,
    );
    this.#listen();
    picture.painted.add(this.#painted);
    other.painted.add(this.#painted);
    picture.window.addEventListener("keydown", this.#keyed);
    this.#calm.addEventListener("change", this.#recall);
    this.#show();
  }

  get other(): PictureView {
    return this.#other;
  }

  get settings(): Settings {
    return this.#settings;
  }

  #set(change: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...change };
    this.#show();
    this.#events.changed(this.#settings);
  }

  /** The difference that is shown, or null. */
  get difference(): CanvasDifference | null {
    const { mode, difference, gain, colormap } = this.#settings;
    if (mode !== "difference" || !this.#alike) return null;
    const [canvas, other] = [this.#picture.spec.id, this.#other.spec.id];
    const id = JSON.stringify([difference, gain, colormap, canvas, other]);
    return { id, canvas, other, difference, gain, colormap };
  }

  /** Paints the kernel's picture of the difference, computed from the tensors' values and not from 8 bits. */
  paint({ image, width, height }: Decoded, _lossless: boolean, crop: Viewport | null = null): void {
    const id = this.difference?.id;
    if (id === undefined) return;
    if (this.#result.width !== width || this.#result.height !== height)
      Object.assign(this.#result, { width, height });
    this.#context?.drawImage(image, 0, 0);
    this.#made = { id, crop: crop ?? whole(this.#picture.spec) };
    this.#depth.hidden = true;
    this.place(this.#picture.placement);
  }

  /** Shows the other picture in place of the first, or the first again. */
  flip(): void {
    this.#flipped = !this.#flipped;
    this.#restart();
    this.#name();
  }

  #opener(label: string, entries: () => readonly Entry[]): HTMLElement {
    const node = pressable("vw-compare-button", () => this.#popup.toggle(node, label, entries));
    node.setAttribute("aria-haspopup", "menu");
    node.setAttribute("aria-expanded", "false");
    return node;
  }

  /** Entries for the ways to compare. */
  #modes(): Entry[] {
    return MODES.map((mode) => {
      const act = () => this.#set({ mode });
      const chosen = this.#settings.mode === mode;
      return this.#alike || mode !== "difference"
        ? { label: NAMES[mode], chosen, act }
        : { label: NAMES[mode], chosen, act, refused: "The pictures have different sizes" };
    });
  }

  #kinds(): Entry[] {
    return DIFFERENCES.map((difference) => ({
      label: NAMES[difference],
      chosen: this.#settings.difference === difference,
      act: () => this.#set({ difference }),
    }));
  }

  #gains(): Entry[] {
    return GAINS.map((gain) => ({
      label: `× ${gain}`,
      chosen: this.#settings.gain === gain,
      act: () => this.#set({ gain }),
    }));
  }

  #colormaps(): Entry[] {
    return ["", ...this.#named.keys()].map((colormap) => ({
      label: colormap || PLAIN,
      chosen: this.#settings.colormap === colormap,
      act: () => {
        const colors = Object.hasOwn(STOPS, colormap) ? "" : (this.#named.get(colormap) ?? "");
        this.#set({ colormap, colors });
      },
    }));
  }

  /** Whether the texels of the two pictures can be subtracted. */
  get #alike(): boolean {
    const [one, two] = [this.#picture.spec, this.#other.spec];
    return one.width === two.width && one.height === two.height;
  }

  #listen(): void {
    const divider = this.#divider;
    shielded(divider);
    divider.setAttribute("role", "slider");
    divider.setAttribute("aria-orientation", "horizontal");
    divider.setAttribute("aria-valuemin", "0");
    divider.setAttribute("aria-valuemax", "100");
    whenPressed(divider, (event) => {
      event.preventDefault();
      divider.setPointerCapture?.(event.pointerId);
      divider.focus({ preventScroll: true });
    });
    divider.addEventListener("pointermove", (event) => {
      if (!drags(event)) return;
      const { left, width } = this.element.getBoundingClientRect();
      if (width > 0) this.#divide((event.clientX - left) / width);
    });
    divider.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const step = event.shiftKey ? LEAP : STEP;
      const to: Record<string, number> = {
        ArrowLeft: this.#at - step,
        ArrowRight: this.#at + step,
        Home: 0,
        End: 1,
      };
      const at = to[event.key];
      if (at === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.#divide(at);
    });
  }

  #divide(at: number): void {
    this.#at = Math.min(1, Math.max(0, at));
    this.#name();
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.repeat) return;
    if (event.key.toLowerCase() !== "f") return;
    event.preventDefault();
    event.stopPropagation();
    this.flip();
  }

  /** Updates everything to match the settings. */
  #show(): void {
    const { mode, difference, gain, colormap, colors } = this.#settings;
    if (colors !== "") this.#named.set(colormap, colors);
    this.#table = table(this.#named.get(colormap) ?? "");
    this.element.dataset.vwMode = mode;
    setText(this.#mode, `${NAMES[mode]} ▾`);
    setText(this.#kind, `${NAMES[difference]} ▾`);
    setText(this.#gain, `× ${gain} ▾`);
    setText(this.#colormap, `${colormap || PLAIN} ▾`);
    if (this.#made?.id !== this.difference?.id) this.#made = null;
    this.#kind.hidden = this.#gain.hidden = this.#colormap.hidden = mode !== "difference";
    this.#depth.hidden = mode !== "difference" || this.#made !== null;
    this.#flip.hidden = mode !== "flicker";
    this.#divider.hidden = mode !== "wipe";
    this.#flipped = false;
    this.#restart();
    this.#name();
    this.#schedule();
    this.place(this.#picture.placement);
  }

  #restart(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#settings.mode !== "flicker" || this.#calm.matches) return;
    this.#timer = setInterval(() => {
      this.#flipped = !this.#flipped;
      this.#name();
    }, FLICKER);
  }

  /** Labels which picture is where. */
  #name(): void {
    const { mode } = this.#settings;
    const [one, two] = [title(this.#picture), title(this.#other)];
    const single = mode === "flicker" || this.#flipped;
    this.element.classList.toggle("vw-flipped", this.#flipped);
    setText(
      this.#left,
      single ? (this.#flipped ? two : one) : mode === "difference" ? `${one} − ${two}` : one,
    );
    setText(this.#right, two);
    this.#right.hidden = single || mode === "difference";
    const percent = Math.round(this.#at * 100);
    this.element.style.setProperty("--vw-at", `${this.#at * 100}%`);
    this.#divider.setAttribute("aria-label", `Divider between ${one} and ${two}`);
    this.#divider.setAttribute("aria-valuenow", String(percent));
    this.#divider.setAttribute("aria-valuetext", `${percent}% of ${one}`);
    this.#bar.setAttribute("aria-label", `${one} compared with ${two}`);
  }

  // Both pictures of an update are painted in one animation frame.
  #schedule(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#draw();
    });
  }

  #draw(): void {
    this.#two.draw();
    const { mode } = this.#settings;
    if (mode === "side" || mode === "difference") this.#one.draw();
    if (mode === "difference" && this.#made === null) this.#subtract();
    this.place(this.#picture.placement);
  }

  #subtract(): void {
    const { width, height } = this.#one.canvas;
    const context = this.#context;
    if (context === null || width === 0 || height === 0 || this.#two.canvas.width === 0) return;
    if (this.#result.width !== width || this.#result.height !== height)
      Object.assign(this.#result, { width, height });
    // The other picture may have arrived at another size, or may cover another part while zoomed.
    const [a, b] = [this.#picture.crop, this.#other.crop];
    const across = width / (a.right - a.left);
    const down = height / (a.bottom - a.top);
    context.imageSmoothingEnabled = true;
    context.drawImage(
      this.#two.canvas,
      (b.left - a.left) * across,
      (b.top - a.top) * down,
      (b.right - b.left) * across,
      (b.bottom - b.top) * down,
    );
    const other = context.getImageData(0, 0, width, height);
    context.drawImage(this.#one.canvas, 0, 0);
    const one = context.getImageData(0, 0, width, height);
    subtract(one.data, other.data, this.#settings.difference, this.#settings.gain, this.#table);
    context.putImageData(one, 0, 0);
  }

  place(placement: Placement): void {
    const { width, height } = this.#picture.spec;
    const half = { ...placement, width: placement.width / 2, height: placement.height / 2 };
    const place = this.#settings.mode === "side" ? half : placement;
    this.#one.place(place, width, height);
    this.#two.place(place, width, height);
    const { style } = this.#one.canvas;
    if (this.#made !== null) lay(this.#result, this.#made.crop, place);
    else
      for (const name of ["width", "height", "left", "top"] as const) this.#result.style[name] = style[name];
    this.#result.style.imageRendering = style.imageRendering;
  }

  destroy(): void {
    clearInterval(this.#timer);
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#calm.removeEventListener("change", this.#recall);
    this.#picture.painted.delete(this.#painted);
    this.#other.painted.delete(this.#painted);
    this.#picture.window.removeEventListener("keydown", this.#keyed);
    this.#popup.closeBelow(this.element);
  }
}

/** How users know a picture: by its panel, if it is the only one there. */
export function title({ element: cell, spec }: PictureView): string {
  const panel = cell.closest<HTMLElement>(".vw-panel");
  return panel === null || panel.matches(".vw-several") ? spec.name : (panel.ariaLabel ?? spec.name);
}
