// One rendering of a view: joins the wire to the visuals. Every visual it makes, it destroys.

import { element, handingFocusOn } from "../base/dom";
import { followHost } from "../base/theme";
import { Visibility } from "../base/visibility";
import { Chart } from "../chart/chart";
import { Downloads, save } from "../files/download";
import type { Files } from "../files/files";
import { Recordings } from "../files/recording_links";
import { Uploads } from "../files/upload";
import { Keys } from "../frame/keys";
import { Empty, Ended, FailureBox, Notices } from "../frame/messages";
import { StatusLine } from "../frame/status_line";
import { Toolbar } from "../frame/toolbar";
import { PanelGrid } from "../panels/panel_grid";
import { Painter } from "../pictures/painter";
import { type ReplayDocument, ShownBlobs } from "../replay/document";
import { Player } from "../replay/player";
import { read, reason } from "../replay/reader";
import { Screen } from "../replay/screen";
import { Connection, type Model } from "../wire/connection";
import { type KernelMessage, PROTOCOL_VERSION, type Scene, type Status, type Update } from "../wire/protocol";
import { Reporter } from "../wire/report";
import { Aside } from "./aside";

/** Milliseconds without an answer after which the page shows what it has without a kernel. */
const NO_ANSWER = 3000;
/** Milliseconds for which a view waits for its first frame before it shows what the notebook has kept. */
export const NO_FRAME = 300;
const NOBODY_SENDS = "Nobody is there to send the file";
const NOBODY_TAKES = "Nobody is there to take the file";

export class App {
  readonly element = element("div", { className: "vw-root vw-nothing" });
  #keys = new Keys(this.element);
  #unfollow = followHost(this.element); // before the chart, which is drawn anew in the colours that this leads to
  #model: Model;
  #connection: Connection;
  #reporter: Reporter;
  #painter: Painter;
  #toolbar: Toolbar;
  #notices = new Notices(this.element);
  #failure: FailureBox;
  #grid: PanelGrid;
  #chart = new Chart();
  #aside: Aside;
  #status = new StatusLine();
  #downloads = new Downloads({
    fetch: (token, offset) => this.#connection.send({ kind: "fetch", token, offset }),
    save,
  });
  #uploads = new Uploads({
    send: (part, data) => this.#connection.send({ kind: "upload", ...part }, [data]),
    cancel: (upload) => this.#connection.send({ kind: "cancel_upload", upload }),
  });
  #files: Files = {
    upload: (place, file, told) => {
      if (this.#live) return this.#uploads.start(place, file, told);
      told(null, NOBODY_TAKES); // which was dropped here
      return () => {};
    },
    download: (token, told) => {
      if (this.#live) this.#downloads.start(token, told);
      else told(null, NOBODY_SENDS);
    },
  };
  #recordings = new Recordings(this.#files.download);
  #empty = new Empty();
  #ended = new Ended((replayed) => this.#showReplay(replayed));
  #visibility: Visibility;
  #patience: ReturnType<typeof setTimeout>;
  #recalling: ReturnType<typeof setTimeout> | undefined;
  #recalled: Screen | null = null;
  #running = false;
  #live = true;
  #scene = false;
  #busy = false; // whether the kernel has said that it is there, and has no time
  #focused: HTMLElement | null = null;
  #leaving = () => this.#connection.send({ kind: "gone" });
  #ending = () => this.#end();

  constructor(model: Model) {
    this.#model = model;
    this.#connection = new Connection(model, {
      message: (message, buffers) => this.#keepFocus(() => this.#hear(message, buffers)),
      live: (live) => this.#setLive(live),
    });
    this.#reporter = new Reporter((painted) => this.#connection.send({ kind: "report", ...painted }));
    this.#painter = this.#makePainter();
    this.#toolbar = new Toolbar((name, value) => this.#connection.send({ kind: "command", name, value }));
    this.#failure = new FailureBox(() =>
      this.#connection.send({ kind: "command", name: "resume", value: 0 }),
    );
    this.#grid = new PanelGrid(this.#connection, this.#files, () => this.#reporter.resync());
    this.#aside = new Aside(this.#grid.element, this.#chart.element);
    const visuals = [
      this.#toolbar,
      this.#notices,
      this.#failure,
      this.#ended,
      this.#empty,
      this.#aside,
      this.#recordings,
      this.#status,
    ];
    this.element.append(...visuals.map((visual) => visual.element));
    this.element.dataset.state = "waiting";
    this.element.setAttribute("role", "group");
    this.#visibility = new Visibility(this.element, (visible) => this.#reporter.show(visible));
    this.#patience = setTimeout(() => this.#nothingThere(), NO_ANSWER);
    addEventListener("pagehide", this.#leaving);
    this.element.addEventListener("focusin", (event) => {
      this.#focused = event.target as HTMLElement;
    });
    this.element.addEventListener("focusout", (event) => {
      if (event.relatedTarget !== null) this.#focused = null; // it went elsewhere, rather than down with the element
    });
    model.on("change:_over", this.#ending);
    if (model.get("_over") === true) this.#end();
    else this.#sayReady();
  }

  // The kernel has closed the view and hears no more of it. What is shown stays.
  #end(): void {
    this.#connection.end();
    this.#live = false;
    this.#rest();
    this.#toolbar.run.close();
    this.element.dataset.state = "closed";
    if (!this.#scene) this.#nothingThere();
  }

  #sayReady(): void {
    this.#reporter.answered = false;
    this.#connection.send({ kind: "ready", protocol: PROTOCOL_VERSION });
  }

  #makePainter(): Painter {
    return new Painter({
      surface: (canvas) => this.#grid.picture(canvas),
      painted: (seq) => this.#reporter.painted(seq),
      drawn: (at, ready) => this.#reporter.drawn(at, ready),
      failed: () => this.#reporter.resync(),
      drawing: (alive) => {
        this.#visibility.drawing = alive;
      },
    });
  }

  #hear(message: KernelMessage, buffers: DataView[]): void {
    if (message.kind === "scene") this.#showScene(message);
    else if (message.kind === "update") this.#showUpdate(message, buffers);
    else if (message.kind === "busy") {
      if (message.client === this.#connection.client) this.#showBusy(message.seconds);
      return; // which was not said by the loop that sends pictures
    } else if (message.client === this.#connection.client) {
      if (message.kind === "chunk") this.#downloads.take(message, buffers);
      else this.#uploads.take(message);
    }
    this.#reporter.heard(this.#running);
  }

  #showScene(scene: Scene): void {
    clearTimeout(this.#patience);
    this.#empty.hide();
    if (scene.protocol !== PROTOCOL_VERSION) {
      this.#showEmpty(
        "This page and the kernel have different versions of vultorch_widget. Reload the page.",
      );
      return;
    }
    this.#scene = true;
    if (this.element.dataset.state === "empty") this.element.dataset.state = "waiting";
    this.element.classList.remove("vw-nothing");
    this.element.setAttribute("aria-label", scene.title);
    this.#toolbar.title = scene.title;
    this.#notices.update(scene.notices);
    this.#grid.update(scene);
    this.#recalling ??= setTimeout(() => this.#recall(), NO_FRAME);
    this.#reporter.answered = true;
  }

  // The kernel may take a while for its first frame: until then the last that it has sent for the notebook stands there.
  #recall(): void {
    if (!this.#grid.waiting) return;
    const replay = this.#saved();
    if (replay === null) return;
    this.#recalled = new Screen(replay.blobs, {
      surface: (canvas) => {
        const picture = this.#grid.picture(canvas);
        return picture && { paint: (decoded) => picture.recall(decoded) };
      },
      painted: () => {},
    });
    this.#recalled.show(0, new ShownBlobs(replay.frames).at(replay.frames.length - 1));
  }

  /** The replay that the kernel has sent for the notebook; null where none can be played. */
  #saved(): ReplayDocument | null {
    try {
      return read(this.#model.get("_replay"));
    } catch {
      return null;
    }
  }

  #showUpdate(update: Update, buffers: DataView[]): void {
    if (update.status !== null) this.#showStatus(update.status);
    for (const patch of update.controls) this.#grid.patch(patch);
    this.#chart.patch(update.series, buffers);
    if (update.pictures.length === 0) return;
    this.#reporter.arrived(buffers.reduce((bytes, buffer) => bytes + buffer.byteLength, 0));
    void this.#painter.take(update, buffers);
  }

  // A kernel that has no time is there all the same: nobody need run the cell.
  #showBusy(seconds: number): void {
    this.#busy = true;
    this.#toolbar.run.busy(seconds);
  }

  #showStatus(status: Status): void {
    this.#running = status.state === "running";
    this.element.dataset.state = status.state;
    this.#toolbar.update(status);
    this.#status.update(status);
    this.#recordings.update(status.recordings);
    this.#failure.update(status.failure);
  }

  // A kernel that is restarted takes its comms along; what was painted stays, for there may be nothing else left of it.
  #setLive(live: boolean): void {
    if (this.#model.get("_over") === true) return;
    if (live && !this.#live) this.#sayReady();
    this.#live = live;
    if (live) {
      this.#grid.live = true;
      this.#ended.hide();
      return;
    }
    this.#rest();
    this.#toolbar.run.disconnect();
    this.element.dataset.state = "disconnected";
    if (this.#scene) this.#ended.show(Boolean(this.#model.get("_replay")));
    else this.#nothingThere();
  }

  // In place of the view that its kernel has left, or away again.
  #showReplay(replayed: boolean): void {
    this.element.classList.toggle("vw-nothing", replayed);
    this.#empty.hide();
    if (!replayed) return;
    this.#empty.show("What the notebook keeps of this run.", String(this.#model.get("_poster") ?? ""));
    this.#play(this.#model.get("_replay"));
  }

  #rest(): void {
    this.#running = false;
    this.#status.rest();
    this.#uploads.fail("Nobody is there any more to take the rest of the file");
    this.#downloads.fail(NOBODY_SENDS);
    this.#reporter.heard(false);
    this.#keepFocus(() => {
      this.#grid.live = false;
      this.#toolbar.disable();
      this.#failure.rest();
    });
  }

  // What had the focus may be disabled, hidden or gone after `change`: keys would go to the page. After a button of the
  // run comes the one that runs it; whoever typed elsewhere would press that by accident.
  #keepFocus(change: () => void): void {
    const { toggle } = this.#toolbar;
    const runs = [this.#toolbar.element, this.#failure.element];
    const heir = (lost: Node) =>
      !toggle.disabled && runs.some((part) => part.contains(lost)) ? toggle : this.element;
    handingFocusOn(this.element, heir, change);
  }

  // A notebook that was opened again, or a kernel that is busy: what there was to see, and no alarm.
  #nothingThere(): void {
    clearTimeout(this.#patience);
    if (this.#scene) return;
    const said = this.#model.get("_over")
      ? "This view is closed. Run the cell for a new one."
      : this.#live
        ? this.#busy
          ? "The kernel is busy. The view comes when it has time."
          : "Waiting for the kernel, which may be busy. If none is connected, run the cell to start."
        : "No kernel is connected. Run the cell to start.";
    this.#showEmpty(said, String(this.#model.get("_poster") ?? ""));
    this.#play(this.#model.get("_replay"));
  }

  #play(saved: unknown): void {
    if (saved == null || saved === "") return;
    try {
      const replay = read(saved);
      if (replay.frames.length > 0) this.#empty.play(new Player(replay));
    } catch (error) {
      this.#empty.say(`The saved replay cannot be played: ${reason(error)}.`);
    }
  }

  #showEmpty(said: string, poster = ""): void {
    this.#empty.show(said, poster);
    this.element.classList.add("vw-nothing");
    this.element.dataset.state = "empty";
  }

  /** What is shown of each canvas. */
  get pictures(): readonly HTMLCanvasElement[] {
    return [...this.#grid.element.querySelectorAll<HTMLCanvasElement>("canvas[data-vw-canvas]")].filter(
      ({ hidden }) => !hidden,
    );
  }

  /** Gives back the focus that was lost with the place of the element, unless something else has it. */
  focusAgain(): void {
    if (document.activeElement === document.body) this.#focused?.focus({ preventScroll: true });
  }

  destroy(): void {
    clearTimeout(this.#patience);
    clearTimeout(this.#recalling);
    this.#recalled?.destroy();
    removeEventListener("pagehide", this.#leaving);
    this.#model.off("change:_over", this.#ending);
    this.#keys.destroy();
    this.#unfollow();
    this.#visibility.destroy();
    this.#reporter.destroy();
    this.#toolbar.run.rest();
    this.#painter.destroy();
    this.#aside.destroy();
    this.#grid.destroy();
    this.#chart.destroy();
    this.#empty.hide();
    this.#connection.destroy();
    this.element.remove();
  }
}
