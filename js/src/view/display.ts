// Shows a view that a kernel serves: the run, its panels, its chart and its recordings.

import { followHost } from "../base/theme";
import { Visibility } from "../base/visibility";
import { Chart } from "../chart/chart";
import { setOtherwise } from "../chart/ghost_list";
import { type Course, common, type Happened } from "../chart/step_marks";
import { CurrentSettings } from "../controls/settings";
import type { Files } from "../files/files";
import { RecordingLinks } from "../files/recording_links";
import { AlarmStrip } from "../frame/alarm_strip";
import { Keys } from "../frame/keys";
import { FailureBox, Notices } from "../frame/messages";
import { StatusLine } from "../frame/status_line";
import { Toolbar } from "../frame/toolbar";
import { Pixels } from "../inspection/pixels";
import { Probe } from "../inspection/probe";
import type { Source } from "../inspection/source";
import { Texels } from "../inspection/texels";
import { PanelGrid } from "../panels/panel_grid";
import { Painter } from "../pictures/painter";
import type { PictureView } from "../pictures/picture";
import type { Size } from "../pictures/viewport";
import type { Wire } from "../wire/connection";
import type { Kept } from "../wire/kept";
import type {
  BranchSteps,
  ControlMove,
  Ghosts,
  Marks,
  Measured,
  Moment,
  Offered,
  Pins,
  Probed,
  Scene,
  Status,
  Timeline,
  Update,
} from "../wire/protocol";
import type { Reporter } from "../wire/report";
import { Aside } from "./aside";
import { Focus } from "./focus";
import { FuturesDialog } from "./futures";
import { LookingBack } from "./looking_back";

/** A picture, and a function that draws its overlays over a copy of `size` at the origin of `context`. */
export interface ShownPicture {
  readonly canvas: HTMLCanvasElement;
  drawOver(context: CanvasRenderingContext2D, size: Size): void;
}

export class Display {
  readonly focus: Focus;
  #root: HTMLElement;
  #keys: Keys;
  #unfollow: () => void;
  #reporter: Reporter;
  #toolbar: Toolbar;
  #notices: Notices;
  #failure: FailureBox;
  #alarms: AlarmStrip;
  #grid: PanelGrid;
  #chart: Chart;
  #aside: Aside;
  #recordings: RecordingLinks;
  #status = new StatusLine();
  #painter: Painter;
  #visibility: Visibility;
  #texels: Texels;
  #pixels: Pixels;
  #probe: Probe;
  #running = false;
  #scene: Scene | null = null;
  #back: LookingBack;
  readonly futures: FuturesDialog;
  #live = true; // a kernel is connected
  #locked = false; // futures are running
  #stepMarks: Timeline["marks"] = [];
  #moves: readonly ControlMove[] = [];
  #followed: BranchSteps | null = null; // the branch that is looked at
  #ghostRuns: Ghosts["runs"] = [];
  #settings = new CurrentSettings();

  /** Fills `root`. `standIns` replace the panels, or are shown above them, while no kernel serves the view. `kept`
   *  holds the user's choices. */
  constructor(
    root: HTMLElement,
    wire: Wire,
    files: Files,
    reporter: Reporter,
    standIns: readonly HTMLElement[],
    kept: Kept,
  ) {
    this.#root = root;
    this.#reporter = reporter;
    this.focus = new Focus(root, (lost) => this.#heir(lost));
    this.#keys = new Keys(root);
    this.#unfollow = followHost(root); // before the chart, which uses the colours that this selects
    this.#chart = new Chart((step, branch) => this.#back.seek(step, branch), kept);
    this.#notices = new Notices(root);
    this.#toolbar = new Toolbar(wire);
    this.#failure = new FailureBox(wire);
    this.#alarms = new AlarmStrip(wire, root, (step) => wire.send({ kind: "rewind", step, branch: "" }));
    this.#grid = new PanelGrid(wire, files, () => reporter.resync(), kept);
    this.#recordings = new RecordingLinks(files);
    this.#aside = new Aside(this.#grid.element, this.#chart.element);
    this.#texels = new Texels(wire, () => this.#showValues(this.#texels));
    this.#back = this.#makeBack(wire, kept);
    this.futures = new FuturesDialog(wire, this.#settings, (locked) => this.#lock(locked));
    const above = [this.#toolbar, this.#back.bar, this.#notices, this.#failure, this.#alarms, this.futures];
    const below = [this.#aside, this.#recordings, this.#status];
    root.append(...above.map((part) => part.element), ...standIns, ...below.map((part) => part.element));
    this.#pixels = new Pixels(
      (canvas) => this.#grid.picture(canvas),
      () => this.#showValues(this.#pixels),
    );
    this.#probe = new Probe(root, this.#texels);
    this.#grid.showValues(this.#texels);
    root.dataset.state = "waiting";
    this.#visibility = new Visibility(root, (visible) => {
      reporter.show(visible);
      this.#alarms.visible = visible;
    });
    this.#painter = new Painter({
      surface: (canvas) => this.#grid.surface(canvas),
      annotate: (canvas, marks) => this.annotate(canvas, marks),
      painted: (seq) => reporter.painted(seq),
      drawn: (at, ready) => reporter.drawn(at, ready),
      failed: () => reporter.resync(),
      drawing: (alive) => {
        this.#visibility.drawing = alive;
      },
    });
  }

  #makeBack(wire: Wire, kept: Kept): LookingBack {
    const display = this;
    return new LookingBack(wire, kept, {
      root: this.#root,
      live: this.#texels,
      get scene() {
        return display.#scene;
      },
      cover: (panels, arranged) => this.focus.keep(() => this.#cover(panels, arranged)),
      mark: (step, branch, shared) => this.#chart.mark(step, branch, shared),
      follow: (branch) => this.#follow(branch),
      explore: (button) => this.futures.open(button),
    });
  }

  // While futures run, users' changes would have to wait, and the pictures belong to a future.
  #lock(locked: boolean): void {
    if (locked === this.#locked) return;
    this.#locked = locked;
    if (locked) this.#back.leave();
    this.#root.classList.toggle("vw-exploring", locked);
    this.#toolbar.run.exploring = locked;
    this.focus.keep(() => {
      this.#toolbar.element.inert = this.#back.bar.element.inert = locked;
      this.#grid.live = this.#live && !locked;
    });
  }

  // The live panels stay where they are, and go on. Any rearranging in the meantime applies to them, too.
  #cover(panels: HTMLElement | null, arranged: boolean): void {
    const covered = panels !== null;
    if (covered === this.#aside.covered) return;
    this.#aside.cover(panels);
    this.#probe.update(covered ? [] : this.#grid.pictures);
    if (arranged) this.takeKept();
  }

  /** Whether the run was running at the last status. */
  get running(): boolean {
    return this.#running;
  }

  /** Whether any canvas still waits for its first frame. */
  get waiting(): boolean {
    return this.#grid.waiting;
  }

  /** The picture of a canvas, if the view has that canvas. */
  picture(canvas: string): PictureView | undefined {
    return this.#grid.picture(canvas);
  }

  /** Applies the user's choices as they are kept now. */
  takeKept(): void {
    this.#chart.takeKept();
    this.#grid.takeKept();
  }

  /** Draws `marks` over a canvas. */
  annotate(canvas: string, marks: readonly Marks[]): void {
    this.#grid.annotate(canvas, marks);
  }

  /** The pictures that are shown. */
  get pictures(): readonly ShownPicture[] {
    const all = this.#grid.element.querySelectorAll<HTMLCanvasElement>("canvas[data-vw-canvas]");
    return [...all]
      .filter(({ hidden }) => !hidden)
      .map((canvas) => ({
        canvas,
        drawOver: (context, size) => this.#grid.copyAnnotations(canvas.dataset.vwCanvas ?? "", context, size),
      }));
  }

  showScene(scene: Scene): void {
    this.#scene = scene;
    this.futures.takeScene(scene);
    this.#root.setAttribute("aria-label", scene.title);
    this.#toolbar.title = scene.title;
    this.#notices.update(scene.notices);
    this.#grid.update(scene);
    this.#settings.update(scene);
    this.#chart.settings = this.#settings.values;
    this.#back.update(scene);
    if (!this.#aside.covered) this.#probe.update(this.#grid.pictures);
  }

  showMoment(moment: Moment, buffers: DataView[]): void {
    this.#back.receive(moment, buffers);
  }

  /** Shows values of texels that the kernel has read. */
  showAnswer(answer: Measured | Offered): void {
    this.#grid.showAnswer(answer);
  }

  showProbed(probed: Probed, buffers: DataView[]): void {
    this.#texels.take(probed, buffers);
  }

  #showValues(source: Source): void {
    this.#probe.refresh();
    this.#back.refresh();
    this.#grid.showValues(source);
  }

  showPins(pins: Pins, buffers: DataView[]): void {
    this.#texels.takePins(pins, buffers);
  }

  /** Shows abandoned branches and other runs. */
  showGhosts({ curves, runs = [] }: Ghosts, buffers: DataView[]): void {
    this.#chart.haunt(curves, buffers, runs);
    this.#ghostRuns = runs;
    this.#tellBranches();
  }

  #tellBranches(): void {
    const told = new Map(this.#ghostRuns.map((run) => [run.name, setOtherwise(run, this.#settings.values)]));
    this.#back.bar.told = (branch) => told.get(branch) ?? "";
  }

  /** Shows what happened at steps of the run, and the active alarms. */
  showTimeline({ marks, alarms }: Timeline): void {
    this.#alarms.update(alarms);
    this.#back.bar.checkpoints = marks.filter(({ kind }) => kind === "checkpoint").map(({ step }) => step);
    this.#stepMarks = marks;
    this.#showMarks();
  }

  #showMarks(): void {
    const present = [...this.#stepMarks, ...asMarks(this.#moves)];
    this.#chart.marks = present;
    this.#chart.course = this.#followed === null ? null : courseOf(this.#followed, present);
  }

  #follow(branch: BranchSteps | null): void {
    if (branch === this.#followed) return;
    this.#followed = branch;
    this.#showMarks();
  }

  showUpdate(update: Update, buffers: DataView[]): void {
    if (update.status !== null) this.#showStatus(update.status);
    for (const patch of update.controls) {
      this.#grid.patch(patch);
      this.#settings.patch(patch);
    }
    if (update.controls.length > 0) {
      this.#chart.settings = this.#settings.values;
      this.#tellBranches();
    }
    this.#chart.patch(update.series, buffers);
    this.#chart.rule(update.rulers ?? [], buffers);
    if (update.moves != null) {
      this.#moves = update.moves;
      this.#showMarks();
    }
    if (update.key_frames != null) this.#back.take(update.key_frames);
    if (update.pictures.length === 0 && update.annotations.length === 0) return;
    this.#reporter.arrived(buffers.reduce((bytes, buffer) => bytes + buffer.byteLength, 0));
    void this.#painter.take(update, buffers);
  }

  #showStatus(status: Status): void {
    this.#running = status.state === "running";
    this.#root.dataset.state = status.state;
    this.#back.last = status.iteration || status.frame;
    this.#toolbar.update(status);
    this.futures.takeStatus(status);
    this.#status.update(status);
    this.#recordings.update(status.recordings);
    this.#failure.update(status.failure);
    this.#alarms.paused = status.state === "paused";
  }

  /** Shows that the kernel has been in a frame for `seconds`; 0 means that it is busy with something else. */
  showBusy(seconds: number): void {
    this.#toolbar.run.busy(seconds);
  }

  /** Enables controls and pictures, because a kernel is connected. */
  connect(): void {
    this.#live = true;
    this.#grid.live = !this.#locked;
    this.#texels.restart();
    this.#probe.source = this.#texels;
    this.#grid.showValues(this.#texels);
  }

  /** Disables everything, because no kernel is connected. The last pictures stay: nothing else may be left of the
   *  run. */
  disconnect(): void {
    this.#freeze();
    this.#toolbar.run.disconnect();
    this.#root.dataset.state = "disconnected";
  }

  /** Disables everything, because the kernel has closed the view. The last pictures stay. */
  close(): void {
    this.#freeze();
    this.#toolbar.run.close();
    this.#root.dataset.state = "closed";
  }

  #freeze(): void {
    this.#running = this.#live = false;
    this.#back.end();
    this.futures.end();
    this.#status.rest();
    this.#probe.source = this.#pixels;
    this.#grid.showValues(this.#pixels);
    this.focus.keep(() => {
      this.#grid.live = false;
      this.#toolbar.disable();
      this.#failure.rest();
      this.#alarms.rest();
    });
  }

  // A toolbar button passes the focus to Run. From elsewhere, someone typing could press Run by accident.
  #heir(lost: Node): HTMLElement {
    const { toggle } = this.#toolbar;
    const runs = [this.#toolbar.element, this.#failure.element, this.#alarms.element];
    return !toggle.disabled && runs.some((part) => part.contains(lost)) ? toggle : this.#root;
  }

  destroy(): void {
    this.#keys.destroy();
    this.#back.destroy();
    this.futures.destroy();
    this.#unfollow();
    this.#visibility.destroy();
    this.#toolbar.run.rest();
    this.#alarms.destroy();
    this.#painter.destroy();
    this.#probe.destroy();
    this.#texels.destroy();
    this.#aside.destroy();
    this.#grid.destroy();
    this.#chart.destroy();
    this.#root.remove();
  }
}

/** What happened on the way to the end of a branch, beside the marks of the `present`. */
function courseOf({ shared, marks, moves, bests }: BranchSteps, present: readonly Happened[]): Course {
  return {
    marks: [...common(present, shared), ...marks, ...asMarks(moves)],
    bests: new Map(bests.map(({ series, best }) => [series, best])),
  };
}

function asMarks(moves: readonly ControlMove[]): Happened[] {
  return moves.map((move) => ({ ...move, kind: "control" }));
}
