// The panels of a view, laid out, and the available size of each canvas.

import { element, keepingFocus } from "../base/dom";
import { steadily } from "../base/steady";
import type { Files } from "../files/files";
import { Comparing } from "../inspection/comparing";
import { Looks } from "../inspection/looks";
import type { Source } from "../inspection/source";
import { Zoom } from "../inspection/zoom";
import type { Surface } from "../pictures/painter";
import type { PictureView } from "../pictures/picture";
import type { Size } from "../pictures/viewport";
import type { Wire } from "../wire/connection";
import { Kept } from "../wire/kept";
import type {
  CanvasSize,
  ControlsPatch,
  Leaf,
  Marks,
  Measured,
  Offered,
  PanelSpec,
  Scene,
  Split,
} from "../wire/protocol";
import { Border } from "./border";
import {
  asProgrammed,
  type Choice,
  hidden,
  moved,
  NO_CHOICE,
  readChoice,
  type ShownSplit,
  type ShownTree,
  shown,
} from "./choice";
import { arrange, type Box, type Canvases, isRoomy, panels, type SplitBox } from "./layout";
import { PanelView } from "./panel";
import { HiddenPanels, PanelTools } from "./tools";

/** Milliseconds without a change before new sizes are sent: dragging a window's edge makes many changes. */
const SETTLE = 80;
/** Maximum share of the screen's height for pictures, so that chart and controls stay visible. */
const SCREEN_SHARE = 0.6;
/** CSS pixels that pictures may always take, on any screen and in any dock. */
const LEAST_HEIGHT = 320;
const LEAST_IN_DOCK = 200;
/** CSS pixels around a view in a dock. */
const DOCK_MARGIN = 16;
/** The key of these choices in what the widget keeps. */
const PART = "panels";
const LET_GO = ["pointerup", "pointercancel", "pointermove"] as const;

export class PanelGrid {
  readonly element = element("div", { className: "vw-panels" });
  #panels = new Map<string, PanelView>();
  #tools = new Map<string, PanelTools>();
  #borders = new Map<Element, Border[]>(); // by the element of the split
  #hidden: HiddenPanels;
  #body: HTMLElement | null = null; // the outermost split, or the only panel
  #kept: Kept;
  #choice: Choice;
  #wire: Wire;
  #files: Files;
  #lost: () => void;
  #scene: Scene | null = null;
  #structure = "";
  #observer: ResizeObserver;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #pressed = false;
  #toldUnseen = ""; // the panels that the kernel knows to be hidden
  #zoom: Zoom;
  #live = true;
  #looks: Looks;
  #comparing: Comparing;
  #docked: HTMLElement | null = null;
  // A context menu or an open list may swallow `pointerup`, so the next move is checked too.
  #letGo = ({ buttons }: PointerEvent) => {
    if (buttons === 0) this.#press(false);
  };

  /** Calls `lost` when the browser has discarded what was painted on a canvas. `kept` holds the user's choices. */
  constructor(wire: Wire, files: Files, lost: () => void, kept = new Kept()) {
    this.#kept = kept;
    this.#choice = readChoice(kept.part(PART));
    this.#hidden = new HiddenPanels(this);
    this.#wire = wire;
    this.#zoom = new Zoom(wire, kept);
    this.#files = files;
    this.#looks = new Looks(wire, files, kept);
    this.#comparing = new Comparing(wire, kept, (picture) => this.#looks.entries(picture));
    this.#lost = lost;
    this.#observer = new ResizeObserver(() => this.#arrange());
    this.#observer.observe(this.element);
    this.element.addEventListener("pointerdown", () => this.#press(true));
    this.element.addEventListener("keydown", (event) => this.#key(event));
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

  /** Whether any canvas is still waiting for its first frame. */
  get waiting(): boolean {
    return [...this.#panels.values()].some((panel) =>
      [...panel.pictures.values()].some((picture) => picture.waiting),
    );
  }

  /** The surface for a picture that the kernel sends for a canvas, or for a difference. */
  surface(id: string): Surface | undefined {
    return this.picture(id) ?? this.#comparing.surface(id);
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

  /** See `PanelView.copyAnnotations`. */
  copyAnnotations(canvas: string, context: CanvasRenderingContext2D, size: Size): void {
    for (const panel of this.#panels.values()) panel.copyAnnotations(canvas, context, size);
  }

  update(scene: Scene): void {
    this.#scene = scene;
    const wanted = new Set(scene.panels.map((panel) => panel.id));
    for (const [id, panel] of this.#panels) {
      if (wanted.has(id)) continue;
      panel.destroy();
      this.#panels.delete(id);
      this.#tools.delete(id);
    }
    for (const spec of scene.panels) {
      const panel = this.#panels.get(spec.id);
      if (panel !== undefined) panel.update(spec);
      else this.#panels.set(spec.id, this.#make(spec));
    }
    this.#inspect(scene);
    this.#arrange();
    this.measure();
  }

  #inspect({ compared }: Scene): void {
    this.#zoom.update(this.pictures);
    this.#looks.update(this.pictures);
    this.#comparing.update(this.pictures, compared);
  }

  /** Applies the user's choices as they are kept now. */
  takeKept(): void {
    this.#choice = readChoice(this.#kept.part(PART));
    for (const part of [this.#zoom, this.#looks, this.#comparing]) part.takeKept();
    if (this.#scene !== null) this.#inspect(this.#scene);
    this.#arrange();
    this.measure();
  }

  #make(spec: PanelSpec): PanelView {
    const events = { resized: () => this.measure(), lost: this.#lost };
    const tools = new PanelTools(spec.id, this);
    this.#tools.set(spec.id, tools);
    const panel = new PanelView(spec, this.#wire, this.#files, events, tools.element);
    panel.live = this.#live;
    return panel;
  }

  /** Writes the values that `source` knows into the texels of canvases that are zoomed in far enough. */
  showValues(source: Source): void {
    this.#zoom.showValues(source);
  }

  patch(patch: ControlsPatch): void {
    this.#panels.get(patch.panel)?.patch(patch);
  }

  /** Whether a kernel is connected. Without one, only what the page handles itself can be changed. */
  set live(live: boolean) {
    this.#live = live;
    this.#looks.live = live;
    for (const panel of this.#panels.values()) panel.live = live;
  }

  /** The kernel's answers about the values of a canvas, and about a file with them. */
  showAnswer(answer: Measured | Offered): void {
    if (answer.kind === "measured") this.#looks.measured(answer);
    else this.#looks.offered(answer);
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

  /** Tells the kernel which panels are hidden, or behind one that fills the view. */
  #tellUnseen(): void {
    const panels = [...this.#panels].flatMap(([id, panel]) =>
      this.element.contains(panel.element) ? [] : [id],
    );
    if (panels.join() === this.#toldUnseen) return;
    this.#toldUnseen = panels.join();
    this.#wire.send({ kind: "unseen", panels });
  }

  #arrange(): void {
    const scene = this.#scene;
    const width = this.element.clientWidth;
    if (scene === null || width === 0 || this.#pressed) return; // not laid out yet, or to be arranged on release
    if (scene.layout === null) {
      this.#structure = "";
      this.#body = null;
      this.element.replaceChildren(
        element("p", { className: "vw-placeholder", textContent: "This view has no panels" }),
      );
      return;
    }
    const canvases = canvasesOf(scene);
    // A narrow view keeps its full height: pictures would become tiny.
    const nominal = Math.max(scene.height, (width * scene.height) / scene.width);
    const height = Math.min(nominal, this.#mostHeight());
    const tree = this.#shown(scene.layout, width, canvases);
    const box = arrange(tree, width, height, canvases, 1 / devicePixelRatio);
    this.#build(box, isRoomy(tree, width, canvases) ? tree : null);
    this.#resize(box, tree);
    this.#updateTools(scene);
  }

  /** The visible part of the layout. Where the user's shares leave too little space, the program's apply. */
  #shown(layout: Leaf | Split, width: number, canvases: Canvases): ShownTree {
    const chosen = shown(layout, this.#choice);
    return isRoomy(chosen, width, canvases) ? chosen : shown(layout, { ...this.#choice, shares: {} });
  }

  #updateTools({ layout, panels: specs }: Scene): void {
    const all = layout === null ? [] : panels(layout);
    for (const { id, name } of specs)
      this.#tools.get(id)?.update(name, all.length < 2, this.#maximised === id);
    this.element.classList.toggle("vw-maximised", this.#maximised !== null);
  }

  /** The panel that fills the view, if any. */
  get #maximised(): string | null {
    const { maximised } = this.#choice;
    const layout = this.#scene?.layout ?? null;
    return layout !== null && maximised !== null && panels(layout).includes(maximised) ? maximised : null;
  }

  // --- what the user chooses ----------------------------------------------------------------------------------------

  hide(panel: string): void {
    this.#choose({ ...this.#choice, hidden: [...this.#choice.hidden, panel] });
    this.#hidden.button(panel)?.focus({ preventScroll: true });
  }

  show(panel: string): void {
    this.#choose({ ...this.#choice, hidden: this.#choice.hidden.filter((other) => other !== panel) });
    this.#tools.get(panel)?.hide.focus({ preventScroll: true });
  }

  maximise(panel: string): void {
    const button = this.#tools.get(panel)?.maximise;
    const change = () =>
      this.#choose({ ...this.#choice, maximised: this.#maximised === panel ? null : panel });
    if (button === undefined) change();
    else {
      steadily(button, change);
      button.focus({ preventScroll: true });
    }
  }

  reset(): void {
    const [first] = this.#choice.hidden;
    this.#choose(NO_CHOICE);
    if (first !== undefined) this.#tools.get(first)?.hide.focus({ preventScroll: true });
  }

  #key(event: KeyboardEvent): void {
    const typed = event.target instanceof Element && event.target.matches("input, textarea, select");
    if (event.key !== "Escape" || this.#maximised === null || typed || event.defaultPrevented) return;
    event.preventDefault();
    event.stopPropagation();
    this.maximise(this.#maximised);
  }

  #choose(choice: Choice, done = true): void {
    this.#choice = choice;
    this.#arrange();
    this.measure();
    const nothing = choice.hidden.length === 0 && choice.maximised === null && isEmpty(choice.shares);
    if (done) this.#kept.keep(PART, nothing ? undefined : choice);
  }

  /** A border that the user moves. */
  #border(split: ShownSplit, at: number): Border {
    return new Border(split, at, {
      allows: ({ split, at }, part) => {
        const scene = this.#scene;
        if (scene?.layout == null) return false;
        const canvases = canvasesOf(scene);
        return isRoomy(
          shown(scene.layout, moved(this.#choice, split, at, part)),
          this.element.clientWidth,
          canvases,
        );
      },
      move: ({ split, at }, part, done) => this.#choose(moved(this.#choice, split, at, part), done),
      reset: ({ split }) => this.#choose(asProgrammed(this.#choice, split)),
    });
  }

  /** Maximum CSS pixels for pictures: a share of the screen, or what is left in a dock. */
  #mostHeight(): number {
    const dock = this.#dock();
    if (dock === null) return Math.max(LEAST_HEIGHT, SCREEN_SHARE * screen.availHeight);
    const root = this.element.closest<HTMLElement>(".vw-root");
    const rest = root === null ? 0 : root.offsetHeight - (this.#body?.offsetHeight ?? 0);
    return Math.max(LEAST_IN_DOCK, dock.clientHeight - rest - DOCK_MARGIN);
  }

  /** JupyterLab's panel for a single output, if the view is in one. Its height is fixed, so it is observed. */
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

  /** Makes the elements of `box`, with borders to drag if its parts are those of `tree`. */
  #build(box: Box, tree: ShownTree | null): void {
    const away = this.#away();
    const structure = JSON.stringify([outline(box), tree !== null, away]);
    if (structure === this.#structure) return;
    this.#structure = structure;
    this.#borders.clear();
    this.#hidden.update(away);
    keepingFocus(this.element, () => {
      this.#body = this.#element(box, tree);
      this.element.replaceChildren(...(away.length > 0 ? [this.#hidden.element] : []), this.#body);
    });
    this.#tellUnseen();
  }

  /** The hidden panels. */
  #away(): { id: string; name: string }[] {
    const { layout, panels: specs } = this.#scene as Scene;
    const ids = layout === null ? [] : hidden(layout, this.#choice);
    return ids.flatMap((id) => specs.filter((spec) => spec.id === id).map(({ name }) => ({ id, name })));
  }

  #element(box: Box, tree: ShownTree | null): HTMLElement {
    if (box.kind === "leaf") return this.#panel(box.panel).element;
    const split = tree?.kind === "split" ? tree : null;
    const made = element("div", { className: `vw-split vw-${box.direction}` });
    const borders: Border[] = [];
    for (const [i, child] of box.children.entries()) {
      if (i > 0 && split !== null && (box.direction === "row" || this.#shareHeight(box, i))) {
        const border = this.#border(split, i - 1);
        borders.push(border);
        made.append(border.element);
      }
      made.append(this.#element(child, split?.children[i] ?? null));
    }
    this.#borders.set(made, borders);
    return made;
  }

  /** Whether both parts at a border of a column have pictures: controls are as high as they need to be. */
  #shareHeight({ children }: SplitBox, at: number): boolean {
    return [children[at - 1], children[at]].every((box) => box !== undefined && hasPictures(box));
  }

  #resize(box: Box, tree: ShownTree, node = this.#body as HTMLElement): void {
    node.style.width = `${box.width}px`;
    if (box.kind === "leaf") {
      this.#panel(box.panel).resize(box);
      return;
    }
    const borders = this.#borders.get(node) ?? [];
    const parts = [...node.children].filter((part) => !part.classList.contains("vw-border"));
    const split = tree.kind === "split" ? tree : null;
    for (const [i, child] of box.children.entries())
      this.#resize(child, split?.children[i] ?? tree, parts[i] as HTMLElement);
    if (split === null) return;
    for (const border of borders) {
      const [before, after] = [border.at, border.at + 1].map((i) =>
        this.#names(split.children[i] as ShownTree),
      );
      border.update(split, before as string, after as string);
    }
  }

  #names(tree: ShownTree): string {
    const specs = this.#scene?.panels ?? [];
    return panels(tree)
      .map((id) => specs.find((spec) => spec.id === id)?.name ?? id)
      .join(", ");
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
    this.#comparing.destroy();
    this.#looks.destroy();
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const panel of this.#panels.values()) panel.destroy();
    this.#panels.clear();
  }
}

function canvasesOf(scene: Scene): Canvases {
  return new Map(scene.panels.map((panel) => [panel.id, panel.canvases]));
}

function hasPictures(box: Box): boolean {
  return box.kind === "leaf" ? box.height > 0 : box.children.some(hasPictures);
}

function isEmpty(record: object): boolean {
  return Object.keys(record).length === 0;
}

function outline(box: Box): string {
  return JSON.stringify(box, ["kind", "direction", "panel", "children"]);
}
