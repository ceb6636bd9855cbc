// The values at the pins of linked canvases and how they changed over the run, on a card over a corner of the picture.

import { element, setText } from "../base/dom";
import type { Series } from "../chart/series";
import { LifeChart } from "./life";
import { type Entry, ReadingTable } from "./reading";
import { type Spot, same } from "./source";

export interface PinReading {
  spot: Spot;
  entries: readonly Entry[];
  lives: readonly (readonly Series[])[];
}

class PinSection {
  readonly element: HTMLElement;
  readonly spot: Spot;
  #table = new ReadingTable();
  #life = new LifeChart();

  constructor(spot: Spot, remove: (spot: Spot) => void) {
    this.spot = spot;
    const button = element("button", { className: "vw-unpin", type: "button", textContent: "×" });
    button.title = "Remove this pin";
    button.setAttribute("aria-label", `Remove the pin at x ${spot.x}, y ${spot.y}`);
    button.addEventListener("click", () => remove(spot));
    this.element = element(
      "div",
      { className: "vw-pinned" },
      button,
      this.#table.element,
      this.#life.element,
    );
  }

  show({ spot, entries, lives }: PinReading, until: number | null): void {
    this.#table.show(spot.x, spot.y, entries);
    this.#life.show(lives, until);
  }
}

export class PinCard {
  readonly element = element("div", { className: "vw-probe vw-card" });
  #caveat = element("div", { className: "vw-caveat" });
  #sections: PinSection[] = [];
  #remove: (spot: Spot) => void;

  constructor(remove: (spot: Spot) => void) {
    this.#remove = remove;
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Pinned texels");
  }

  show(readings: readonly PinReading[], caveat: string, until: number | null): void {
    const kept = readings.map(({ spot }) => {
      return this.#sections.find((known) => same(known.spot, spot)) ?? new PinSection(spot, this.#remove);
    });
    if (kept.length !== this.#sections.length || kept.some((one, i) => one !== this.#sections[i])) {
      this.#sections = kept;
      this.element.replaceChildren(...kept.map((section) => section.element), this.#caveat);
    }
    readings.forEach((reading, i) => {
      kept[i]?.show(reading, until);
    });
    setText(this.#caveat, caveat);
    this.#caveat.hidden = caveat === "";
  }
}
