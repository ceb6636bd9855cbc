// A panel: its name and what it shows in the head, canvases below, controls under them.

import { ControlList } from "./controls/list";
import { element, setText } from "./dom";
import { PictureView } from "./picture";
import type { CanvasSpec, ControlsPatch, PanelSpec } from "./protocol";

export interface PanelEvents {
  readonly client: string;
  change(panel: string, control: string, value: boolean | number | string, revision: number): void;
  resized(): void;
}

export class PanelView {
  readonly element: HTMLElement;
  readonly pictures = new Map<string, PictureView>();
  #title = element("span", { className: "vw-panel-name" });
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
    }));
    const head = element("header", { className: "vw-panel-head" }, this.#title, this.#detail);
    this.element = element("section", { className: "vw-panel" }, head, this.#area, list);
    this.element.dataset.vwPanel = spec.id;
    this.update(spec);
  }

  /** Whether it has no picture, and may stand below the others where there is little room. */
  get onlyControls(): boolean {
    return this.pictures.size === 0;
  }

  update(spec: PanelSpec): void {
    setText(this.#title, spec.name);
    this.#title.title = spec.name;
    this.element.setAttribute("aria-label", spec.name);
    setText(this.#detail, spec.canvases.map(resolution).filter(Boolean).join(" · "));
    this.#detail.title = spec.canvases.map((canvas) => canvas.detail).join("; ");
    this.#updatePictures(spec.canvases);
    this.#controls.set(spec.controls);
    this.element.classList.toggle("vw-only-controls", this.onlyControls);
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
      if (known !== undefined) {
        known.update(canvas);
        continue;
      }
      const picture = new PictureView(canvas, this.#events.resized);
      this.pictures.set(canvas.id, picture);
      this.#area.append(picture.element);
    }
    this.#area.hidden = canvases.length === 0;
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

function resolution(canvas: CanvasSpec): string {
  return canvas.width > 0 ? `${canvas.width} × ${canvas.height}` : "";
}
