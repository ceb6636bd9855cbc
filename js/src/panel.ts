// A panel: its name and what it shows in the head, canvases below, controls under them.

import type { Value } from "./controls/change";
import { ControlList } from "./controls/list";
import { element, keepingFocus, setText } from "./dom";
import type { Files } from "./files";
import type { PanelBox } from "./layout";
import { type PictureEvents, PictureView, resolution } from "./picture";
import type { CanvasSpec, ControlsPatch, PanelSpec } from "./protocol";

export interface PanelEvents extends PictureEvents {
  readonly client: string;
  readonly files: Files;
  change(panel: string, control: string, value: Value, revision: number): void;
}

export class PanelView {
  readonly element: HTMLElement;
  readonly pictures = new Map<string, PictureView>();
  #title = element("span", { className: "vw-panel-name" });
  #size = element("span", { className: "vw-panel-size" });
  #detail = element("span", { className: "vw-panel-detail" });
  #area = element("div", { className: "vw-pictures" });
  #controls: ControlList;
  #events: PanelEvents;

  constructor(spec: PanelSpec, events: PanelEvents) {
    this.#events = events;
    const list = element("div", { className: "vw-controls" });
    this.#controls = new ControlList(list, (control) => ({
      client: events.client,
      send: (value, revision) => events.change(spec.id, control, value, revision),
      upload: (file, told) => events.files.upload(spec.id, control, file, told),
      download: events.files.download,
    }));
    const head = element("header", { className: "vw-panel-head" }, this.#title, this.#size, this.#detail);
    this.element = element("section", { className: "vw-panel" }, head, this.#area, list);
    this.element.dataset.vwPanel = spec.id;
    this.update(spec);
  }

  update(spec: PanelSpec): void {
    setText(this.#title, spec.name);
    this.#title.title = spec.name;
    this.element.setAttribute("aria-label", spec.name);
    const only = spec.canvases.length === 1 ? spec.canvases[0] : undefined;
    setText(this.#size, only === undefined ? "" : resolution(only)); // several have it under each
    setText(this.#detail, only?.detail ?? "");
    this.#detail.title = only?.detail ?? "";
    this.element.classList.toggle("vw-several", spec.canvases.length > 1);
    this.#updatePictures(spec.canvases);
    this.#controls.set(spec.controls);
  }

  #updatePictures(canvases: readonly CanvasSpec[]): void {
    const wanted = new Set(canvases.map((canvas) => canvas.id));
    for (const [id, picture] of this.pictures) {
      if (wanted.has(id)) continue;
      picture.destroy();
      this.pictures.delete(id);
    }
    for (const canvas of canvases) {
      const known = this.pictures.get(canvas.id);
      if (known !== undefined) known.update(canvas);
      else this.pictures.set(canvas.id, new PictureView(canvas, this.#events));
    }
    const elements = canvases.map((canvas) => this.pictures.get(canvas.id)?.element as HTMLElement);
    const moved = elements.some((node, i) => this.#area.children[i] !== node);
    if (moved) keepingFocus(this.#area, () => this.#area.replaceChildren(...elements));
    this.#area.hidden = canvases.length === 0;
  }

  /** Gives the pictures the room that the layout has for them. */
  resize(box: PanelBox): void {
    this.#area.style.height = `${box.height}px`;
    for (const picture of this.pictures.values()) {
      picture.element.style.width = `${box.cell}px`;
      picture.element.style.height = `${Math.floor(box.height / box.rows)}px`;
      picture.place();
    }
  }

  /** Whether pointers on the pictures are heard of. */
  set live(live: boolean) {
    for (const picture of this.pictures.values()) picture.live = live;
  }

  patch(patch: ControlsPatch): void {
    this.#controls.patch(patch);
  }

  destroy(): void {
    for (const picture of this.pictures.values()) picture.destroy();
    this.#controls.destroy();
    this.element.remove();
  }
}
