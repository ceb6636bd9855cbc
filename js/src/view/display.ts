// All that a kernel shows of a view: the run, its panels, its chart and its recordings.

import { followHost } from "../base/theme";
import { Visibility } from "../base/visibility";
import { Chart } from "../chart/chart";
import type { Files } from "../files/files";
import { RecordingLinks } from "../files/recording_links";
import { Keys } from "../frame/keys";
import { FailureBox, Notices } from "../frame/messages";
import { StatusLine } from "../frame/status_line";
import { Toolbar } from "../frame/toolbar";
import { PanelGrid } from "../panels/panel_grid";
import { Painter } from "../pictures/painter";
import type { PictureView } from "../pictures/picture";
import type { Wire } from "../wire/connection";
import type { Scene, Status, Update } from "../wire/protocol";
import type { Reporter } from "../wire/report";
import { Aside } from "./aside";
import { Focus } from "./focus";

export class Display {
  readonly focus: Focus;
  #root: HTMLElement;
  #keys: Keys;
  #unfollow: () => void;
  #reporter: Reporter;
  #toolbar: Toolbar;
  #notices: Notices;
  #failure: FailureBox;
  #grid: PanelGrid;
  #chart: Chart;
  #aside: Aside;
  #recordings: RecordingLinks;
  #status = new StatusLine();
  #painter: Painter;
  #visibility: Visibility;
  #running = false;

  /** Fills `root`. `standIns` are shown above the panels, or in place of them, while no kernel serves the view. */
  constructor(
    root: HTMLElement,
    wire: Wire,
    files: Files,
    reporter: Reporter,
    standIns: readonly HTMLElement[],
  ) {
    this.#root = root;
    this.#reporter = reporter;
    this.focus = new Focus(root, (lost) => this.#heir(lost));
    this.#keys = new Keys(root);
    this.#unfollow = followHost(root); // before the chart, which is drawn anew in the colours that this leads to
    this.#chart = new Chart();
    this.#notices = new Notices(root);
    this.#toolbar = new Toolbar(wire);
    this.#failure = new FailureBox(wire);
    this.#grid = new PanelGrid(wire, files, () => reporter.resync());
    this.#recordings = new RecordingLinks(files);
    const above = [this.#toolbar, this.#notices, this.#failure];
    this.#aside = new Aside(this.#grid.element, this.#chart.element);
    const below = [this.#aside, this.#recordings, this.#status];
    root.append(...above.map((part) => part.element), ...standIns, ...below.map((part) => part.element));
    root.dataset.state = "waiting";
    this.#visibility = new Visibility(root, (visible) => reporter.show(visible));
    this.#painter = new Painter({
      surface: (canvas) => this.#grid.picture(canvas),
      painted: (seq) => reporter.painted(seq),
      drawn: (at, ready) => reporter.drawn(at, ready),
      failed: () => reporter.resync(),
      drawing: (alive) => {
        this.#visibility.drawing = alive;
      },
    });
  }

  /** Whether frames follow one another, as the kernel said last. */
  get running(): boolean {
    return this.#running;
  }

  /** Whether a canvas has had no picture yet. */
  get waiting(): boolean {
    return this.#grid.waiting;
  }

  /** The picture of a canvas. */
  picture(canvas: string): PictureView | undefined {
    return this.#grid.picture(canvas);
  }

  /** What is shown of each canvas. */
  get pictures(): readonly HTMLCanvasElement[] {
    return [...this.#grid.element.querySelectorAll<HTMLCanvasElement>("canvas[data-vw-canvas]")].filter(
      ({ hidden }) => !hidden,
    );
  }

  showScene(scene: Scene): void {
    this.#root.setAttribute("aria-label", scene.title);
    this.#toolbar.title = scene.title;
    this.#notices.update(scene.notices);
    this.#grid.update(scene);
  }

  showUpdate(update: Update, buffers: DataView[]): void {
    if (update.status !== null) this.#showStatus(update.status);
    for (const patch of update.controls) this.#grid.patch(patch);
    this.#chart.patch(update.series, buffers);
    if (update.pictures.length === 0) return;
    this.#reporter.arrived(buffers.reduce((bytes, buffer) => bytes + buffer.byteLength, 0));
    void this.#painter.take(update, buffers);
  }

  #showStatus(status: Status): void {
    this.#running = status.state === "running";
    this.#root.dataset.state = status.state;
    this.#toolbar.update(status);
    this.#status.update(status);
    this.#recordings.update(status.recordings);
    this.#failure.update(status.failure);
  }

  /** The kernel has been in a frame for `seconds`; 0: it is busy with something else. */
  showBusy(seconds: number): void {
    this.#toolbar.run.busy(seconds);
  }

  /** A kernel is there again: controls and pictures can be used. */
  connect(): void {
    this.#grid.live = true;
  }

  /** No kernel is there. What was painted stays, since there may be nothing else left of the run. */
  disconnect(): void {
    this.#freeze();
    this.#toolbar.run.disconnect();
    this.#root.dataset.state = "disconnected";
  }

  /** The kernel has closed the view. What is shown stays. */
  close(): void {
    this.#freeze();
    this.#toolbar.run.close();
    this.#root.dataset.state = "closed";
  }

  #freeze(): void {
    this.#running = false;
    this.#status.rest();
    this.focus.keep(() => {
      this.#grid.live = false;
      this.#toolbar.disable();
      this.#failure.rest();
    });
  }

  // After a button of the run comes the one that runs it; whoever typed elsewhere would press that by accident.
  #heir(lost: Node): HTMLElement {
    const { toggle } = this.#toolbar;
    const runs = [this.#toolbar.element, this.#failure.element];
    return !toggle.disabled && runs.some((part) => part.contains(lost)) ? toggle : this.#root;
  }

  destroy(): void {
    this.#keys.destroy();
    this.#unfollow();
    this.#visibility.destroy();
    this.#toolbar.run.rest();
    this.#painter.destroy();
    this.#aside.destroy();
    this.#grid.destroy();
    this.#chart.destroy();
    this.#root.remove();
  }
}
