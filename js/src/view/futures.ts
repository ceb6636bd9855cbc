// The dialog of futures: the form, their progress, the results side by side, and the choice of one to keep.

import { element, setText } from "../base/dom";
import { grouped } from "../base/numbers";
import { Average } from "../chart/average";
import { Chart } from "../chart/chart";
import type { CurrentSettings } from "../controls/settings";
import { decode } from "../pictures/decode";
import type { Wire } from "../wire/connection";
import { Kept } from "../wire/kept";
import type { Exploration, ExploreRefused, FutureLine, FutureShown, Scene, Status } from "../wire/protocol";
import { type Candidate, FuturesForm, isTried } from "./futures_form";

const SERIES_COLOURS = 6;
/** Columns of a point in the chart, and bytes of each. */
const COLUMNS = 5;
const BYTES = 8;

const STATES: Record<FutureLine["state"], string> = {
  waiting: "waits",
  running: "runs",
  done: "",
  ended: "ended",
  failed: "failed",
};

export class FuturesDialog {
  readonly element: HTMLElement;
  #wire: Wire;
  #lock: (locked: boolean) => void;
  #form: FuturesForm;
  #title = element("strong", { textContent: "Futures" });
  #where = element("span", { className: "vw-future-where" });
  #close = element("button", { type: "button", className: "vw-dismiss", textContent: "×" });
  #progress = element("div", { className: "vw-future-progress", hidden: true });
  #bar = element("progress", { max: 1, value: 0 });
  #doing = element("span", { className: "vw-future-doing" });
  #cancel = element("button", { type: "button", className: "vw-button", textContent: "Cancel" });
  #said = element("div", { className: "vw-future-outcome", attributes: { "aria-live": "polite" } });
  #grid = element("div", { className: "vw-future-grid" });
  #curves: Curves | null = null; // created for the first futures: most views have none
  #cards: Card[] = [];
  #exploration: Exploration | null = null;
  #scene: Scene | null = null;
  #settings: CurrentSettings;
  #rate = 0;
  #step = 0;
  #open = false;
  #refusal = ""; // why the kernel refuses to keep a future
  #opener: HTMLElement | null = null;

  /** Calls `lock` with whether running futures prevent users from changing anything. */
  constructor(wire: Wire, settings: CurrentSettings, lock: (locked: boolean) => void) {
    this.#wire = wire;
    this.#settings = settings;
    this.#lock = lock;
    this.#form = new FuturesForm(({ trials, steps }) =>
      wire.send({ kind: "explore", trials: [...trials], steps }),
    );
    this.#close.setAttribute("aria-label", "Close");
    this.#close.addEventListener("click", () => this.close());
    this.#bar.setAttribute("aria-label", "Progress of the futures");
    this.#cancel.title = "Ends the futures after the current frame. The run is then as it was before them";
    this.#cancel.addEventListener("click", () => this.#answer("cancel"));
    this.#progress.append(this.#bar, this.#doing, this.#cancel);
    const head = element("div", { className: "vw-future-head" }, this.#title, this.#where, this.#close);
    this.element = element(
      "section",
      { className: "vw-futures", hidden: true, attributes: { role: "dialog", "aria-label": "Futures" } },
      head,
      this.#form.element,
      this.#progress,
      this.#said,
      this.#grid,
    );
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || event.isComposing || event.defaultPrevented || this.#runs) return;
      event.preventDefault();
      event.stopPropagation();
      this.close();
    });
  }

  /** Opens the form. `opener` gets the focus back. */
  open(opener: HTMLElement): void {
    this.#opener = opener;
    if (this.#open && !this.#runs) {
      this.close();
      return;
    }
    this.#open = true;
    this.#form.offer(this.#candidates, this.#rate);
    this.#show();
    this.#form.focus();
  }

  /** Closes the dialog. The explored futures stay as branches. */
  close(): void {
    if (this.#runs) return;
    if (this.#exploration !== null) this.#answer("dismiss");
    this.#exploration = null;
    this.#open = false;
    this.#clear();
    this.#show();
    this.#opener?.focus({ preventScroll: true });
  }

  get #runs(): boolean {
    return this.#exploration?.state === "running";
  }

  get #candidates(): Candidate[] {
    return this.#settings.controls.flatMap(({ panel, spec }) => (isTried(spec) ? [{ panel, spec }] : []));
  }

  takeScene(scene: Scene): void {
    this.#scene = scene;
  }

  takeStatus(status: Status): void {
    this.#step = status.iteration || status.frame;
    if (status.steps_per_second > 0) this.#rate = status.steps_per_second;
    else if (status.iteration === 0 && status.ticks_per_second > 0) this.#rate = status.ticks_per_second;
    if (this.#open && this.#exploration === null) this.#describe();
  }

  refuse({ said }: ExploreRefused): void {
    this.#open = true;
    this.#refusal = said;
    this.#form.refused = said;
    this.#show();
  }

  takeExploration(exploration: Exploration): void {
    const before = this.#exploration;
    this.#refusal = "";
    if (exploration.state === "dismissed") {
      this.#exploration = null;
      if (before !== null) this.#open = false;
      this.#clear();
    } else {
      if (before?.run !== exploration.run) this.#clear();
      this.#exploration = exploration;
      this.#open = true;
    }
    const had = this.element.contains((this.element.getRootNode() as Document | ShadowRoot).activeElement);
    this.#show();
    if (had && this.#runs && before?.state !== "running") this.#cancel.focus({ preventScroll: true });
  }

  takeShown(shown: FutureShown, buffers: DataView[]): void {
    if (shown.run !== this.#exploration?.run) return;
    const line = this.#exploration.futures[shown.future];
    if (line === undefined) return;
    this.#cards[shown.future]?.paint(shown, buffers, this.#scene);
    this.#chart().add(shown, buffers, line.branch || line.name, this.#exploration.by);
    this.#show();
  }

  /** The kernel no longer answers. */
  end(): void {
    this.#exploration = null;
    this.#open = false;
    this.#clear();
    this.#show();
  }

  #answer(answer: "cancel" | "keep" | "dismiss", future = -1): void {
    const run = this.#exploration?.run;
    if (run !== undefined) this.#wire.send({ kind: "answer_futures", run, answer, future });
  }

  #clear(): void {
    this.#refusal = "";
    this.#cards = [];
    this.#grid.replaceChildren();
    this.#curves?.clear();
  }

  #show(): void {
    this.element.hidden = !this.#open;
    this.#lock(this.#runs);
    const exploration = this.#exploration;
    this.#form.element.hidden = exploration !== null;
    this.#progress.hidden = !this.#runs;
    this.#close.hidden = this.#runs;
    this.#describe();
    setText(this.#said, exploration === null ? "" : this.#refusal || outcome(exploration));
    this.#said.classList.toggle("vw-wrong", exploration?.state === "failed" || this.#refusal !== "");
    if (exploration === null) return;
    exploration.futures.forEach((line, at) => {
      let card = this.#cards[at];
      if (card === undefined) {
        card = new Card(() => this.#answer("keep", at));
        this.#cards.push(card);
        this.#grid.append(card.element);
      }
      const best = at === exploration.best && exploration.state !== "running";
      card.update(line, exploration.steps, best, exploration.state !== "running");
    });
    this.#chart().prefer(exploration.by);
    this.#colour();
  }

  #chart(): Curves {
    if (this.#curves === null) {
      this.#curves = new Curves(() => this.#colour());
      this.element.append(this.#curves.element);
    }
    return this.#curves;
  }

  #describe(): void {
    const exploration = this.#exploration;
    setText(this.#where, `from step ${grouped(exploration?.step ?? this.#step)}`);
    if (exploration === null || !this.#runs) return;
    const { futures, steps } = exploration;
    const over = futures.filter(({ state }) => !["waiting", "running"].includes(state)).length;
    const now = futures.find(({ state }) => state === "running");
    const part = Math.min(1, (now?.steps ?? 0) / steps);
    this.#bar.value = (over + part) / futures.length;
    const step = now === undefined ? "" : ` · ${now.name} · step ${grouped(now.steps)} of ${grouped(steps)}`;
    setText(this.#doing, `${Math.min(over + 1, futures.length)} of ${futures.length}${step}`);
  }

  #colour(): void {
    this.#cards.forEach((card, at) => {
      card.colour = this.#chart().colour(at);
    });
  }

  destroy(): void {
    this.#curves?.destroy();
  }
}

/** The result of an exploration, in a sentence. */
function outcome({ state, said, futures, by }: Exploration): string {
  const done = futures.filter(({ branch }) => branch !== "").length;
  if (state === "running") return "";
  if (state === "failed") return said;
  const paused = "Keep one, or close: the run is where it was.";
  if (state === "cancelled")
    return done === 0
      ? "Cancelled. Everything is as it was."
      : `Cancelled; ${done} of ${futures.length} were run.`;
  return by === "" ? paused : `${paused} The best is told by the last tenth of ${by}.`;
}

/** One future: its pictures, its last values, and the button that keeps it. */
class Card {
  readonly element: HTMLElement;
  #name = element("strong", { className: "vw-future-name" });
  #best = element("span", { className: "vw-future-best", textContent: "best", hidden: true });
  #swatch = element("span", { className: "vw-swatch" });
  #pictures = element("div", { className: "vw-future-pictures" });
  #state = element("div", { className: "vw-future-state" });
  #values = element("dl", { className: "vw-future-numbers" });
  #keep = element("button", { type: "button", className: "vw-button", textContent: "Keep" });

  constructor(keep: () => void) {
    this.#keep.addEventListener("click", keep);
    const head = element("div", { className: "vw-future-card-head" }, this.#swatch, this.#name, this.#best);
    this.element = element(
      "article",
      { className: "vw-future" },
      head,
      this.#pictures,
      this.#state,
      this.#values,
      this.#keep,
    );
  }

  update(line: FutureLine, steps: number, best: boolean, over: boolean): void {
    setText(this.#name, line.name);
    this.element.dataset.state = line.state;
    this.element.setAttribute("aria-label", line.name);
    this.#best.hidden = !best;
    this.element.classList.toggle("vw-is-best", best);
    this.#keep.hidden = !over || line.branch === "";
    this.#keep.title = `The run stands at the end of ${line.name} then; Resume goes on from there`;
    this.#keep.classList.toggle("vw-main", best);
    this.#keep.setAttribute("aria-label", `Keep ${line.name}`);
    const state = over && line.state === "waiting" ? "not run" : STATES[line.state];
    const far = line.state === "running" || line.steps < steps ? `${grouped(line.steps)} steps` : "";
    setText(this.#state, [state, line.state === "waiting" ? "" : far, line.said].filter(Boolean).join(" · "));
    this.#values.replaceChildren(
      ...line.values.flatMap(([name = "", value = ""]) => [
        element("dt", { textContent: name }),
        element("dd", { textContent: value, className: value === "NaN" ? "vw-diverged" : "" }),
      ]),
    );
  }

  set colour(colour: string) {
    this.#swatch.style.background = colour;
    this.#swatch.style.visibility = colour === "" ? "hidden" : "";
  }

  paint({ pictures }: FutureShown, buffers: readonly DataView[], scene: Scene | null): void {
    const canvases = new Map(
      scene?.panels.flatMap(({ canvases }) => canvases).map((spec) => [spec.id, spec]) ?? [],
    );
    const shown = pictures.filter(({ canvas }) => canvases.has(canvas));
    this.#pictures.replaceChildren(
      ...shown.map(({ canvas, format, buffer }) => {
        const spec = canvases.get(canvas);
        const name = spec?.name ?? "";
        const image = element("canvas", { title: name, attributes: { role: "img", "aria-label": name } });
        image.classList.toggle("vw-nearest", spec?.filter === "nearest");
        const bytes = buffers[buffer];
        if (bytes !== undefined) void paint(image, bytes, format);
        return image;
      }),
    );
  }
}

async function paint(canvas: HTMLCanvasElement, bytes: DataView, format: string): Promise<void> {
  try {
    const decoded = await decode(bytes, format);
    Object.assign(canvas, { width: decoded.width, height: decoded.height });
    canvas.getContext("2d")?.drawImage(decoded.image, 0, 0);
    decoded.close();
  } catch {
    canvas.remove(); // a damaged picture is dropped
  }
}

/** The curves of one scalar in all futures. */
class Curves {
  readonly element: HTMLElement;
  #scalar = element("select", { attributes: { "aria-label": "Curves of" } });
  #chart = this.#made();
  #names: string[] = []; // of the futures, unique
  #points = new Map<string, Map<number, DataView>>(); // by scalar and future
  #chosen = false; // by the user
  #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
    this.#scalar.addEventListener("change", () => {
      this.#chosen = true;
      this.#draw();
    });
    const label = element("label", { className: "vw-future-scalar" }, "Curves of", this.#scalar);
    this.element = element(
      "div",
      { className: "vw-future-curves", hidden: true },
      label,
      this.#chart.element,
    );
  }

  #made(): Chart {
    const kept = new Kept();
    kept.keep("chart", { axes: false }); // all of them are one scalar
    return new Chart(null, kept);
  }

  add({ future, curves }: FutureShown, buffers: readonly DataView[], name: string, by: string): void {
    this.#names[future] = name;
    for (const { series, buffer } of curves) {
      const points = buffers[buffer];
      if (points === undefined || points.byteLength === 0) continue;
      const futures = this.#points.get(series) ?? new Map<number, DataView>();
      this.#points.set(series, futures.set(future, points));
    }
    const names = [...this.#points.keys()];
    const before = this.#scalar.value;
    if (this.#scalar.options.length !== names.length)
      this.#scalar.replaceChildren(
        ...names.map((one) => element("option", { value: one, textContent: one })),
      );
    this.#scalar.value = names.includes(before) ? before : (names[0] ?? "");
    this.element.hidden = names.length === 0;
    this.prefer(by, true);
  }

  /** Shows this scalar, unless the user has chosen another. */
  prefer(scalar: string, again = false): void {
    const known = this.#points.has(scalar) && !this.#chosen && this.#scalar.value !== scalar;
    if (known) this.#scalar.value = scalar;
    if (known || again) this.#draw();
  }

  /** The colour of a future's curve; empty if it has none. */
  colour(future: number): string {
    const at = this.#futures.findIndex(([one]) => one === future);
    return at < 0 ? "" : `var(--vw-series-${(at % SERIES_COLOURS) + 1})`;
  }

  // In their order, because the chart assigns colours in order.
  get #futures(): [number, DataView][] {
    return [...(this.#points.get(this.#scalar.value) ?? [])].sort(([a], [b]) => a - b);
  }

  #draw(): void {
    const fresh = this.#made();
    this.#chart.element.replaceWith(fresh.element);
    this.#chart.destroy();
    this.#chart = fresh;
    const futures = this.#futures;
    this.#chart.patch(
      futures.map(([future], buffer) => ({ name: this.#names[future] ?? "", start: 0, buffer })),
      futures.map(([, points]) => rows(points)),
    );
    this.#changed();
  }

  clear(): void {
    this.#points.clear();
    this.#names = [];
    this.#chosen = false;
    this.#scalar.replaceChildren();
    this.element.hidden = true;
  }

  destroy(): void {
    this.#chart.destroy();
  }
}

/** Points of a chart, made of pairs of a step and a value. */
function rows(points: DataView): DataView {
  const count = Math.floor(points.byteLength / (2 * BYTES));
  const view = new DataView(new ArrayBuffer(COLUMNS * BYTES * count));
  const average = new Average();
  for (let at = 0; at < count; at++) {
    const step = points.getFloat64(2 * BYTES * at, true);
    const value = points.getFloat64(2 * BYTES * at + BYTES, true);
    [step, value, value, average.after(step, value), value].forEach((number, column) => {
      view.setFloat64(BYTES * (COLUMNS * at + column), number, true);
    });
  }
  return view;
}
