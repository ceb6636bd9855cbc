// The panels of a view in their layout, and how much room each canvas has in it.

import { element } from "./dom";
import { build, MIN_PANEL, narrowest, panels, type Tree } from "./layout";
import { type PanelEvents, PanelView } from "./panel";
import type { PictureView } from "./picture";
import type { CanvasSize, ControlsPatch, Scene } from "./protocol";

/** Milliseconds that a size has to hold before the kernel hears of it: dragging a window's edge makes many. */
const SETTLE = 80;

export class Stage {
  readonly element = element("div", { className: "vw-stage" });
  #panels = new Map<string, PanelView>();
  #events: Omit<PanelEvents, "resized">;
  #measured: (sizes: CanvasSize[]) => void;
  #scene: Scene | null = null;
  #arrangement = "";
  #observer: ResizeObserver;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(events: Omit<PanelEvents, "resized">, measured: (sizes: CanvasSize[]) => void) {
    this.#events = events;
    this.#measured = measured;
    this.#observer = new ResizeObserver(() => this.#arrange());
    this.#observer.observe(this.element);
  }

  picture(canvas: string): PictureView | undefined {
    for (const panel of this.#panels.values()) {
      const picture = panel.pictures.get(canvas);
      if (picture !== undefined) return picture;
    }
    return undefined;
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
      else this.#panels.set(spec.id, new PanelView(spec, this.#panelEvents()));
    }
    this.#arrange();
    this.measure();
  }

  patch(patch: ControlsPatch): void {
    this.#panels.get(patch.panel)?.patch(patch);
  }

  #panelEvents(): PanelEvents {
    const { client, change } = this.#events;
    return { client, change, resized: () => this.measure() };
  }

  /** Tells, soon, what room the canvases have. */
  measure(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const sizes: CanvasSize[] = [];
      for (const panel of this.#panels.values()) {
        for (const [canvas, { room }] of panel.pictures) sizes.push({ canvas, ...room });
      }
      this.#measured(sizes);
    }, SETTLE);
  }

  // Elements move only when the arrangement changes: a moved element loses its focus, and a canvas is laid out again.
  #arrange(): void {
    const scene = this.#scene;
    if (scene === null || scene.layout === null) {
      this.element.replaceChildren();
      this.#arrangement = "";
      return;
    }
    const tree = scene.layout;
    const width = this.element.clientWidth;
    if (width === 0) return; // not laid out
    const form = this.#form(tree, width);
    const arrangement = JSON.stringify([form, tree, scene.width, scene.height]);
    if (arrangement === this.#arrangement) return;
    this.#arrangement = arrangement;
    this.element.className = `vw-stage vw-${form}`;
    this.element.style.setProperty("--vw-aspect", `${scene.width} / ${scene.height}`);
    if (form === "wide") this.element.replaceChildren(build(tree, (panel) => this.#place(panel)));
    else this.#stack(tree, form);
  }

  /** As declared; with the panels that only have controls below the others; or all panels below one another. */
  #form(tree: Tree, width: number): "wide" | "tucked" | "stacked" {
    if (narrowest(tree, width) >= MIN_PANEL) return "wide";
    const rest = this.#withoutControls(tree);
    return rest !== null && narrowest(rest, width) >= MIN_PANEL ? "tucked" : "stacked";
  }

  #stack(tree: Tree, form: "tucked" | "stacked"): void {
    const order = panels(tree);
    if (form === "stacked") {
      this.element.replaceChildren(...order.map((panel) => this.#place(panel)));
      return;
    }
    const rest = this.#withoutControls(tree) as Tree;
    const controls = order.filter((panel) => this.#panels.get(panel)?.onlyControls);
    this.element.replaceChildren(
      build(rest, (panel) => this.#place(panel)),
      ...controls.map((panel) => this.#place(panel)),
    );
  }

  #withoutControls(tree: Tree): Tree | null {
    if (tree.kind === "leaf") return this.#panels.get(tree.panel)?.onlyControls ? null : tree;
    const kept = tree.children.flatMap((child, i) => {
      const rest = this.#withoutControls(child);
      return rest === null ? [] : [{ rest, weight: tree.weights[i] ?? 1 }];
    });
    if (kept.length < 2) return kept[0]?.rest ?? null;
    const total = kept.reduce((sum, { weight }) => sum + weight, 0);
    return {
      ...tree,
      weights: kept.map(({ weight }) => weight / total),
      children: kept.map(({ rest }) => rest),
    };
  }

  #place(panel: string): HTMLElement {
    const view = this.#panels.get(panel);
    if (view === undefined) throw new Error(`the layout names a panel ${panel} that the scene does not have`);
    view.element.style.flex = "";
    return view.element;
  }

  destroy(): void {
    this.#observer.disconnect();
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const panel of this.#panels.values()) panel.destroy();
    this.#panels.clear();
  }
}
