// A sheet beside a picture: exposure, offset, colormap, channel, and the histogram of the values.

import { element, setText } from "../base/dom";
import { fixed, short } from "../base/numbers";
import type { Measured } from "../wire/protocol";
import { AS_SET, CHANNELS, type Channels, COLORMAPS, fitting, type Look } from "./look";

const SVG = "http://www.w3.org/2000/svg";
const CHANNEL_NAMES: Record<Channels, string> = {
  auto: "Colours",
  r: "Red or first",
  g: "Green",
  b: "Blue",
  a: "Alpha",
};
const MOST_SHOWN = 16; // stops on the track

export interface SheetEvents {
  change(look: Look): void;
  /** Asks for the values of the canvas. */
  measure(): void;
  close(): void;
}

export class LookSheet {
  readonly element: HTMLElement;
  #events: SheetEvents;
  #look: Look = AS_SET;
  #exposure: HTMLInputElement;
  #offset: HTMLInputElement;
  #stops = element("output");
  #shift = element("output");
  #colormap = element("select");
  #channels = element("select");
  #bars = document.createElementNS(SVG, "path");
  #ends = element("div", { className: "vw-look-ends", textContent: "Reading the values …" });
  #fit: HTMLButtonElement;
  #range: HTMLButtonElement;
  #measured: Measured | null = null;

  constructor(name: string, look: Look, events: SheetEvents) {
    this.#events = events;
    this.#exposure = this.#track("Exposure", MOST_SHOWN, 0.1, (exposure) => ({ exposure }));
    this.#offset = this.#track("Offset", 2, 0.01, (offset) => ({ offset }));
    this.#fill(this.#colormap, "Colormap of one channel", ["", ...COLORMAPS], (one) => one || "gray");
    this.#fill(this.#channels, "Channel", CHANNELS, (one) => CHANNEL_NAMES[one as Channels]);
    this.#colormap.addEventListener("change", () => this.#choose({ colormap: chosen(this.#colormap) }));
    this.#channels.addEventListener("change", () => {
      this.#choose({ channels: chosen(this.#channels) as Channels | null });
      events.measure();
    });
    this.#fit = this.#button(
      "Fit 1 to 99 %",
      "Paints the 1st percentile black and the 99th percentile white",
      () => this.#stretch("low", "high"),
    );
    this.#range = this.#button(
      "Fit min to max",
      "Paints the smallest value black and the largest white",
      () => this.#stretch("least", "most"),
    );
    const reset = this.#button("As the program set it", "Puts everything back", () => this.#choose(AS_SET));
    const close = this.#button("Close", "Close (Escape)", () => events.close());
    const histogram = document.createElementNS(SVG, "svg");
    histogram.setAttribute("viewBox", "0 0 64 32");
    histogram.setAttribute("preserveAspectRatio", "none");
    histogram.setAttribute("class", "vw-look-histogram");
    histogram.setAttribute("aria-hidden", "true");
    histogram.append(this.#bars);
    this.element = element(
      "div",
      { className: "vw-look" },
      line("Exposure", this.#exposure, this.#stops),
      line("Offset", this.#offset, this.#shift),
      element("div", { className: "vw-look-buttons" }, this.#fit, this.#range),
      line("Colormap", this.#colormap),
      line("Channel", this.#channels),
      element("figure", { className: "vw-look-values" }, histogram, this.#ends),
      element("div", { className: "vw-look-buttons" }, reset, close),
    );
    this.element.setAttribute("role", "dialog");
    this.element.setAttribute("aria-label", `How to look at ${name}`);
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      events.close();
    });
    this.show(look);
    for (const button of [this.#fit, this.#range]) button.disabled = true; // until the values arrive
  }

  focus(): void {
    this.#exposure.focus({ preventScroll: true });
  }

  show(look: Look): void {
    this.#look = look;
    this.#exposure.value = String(look.exposure);
    this.#offset.value = String(look.offset);
    setText(this.#stops, `${look.exposure > 0 ? "+" : ""}${fixed(look.exposure, 1)}`);
    setText(this.#shift, short(look.offset, 3));
    for (const [track, value, most] of [
      [this.#exposure, look.exposure, MOST_SHOWN],
      [this.#offset, look.offset, 2],
    ] as const)
      track.style.setProperty("--vw-part", String(Math.min(1, Math.max(0, (value / most + 1) / 2))));
    this.#colormap.value = look.colormap ?? "program";
    this.#channels.value = look.channels ?? "program";
  }

  /** Shows the values of the canvas. */
  take(measured: Measured): void {
    const { error, least, most, counts, strange } = measured;
    this.#measured = error === "" ? measured : null;
    for (const button of [this.#fit, this.#range]) button.disabled = error !== "";
    const highest = Math.max(1, ...counts);
    const bars = counts.map(
      (count, at) => `M${at} 32h1v${(-32 * Math.sqrt(count / highest)).toFixed(2)}h-1z`,
    );
    this.#bars.setAttribute("d", bars.join(""));
    const odd = strange > 0 ? `, and ${strange} not finite` : "";
    setText(this.#ends, error || `Values ${short(least)} to ${short(most)}${odd}`);
  }

  #stretch(from: "low" | "least", to: "high" | "most"): void {
    const measured = this.#measured;
    const fit = measured && fitting(measured[from], measured[to], measured);
    if (fit !== null) this.#choose(fit);
    else setText(this.#ends, "The program's gain leaves no range to fit");
  }

  #choose(part: Partial<Look>): void {
    this.show({ ...this.#look, ...part });
    this.#events.change(this.#look);
  }

  #track(name: string, most: number, step: number, part: (value: number) => Partial<Look>): HTMLInputElement {
    const track = element("input", {
      type: "range",
      min: String(-most),
      max: String(most),
      step: String(step),
    });
    track.setAttribute("aria-label", name);
    track.title = `${name}: a double click resets it to 0`;
    track.addEventListener("input", () => this.#choose(part(Number(track.value))));
    track.addEventListener("dblclick", () => this.#choose(part(0)));
    return track;
  }

  #fill(
    list: HTMLSelectElement,
    name: string,
    values: readonly string[],
    called: (value: string) => string,
  ): void {
    list.setAttribute("aria-label", name);
    list.append(element("option", { value: "program", textContent: "as the program set it" }));
    for (const value of values) list.append(element("option", { value, textContent: called(value) }));
  }

  #button(textContent: string, title: string, act: () => void): HTMLButtonElement {
    const button = element("button", { type: "button", className: "vw-button", textContent, title });
    button.addEventListener("click", act);
    return button;
  }
}

function chosen(list: HTMLSelectElement): string | null {
  return list.value === "program" ? null : list.value;
}

function line(name: string, ...parts: HTMLElement[]): HTMLElement {
  return element("label", { className: "vw-look-line" }, element("span", { textContent: name }), ...parts);
}
