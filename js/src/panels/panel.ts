// A panel: a head with its name and size, its canvases, and its controls below them, or beside them if they fit.

import { LegendView } from "../annotations/legend";
import { Overlay } from "../annotations/overlay";
import { element, keepingFocus, setText } from "../base/dom";
import { ControlList } from "../controls/control_list";
import type { Files } from "../files/files";
import { type PictureEvents, PictureView, resolution } from "../pictures/picture";
import type { Size } from "../pictures/viewport";
import type { Wire } from "../wire/connection";
import type { CanvasSpec, ControlsPatch, Marks, PanelSpec } from "../wire/protocol";
import type { PanelBox } from "./layout";

/** Minimum width in CSS pixels beside the pictures for controls to go there instead of below. */
const BESIDE = 280;

export class PanelView {
  readonly element: HTMLElement;
  readonly pictures = new Map<string, PictureView>();
  #overlays = new Map<string, Overlay>();
  #tools: HTMLElement;
  #title = element("span", { className: "vw-panel-name" });
  #size = element("span", { className: "vw-panel-size" });
  #area = element("div", { className: "vw-pictures" });
  #legends = new Map<string, LegendView>();
  #legendArea = element("div", { className: "vw-legends" });
  #list: HTMLFieldSetElement;
  #controls: ControlList;
  #box: PanelBox | null = null;
  #live = true;
  #wire: Wire;
  #events: PictureEvents;

  /** `tools` go in the head. */
  constructor(spec: PanelSpec, wire: Wire, files: Files, events: PictureEvents, tools: HTMLElement) {
    this.#wire = wire;
    this.#events = events;
    // A fieldset can be disabled as a whole while its text can still be copied. Screen readers should not announce a
    // group.
    this.#list = element("fieldset", { className: "vw-controls", attributes: { role: "presentation" } });
    const list = this.#list;
    this.#controls = new ControlList(list, spec.id, wire, files);
    this.#tools = element("div", { className: "vw-panel-tools" }, tools);
    const names = element("div", { className: "vw-panel-names" }, this.#title, this.#size);
    const head = element("header", { className: "vw-panel-head" }, names, this.#tools);
    this.element = element("section", { className: "vw-panel" }, head, this.#area, this.#legendArea, list);
    this.element.dataset.vwPanel = spec.id;
    this.update(spec);
  }

  update(spec: PanelSpec): void {
    setText(this.#title, spec.name);
    this.#title.title = spec.name;
    this.element.setAttribute("aria-label", spec.name);
    const only = spec.canvases.length === 1 ? spec.canvases[0] : undefined;
    setText(this.#size, only === undefined ? "" : resolution(only)); // several canvases have captions instead
    this.#size.title = only?.detail ?? "";
    this.element.classList.toggle("vw-several", spec.canvases.length > 1);
    this.#updatePictures(spec.canvases);
    this.#updateLegends(spec.canvases);
    this.#controls.set(spec.controls);
  }

  #updatePictures(canvases: readonly CanvasSpec[]): void {
    const wanted = new Set(canvases.map((canvas) => canvas.id));
    for (const [id, picture] of this.pictures) {
      if (wanted.has(id)) continue;
      picture.destroy();
      picture.tools.remove();
      this.pictures.delete(id);
      this.#overlays.delete(id);
    }
    for (const canvas of canvases) {
      const known = this.pictures.get(canvas.id);
      if (known !== undefined) known.update(canvas);
      else this.pictures.set(canvas.id, this.#makePicture(canvas));
    }
    const elements = canvases.map((canvas) => this.pictures.get(canvas.id)?.element as HTMLElement);
    const moved = elements.some((node, i) => this.#area.children[i] !== node);
    if (moved) keepingFocus(this.#area, () => this.#area.replaceChildren(...elements));
    this.#area.hidden = canvases.length === 0;
    this.#placeTools();
  }

  #makePicture(canvas: CanvasSpec): PictureView {
    const picture = new PictureView(canvas, this.#wire, this.#events);
    picture.live = this.#live;
    return picture;
  }

  /** Puts the buttons of a picture beside its name: in the panel's head, or in the captions if there are several. */
  #placeTools(): void {
    const [only] = this.pictures.values();
    if (this.pictures.size !== 1 || only === undefined)
      for (const picture of this.pictures.values()) picture.captionTools();
    else if (only.tools.parentNode !== this.#tools) this.#tools.prepend(only.tools);
  }

  #updateLegends(canvases: readonly CanvasSpec[]): void {
    const legends = canvases.map(({ id, name, legends }) => {
      const view = this.#legends.get(id) ?? this.#makeLegend(id);
      view.update(name, legends, canvases.length > 1);
      return [id, view] as const;
    });
    this.#legends = new Map(legends);
    const elements = legends.map(([, view]) => view.element);
    if (
      elements.some((node, i) => this.#legendArea.children[i] !== node) ||
      elements.length !== this.#legendArea.children.length
    )
      keepingFocus(this.#legendArea, () => this.#legendArea.replaceChildren(...elements));
  }

  #makeLegend(canvas: string): LegendView {
    const legend = new LegendView((layer, label, hidden) =>
      this.#wire.send({ kind: "hide_label", canvas, layer, label, hidden }),
    );
    legend.live = this.#hides;
    return legend;
  }

  /** Draws `marks` over a canvas, if the panel has that canvas. */
  annotate(canvas: string, marks: readonly Marks[]): void {
    const picture = this.pictures.get(canvas);
    if (picture === undefined) return;
    let overlay = this.#overlays.get(canvas);
    if (overlay === undefined) {
      if (marks.length === 0) return;
      overlay = new Overlay();
      this.#overlays.set(canvas, overlay);
      picture.addLayer(overlay);
    }
    overlay.show(marks);
    for (const painted of picture.painted) painted();
  }

  /** Draws a canvas's overlays over a copy of its picture, `size` CSS pixels, at the origin of `context`. */
  copyAnnotations(canvas: string, context: CanvasRenderingContext2D, size: Size): void {
    const picture = this.pictures.get(canvas);
    picture?.copyLayers(context, { ...size, viewport: picture.crop });
  }

  /** Applies the sizes of the layout to the pictures. */
  resize(box: PanelBox): void {
    this.#box = box;
    const columns = Math.max(1, Math.ceil(this.pictures.size / box.rows));
    const beside = this.pictures.size > 0 && !this.#controls.empty && box.width - box.used >= BESIDE;
    this.element.classList.toggle("vw-beside", beside);
    this.#area.style.width = beside ? `${box.used}px` : "";
    this.#area.style.height = `${box.height}px`;
    for (const picture of this.pictures.values()) {
      picture.element.style.width = `${beside ? box.used / columns : box.cell}px`;
      picture.element.style.height = `${Math.floor(box.height / box.rows)}px`;
      picture.place();
    }
  }

  /** Whether pointers on pictures and changes of controls reach a kernel. */
  set live(live: boolean) {
    this.#live = live;
    this.#list.disabled = !live;
    if (!live) this.#controls.abandon();
    for (const picture of this.pictures.values()) picture.live = live;
    for (const legend of this.#legends.values()) legend.live = this.#hides;
  }

  /** Whether labels can be hidden. */
  get #hides(): boolean {
    return this.#live || this.#wire.plays === true;
  }

  patch(patch: ControlsPatch): void {
    const { empty } = this.#controls;
    this.#controls.patch(patch);
    if (empty !== this.#controls.empty && this.#box !== null) this.resize(this.#box);
  }

  destroy(): void {
    for (const picture of this.pictures.values()) picture.destroy();
    this.#controls.destroy();
    this.element.remove();
  }
}
