// The panels of a view, laid out, and the available size of each canvas.

import { element, keepingFocus } from "../base/dom";
import type { Files } from "../files/files";
import { type Sights, Zoom } from "../inspection/zoom";
import type { PictureView } from "../pictures/picture";
import type { Wire } from "../wire/connection";
import type { CanvasSize, ControlsPatch, Marks, PanelSpec, Scene } from "../wire/protocol";
import { arrange, type Box } from "./layout";
import { PanelView } from "./panel";

/** Milliseconds without a change before new sizes are sent: dragging a window's edge makes many. */
const SETTLE = 80;
/** Most of the screen's height that pictures take, so that chart and controls stay visible. */
const SCREEN_SHARE = 0.6;
/** CSS pixels that pictures may take on any screen, and in any dock. */
const LEAST_HEIGHT = 320;
const LEAST_IN_DOCK = 200;
/** CSS pixels around a view in a dock. */
const DOCK_MARGIN = 16;
const LET_GO = ["pointerup", "pointercancel", "pointermove"] as const;

export class PanelGrid {
  readonly element = element("div", { className: "vw-panels" });
  #panels = new Map<string, PanelView>();
  #wire: Wire;
  #files: Files;
  #lost: () => void;
  #scene: Scene | null = null;
  #structure = "";
  #observer: ResizeObserver;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #pressed = false;
  #zoom: Zoom;
  #live = true;
  #docked: HTMLElement | null = null;
  // A context menu or an open list may swallow `pointerup`, so the next move is checked too.
  #letGo = ({ buttons }: PointerEvent) => {
    if (buttons === 0) this.#press(false);
  };

  /** Calls `lost` when the browser has discarded what was painted on a canvas. Zoomed canvases start with `sights`. */
  constructor(wire: Wire, files: Files, lost: () => void, sights?: Sights) {
    this.#wire = wire;
    this.#zoom = new Zoom(wire, sights);
    this.#files = files;
    this.#lost = lost;
    this.#observer = new ResizeObserver(() => this.#arrange());
    this.#observer.observe(this.element);
    this.element.addEventListener("pointerdown", () => this.#press(true));
  }

  // An element that moves in the document loses the pointer, so nothing moves while a pointer is down.
  #press(pressed: boolean): void {
    this.#pressed = pressed;
    for (const kind of LET_GO) {
      if (pressed) addEventListener(kind, this.#letGo, true);
      else removeEventListener(kind, this.#letGo, true);
    }
    if (!pressed) setTimeout(() => this.#arrange()); // after all listeners of this event have run
  }

  /** Whether any canvas still waits for its first frame. */
  get waiting(): boolean {
    return [...this.#panels.values()].some((panel) =>
      [...panel.pictures.values()].some((picture) => picture.waiting),
    );
  }

  /** All pictures, in the order of the scene. */
  get pictures(): PictureView[] {
    const panels = this.#scene?.panels ?? [];
    return panels.flatMap(({ id }) => [...(this.#panels.get(id)?.pictures.values() ?? [])]);
  }

  picture(canvas: string): PictureView | undefined {
    for (const panel of this.#panels.values()) {
      const picture = panel.pictures.get(canvas);
      if (picture !== undefined) return picture;
    }
    return undefined;
  }

  /** Draws `marks` over a canvas. */
  annotate(canvas: string, marks: readonly Marks[]): void {
    for (const panel of this.#panels.values()) panel.annotate(canvas, marks);
  }

  update(scene: Scene): void {
    this.#scene = scene;
    const wanted = new Set(scene.panels.map((panel) => panel.id));
    for (const [id, panel] of this.#panels) {
      if (wanted.has(id)) continue;
      panel.destroy();
      this.#panels.delete(id);
    }
    for (const spec of scene.panels) {
      const panel = this.#panels.get(spec.id);
      if (panel !== undefined) panel.update(spec);
      else this.#panels.set(spec.id, this.#make(spec));
    }
    this.#zoom.update(this.pictures);
    this.#arrange();
    this.measure();
  }

  #make(spec: PanelSpec): PanelView {
    const events = { resized: () => this.measure(), lost: this.#lost };
    const panel = new PanelView(spec, this.#wire, this.#files, events);
    panel.live = this.#live;
    return panel;
  }

  patch(patch: ControlsPatch): void {
    this.#panels.get(patch.panel)?.patch(patch);
  }

  /** Whether a kernel is connected. Without one, only what the page itself does can be changed. */
  set live(live: boolean) {
    this.#live = live;
    for (const panel of this.#panels.values()) panel.live = live;
  }

  /** Sends the available size of each canvas, once the sizes have settled. */
  measure(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const sizes: CanvasSize[] = [];
      for (const panel of this.#panels.values()) {
        for (const [canvas, { room }] of panel.pictures) sizes.push({ canvas, ...room });
      }
      if (sizes.length > 0) this.#wire.send({ kind: "resize", sizes });
    }, SETTLE);
  }

  #arrange(): void {
    const scene = this.#scene;
    const width = this.element.clientWidth;
    if (scene === null || width === 0 || this.#pressed) return; // not laid out yet, or to be arranged on release
    if (scene.layout === null) {
      this.#structure = "";
      this.element.replaceChildren(
        element("p", { className: "vw-placeholder", textContent: "This view has no panels" }),
      );
      return;
    }
    const canvases = new Map(scene.panels.map((panel) => [panel.id, panel.canvases]));
    // A narrow view keeps its full height: pictures would become tiny.
    const nominal = Math.max(scene.height, (width * scene.height) / scene.width);
    const height = Math.min(nominal, this.#mostHeight());
    const box = arrange(scene.layout, width, height, canvases, 1 / devicePixelRatio);
    this.#build(box);
    this.#resize(box);
  }

  /** Most CSS pixels that pictures take: a share of the screen, or what is left in a dock. */
  #mostHeight(): number {
    const dock = this.#dock();
    if (dock === null) return Math.max(LEAST_HEIGHT, SCREEN_SHARE * screen.availHeight);
    const root = this.element.closest<HTMLElement>(".vw-root");
    const rest = root === null ? 0 : root.offsetHeight - this.element.offsetHeight;
    return Math.max(LEAST_IN_DOCK, dock.clientHeight - rest - DOCK_MARGIN);
  }

  /** JupyterLab's panel for a single output, if the view is in one. Its height is fixed, and observed. */
  #dock(): HTMLElement | null {
    const dock = this.element.closest<HTMLElement>(".jp-LinkedOutputView");
    if (dock !== this.#docked) {
      if (this.#docked !== null) this.#observer.unobserve(this.#docked);
      const root = this.element.closest<HTMLElement>(".vw-root"); // whose other parts may grow
      if (dock !== null && root !== null) for (const part of [dock, root]) this.#observer.observe(part);
      this.#docked = dock;
    }
    return dock;
  }

  #build(box: Box): void {
    const structure = outline(box);
    if (structure === this.#structure) return;
    this.#structure = structure;
    keepingFocus(this.element, () => this.element.replaceChildren(this.#element(box)));
  }

  #element(box: Box): HTMLElement {
    if (box.kind === "leaf") return this.#panel(box.panel).element;
    const children = box.children.map((child) => this.#element(child));
    return element("div", { className: `vw-split vw-${box.direction}` }, ...children);
  }

  #resize(box: Box, node = this.element.firstElementChild as HTMLElement): void {
    node.style.width = `${box.width}px`;
    if (box.kind === "leaf") this.#panel(box.panel).resize(box);
    else
      for (const [i, child] of box.children.entries()) this.#resize(child, node.children[i] as HTMLElement);
  }

  #panel(id: string): PanelView {
    const panel = this.#panels.get(id);
    if (panel === undefined) throw new Error(`the layout names a panel ${id} that the scene does not have`);
    return panel;
  }

  destroy(): void {
    this.#observer.disconnect();
    for (const kind of LET_GO) removeEventListener(kind, this.#letGo, true);
    this.#scene = null;
    this.#zoom.destroy();
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const panel of this.#panels.values()) panel.destroy();
    this.#panels.clear();
  }
}

function outline(box: Box): string {
  return JSON.stringify(box, ["kind", "direction", "panel", "children"]);
}
