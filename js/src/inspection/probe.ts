// The probe: what tensors hold under the pointer and at pinned texels, in all linked canvases at once.

import { OVERLAY } from "../annotations/layer_ids";
import { element, handingFocusOn, setText } from "../base/dom";
import type { PictureView } from "../pictures/picture";
import { type Point, toTexel } from "../pictures/viewport";
import type { CanvasSpec, Legend } from "../wire/protocol";
import { beside, inCorner } from "./box_places";
import { linked } from "./links";
import { boxOf, Marks } from "./marks";
import { PinCard } from "./pin_card";
import { type Entry, ReadingTable } from "./reading";
import { type Source, type Spot, same } from "./source";

/** A click may move this many CSS pixels between press and release. */
const STEADY = 4;
const ARROWS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

interface Probed {
  marks: Marks;
  listening: AbortController;
}

export class Probe {
  #root: HTMLElement;
  #source: Source;
  #pictures = new Map<PictureView, Probed>();
  #spot: Spot | null = null; // under the pointer
  #at: { picture: PictureView; client: Point } | null = null; // where the pointer is
  #pressed: Point | null = null;
  #table = new ReadingTable();
  #caveat = element("div", { className: "vw-caveat" });
  #hover = element(
    "div",
    { className: "vw-probe vw-hover", hidden: true },
    this.#table.element,
    this.#caveat,
  );
  #cards = new Map<PictureView, PinCard>();
  #frame: number | null = null;
  #until: number | null = null;

  /** Shows the values of `source` in `root`, which contains the pictures. */
  constructor(root: HTMLElement, source: Source) {
    this.#root = root;
    this.#source = source;
    this.#hover.setAttribute("aria-hidden", "true"); // it follows the pointer; pins give the same values
    root.append(this.#hover);
  }

  /** Takes values from another source: a kernel was connected or has gone. */
  set source(source: Source) {
    this.#source = source;
    source.point(this.#spot);
    this.refresh();
  }

  /** The step up to which histories are shown, or null for the whole run. */
  set until(step: number | null) {
    this.#until = step;
    this.refresh();
  }

  /** Takes over the pictures of a scene. */
  update(pictures: Iterable<PictureView>): void {
    const present = new Set(pictures);
    for (const [picture, probed] of this.#pictures) {
      if (present.has(picture)) continue;
      this.#forget(picture, probed);
      this.#pictures.delete(picture);
    }
    const before = [...this.#pictures];
    this.#pictures.clear(); // in the order of the scene
    for (const picture of present)
      this.#pictures.set(picture, before.find(([known]) => known === picture)?.[1] ?? this.#follow(picture));
    this.refresh();
  }

  /** Shows what is known now, in the next animation frame. */
  refresh(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null;
      this.#show();
    });
  }

  #follow(picture: PictureView): Probed {
    const listening = new AbortController();
    const { signal } = listening;
    const { window } = picture;
    const marks = new Marks(() => this.#point());
    picture.addLayer(marks);
    window.addEventListener("pointermove", (event) => this.#move(picture, event), { signal });
    window.addEventListener("pointerleave", () => this.#leave(), { signal });
    window.addEventListener("pointerdown", ({ clientX: x, clientY: y }) => (this.#pressed = { x, y }), {
      signal,
    });
    window.addEventListener("click", (event) => this.#click(picture, event), { signal });
    window.addEventListener("keydown", (event) => this.#key(picture, event), { signal });
    return { marks, listening };
  }

  #forget(picture: PictureView, { marks, listening }: Probed): void {
    listening.abort();
    picture.removeLayer(marks);
    this.#cards.get(picture)?.element.remove();
    this.#cards.delete(picture);
    if (this.#at?.picture === picture) this.#leave();
  }

  // --- what the user does ----------------------------------------------------------------------------------------

  #move(picture: PictureView, { pointerType, clientX: x, clientY: y }: PointerEvent): void {
    if (pointerType === "touch") return; // a finger covers what it points at, and scrolls
    this.#at = { picture, client: { x, y } };
    this.#point();
  }

  #leave(): void {
    this.#at = null;
    this.#point();
  }

  /** Finds the texel under the pointer. The picture may have moved under it. */
  #point(): void {
    const spot = this.#at === null ? null : spotAt(this.#at.picture, this.#at.client);
    if (!same(spot, this.#spot)) {
      this.#spot = spot;
      this.#source.point(spot);
    }
    this.refresh();
  }

  #click(picture: PictureView, event: MouseEvent): void {
    const spot = spotAt(picture, { x: event.clientX, y: event.clientY });
    const from = this.#pressed ?? { x: event.clientX, y: event.clientY };
    const moved = Math.hypot(event.clientX - from.x, event.clientY - from.y) > STEADY;
    if (spot !== null && !moved && event.detail < 2) this.#toggle(spot, !event.shiftKey);
  }

  #toggle(spot: Spot, alone: boolean): void {
    const pin = this.#pinAt(spot);
    if (pin !== undefined) this.#source.pin(pin, false, false);
    else this.#source.pin(spot, true, alone);
  }

  #pinAt(spot: Spot): Spot | undefined {
    const picture = this.#picture(spot.canvas);
    const ids =
      picture === undefined ? [] : linked(picture, this.#pictures.keys()).map(({ spec }) => spec.id);
    return this.#source.pins.find(({ canvas, x, y }) => x === spot.x && y === spot.y && ids.includes(canvas));
  }

  #key(picture: PictureView, event: KeyboardEvent): void {
    const { key, shiftKey } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== picture.window) return;
    const arrow = ARROWS[key];
    const { pins } = this.#source;
    if (key === "Enter" && !shiftKey) this.#toggleByKey(picture);
    else if (key === "Escape" && pins.length > 0) for (const pin of pins) this.#source.pin(pin, false, false);
    else if (arrow !== undefined && shiftKey && pins.length > 0) this.#nudge(picture, arrow);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Pins the texel under the pointer, or else the one in the middle of the visible part, or removes the pins there. */
  #toggleByKey(picture: PictureView): void {
    const { left, top, right, bottom } = picture.viewport;
    const middle = {
      canvas: picture.spec.id,
      x: Math.floor((left + right) / 2),
      y: Math.floor((top + bottom) / 2),
    };
    const own = this.#spot?.canvas === picture.spec.id ? this.#spot : middle;
    if (!listens(picture)) this.#toggle(own, true);
  }

  /** Moves the last pin by one texel. */
  #nudge({ spec }: PictureView, [dx, dy]: readonly [number, number]): void {
    const pin = this.#source.pins.at(-1);
    if (pin === undefined) return;
    const moved = { canvas: pin.canvas, x: pin.x + dx, y: pin.y + dy };
    if (moved.x < 0 || moved.y < 0 || moved.x >= spec.width || moved.y >= spec.height) return;
    this.#source.pin(pin, false, false);
    this.#source.pin(moved, true, false);
  }

  // --- what is shown ---------------------------------------------------------------------------------------------

  #show(): void {
    const { moment } = this.#source;
    if (moment !== null)
      Object.assign(this.#root.dataset, { vwProbedFrame: moment.frame, vwProbedStep: moment.step });
    this.#showHover();
    const homes = [...this.#cards];
    const home = (lost: HTMLElement) => homes.find(([, card]) => card.element.contains(lost))?.[0].window;
    handingFocusOn(
      this.#root,
      (lost) => this.#root.querySelector<HTMLElement>(".vw-unpin") ?? home(lost) ?? this.#root,
      () => this.#showPins(),
    );
    this.#showMarks();
  }

  #showHover(): void {
    const spot = this.#spot;
    const at = this.#at;
    const said = spot !== null && this.#pinAt(spot) !== undefined; // shown in the card of the pin
    this.#hover.hidden = spot === null || at === null || said;
    if (spot === null || at === null || said) return;
    this.#table.show(spot.x, spot.y, this.#entries(spot));
    setText(this.#caveat, this.#source.caveat);
    this.#caveat.hidden = this.#source.caveat === "";
    const { left, top, width, height } = this.#root.getBoundingClientRect();
    const size = { width: this.#hover.offsetWidth, height: this.#hover.offsetHeight };
    lay(this.#hover, beside({ x: at.client.x - left, y: at.client.y - top }, size, { width, height }));
  }

  #showPins(): void {
    const groups = new Map<PictureView, Spot[]>();
    for (const pin of this.#source.pins) {
      const picture = this.#picture(pin.canvas);
      if (picture === undefined || picture.window.hidden) continue;
      const home = [...groups.keys()].find((known) => linked(known, this.#pictures.keys()).includes(picture));
      groups.set(home ?? picture, [...(groups.get(home ?? picture) ?? []), pin]);
    }
    for (const [picture, card] of this.#cards) {
      if (groups.has(picture)) continue;
      card.element.remove();
      this.#cards.delete(picture);
    }
    for (const [picture, pins] of groups) this.#showCard(picture, pins);
    for (const { window } of this.#pictures.keys())
      window.classList.toggle("vw-with-pins", this.#source.pins.length > 0);
  }

  #showCard(picture: PictureView, pins: readonly Spot[]): void {
    const card = this.#cards.get(picture) ?? new PinCard((pin) => this.#source.pin(pin, false, false));
    this.#cards.set(picture, card);
    const readings = pins.map((spot) => ({
      spot,
      entries: this.#entries(spot),
      lives: this.#linked(spot).map(({ spec }) => this.#source.life(spec.id, spot.x, spot.y)),
    }));
    card.show(readings, this.#source.caveat, this.#until);
    if (card.element.parentNode !== this.#root) this.#root.append(card.element);
    const last = pins.at(-1);
    if (last === undefined) return;
    const root = this.#root.getBoundingClientRect();
    const frame = picture.window.getBoundingClientRect();
    const window = { x: frame.x - root.x, y: frame.y - root.y, width: frame.width, height: frame.height };
    const mark = boxOf(picture.placement, last);
    const texel = { x: window.x + mark.x, y: window.y + mark.y, width: mark.width, height: mark.height };
    const size = { width: card.element.offsetWidth, height: card.element.offsetHeight };
    lay(card.element, inCorner(texel, window, size, root));
  }

  #showMarks(): void {
    for (const [picture, { marks }] of this.#pictures) {
      const pins = this.#source.pins.filter((pin) => this.#linked(pin).includes(picture));
      const spot = this.#spot;
      const pointed =
        spot !== null && spot.canvas !== picture.spec.id && this.#linked(spot).includes(picture);
      marks.show([
        ...pins.map(({ x, y }) => ({ x, y, pinned: true })),
        ...(pointed ? [{ x: spot.x, y: spot.y, pinned: false }] : []),
      ]);
    }
  }

  #entries({ canvas, x, y }: Spot): Entry[] {
    const pictures = this.#linked({ canvas, x, y });
    const names = labels(pictures.map(({ spec }) => spec));
    return pictures.flatMap(({ spec }, i) => {
      const name = names[i] ?? spec.name;
      const labels = this.#source.caveat === "" ? named(spec, "picture") : undefined; // else the numbers are colours
      const entry = { name, texel: this.#source.texel(spec.id, x, y), labels };
      const mask = this.#source.texel(OVERLAY + spec.id, x, y);
      const over = pictures.length > 1 ? `over ${name}` : "overlay";
      return mask === null
        ? [entry]
        : [entry, { name: over, texel: mask, labels: named(spec, "overlay"), over: true }];
    });
  }

  #linked(spot: Spot): PictureView[] {
    const picture = this.#picture(spot.canvas);
    return picture === undefined ? [] : linked(picture, this.#pictures.keys());
  }

  #picture(canvas: string): PictureView | undefined {
    return [...this.#pictures.keys()].find(({ spec }) => spec.id === canvas);
  }

  destroy(): void {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    for (const [picture, probed] of this.#pictures) this.#forget(picture, probed);
    this.#pictures.clear();
    this.#hover.remove();
  }
}

/** The names of the labels of a layer. */
function named({ legends }: CanvasSpec, layer: Legend["layer"]): readonly string[] | undefined {
  return legends.find((legend) => legend.layer === layer)?.labels.map(({ name }) => name);
}

function lay(box: HTMLElement, { x, y }: Point): void {
  Object.assign(box.style, { left: `${Math.round(x)}px`, top: `${Math.round(y)}px` });
}

/** Whether the program listens to the pointer on this canvas. If so, it is not probed. */
function listens({ spec }: PictureView): boolean {
  return spec.pointer !== "off";
}

/** The texel at a point of the page, or null outside the picture. */
function spotAt(picture: PictureView, client: Point): Spot | null {
  const { spec, window, placement } = picture;
  if (listens(picture) || window.hidden) return null;
  const { left, top } = window.getBoundingClientRect();
  const at = toTexel(placement, { x: client.x - left, y: client.y - top });
  const x = Math.floor(at.x);
  const y = Math.floor(at.y);
  return x >= 0 && y >= 0 && x < spec.width && y < spec.height ? { canvas: spec.id, x, y } : null;
}

/** The names of the canvases side by side: their own, or their panels' names if their own are the same. */
function labels(specs: readonly { id: string; name: string }[]): string[] {
  const panels = specs.map(({ id }) =>
    id.slice(0, id.indexOf("/")).replaceAll("%2F", "/").replaceAll("%25", "%"),
  );
  const unlike = (names: readonly string[]) => new Set(names).size === names.length;
  const names = specs.map(({ name }) => name);
  if (unlike(names)) return names;
  return unlike(panels) ? panels : names.map((name, i) => `${panels[i]}/${name}`);
}
