// One rendering of a view: joins the wire to the visuals. Every visual it makes, it destroys.

import { Chart } from "./chart";
import { Connection, type Model } from "./connection";
import { element } from "./dom";
import { FailureBox, Notices } from "./messages";
import { Painter } from "./painter";
import { type KernelMessage, PROTOCOL_VERSION, type Scene, type Status, type Update } from "./protocol";
import { Reporter } from "./report";
import { Stage } from "./stage";
import { StatusLine } from "./status";
import { Toolbar } from "./toolbar";
import { Visibility } from "./visibility";

/** Milliseconds without an answer after which the page says that no kernel is there. */
const NO_ANSWER = 4000;

export class App {
  readonly element = element("div", { className: "vw-root" });
  #connection: Connection;
  #reporter: Reporter;
  #painter: Painter;
  #toolbar: Toolbar;
  #notices = new Notices();
  #failure: FailureBox;
  #stage: Stage;
  #chart = new Chart();
  #status = new StatusLine();
  #visibility: Visibility;
  #placeholder = element("div", { className: "vw-placeholder", hidden: true });
  #patience: ReturnType<typeof setTimeout>;

  constructor(model: Model) {
    this.#connection = new Connection(model, (message, buffers) => this.#hear(message, buffers));
    this.#reporter = new Reporter((painted) => this.#connection.send({ kind: "report", ...painted }));
    this.#painter = new Painter({
      surface: (canvas) => this.#stage.picture(canvas),
      painted: (seq) => this.#reporter.painted(seq),
      failed: () => this.#reporter.resync(),
    });
    this.#toolbar = new Toolbar((name, value) => this.#connection.send({ kind: "command", name, value }));
    this.#failure = new FailureBox(() =>
      this.#connection.send({ kind: "command", name: "resume", value: 0 }),
    );
    this.#stage = new Stage(
      {
        client: this.#connection.client,
        change: (panel, control, value, revision) =>
          this.#connection.send({ kind: "set_control", panel, control, value, revision }),
      },
      (sizes) => this.#connection.send({ kind: "resize", sizes }),
    );
    const visuals = [this.#toolbar, this.#notices, this.#failure, this.#stage, this.#chart, this.#status];
    this.element.append(...visuals.map((visual) => visual.element), this.#placeholder);
    this.#visibility = new Visibility(this.element, (visible) => this.#reporter.show(visible));
    this.#patience = setTimeout(() => this.#nobodyThere(String(model.get("_poster") ?? "")), NO_ANSWER);
    this.#connection.send({ kind: "ready", protocol: PROTOCOL_VERSION });
  }

  #hear(message: KernelMessage, buffers: DataView[]): void {
    if (message.kind === "scene") this.#showScene(message);
    else this.#showUpdate(message, buffers);
  }

  #showScene(scene: Scene): void {
    clearTimeout(this.#patience);
    this.#placeholder.hidden = true;
    if (scene.protocol !== PROTOCOL_VERSION) {
      this.#notices.update([
        "The kernel runs another version of vultorch_widget than this page: reload the page.",
      ]);
      return;
    }
    this.#toolbar.title = scene.title;
    this.#notices.update(scene.notices);
    this.#stage.update(scene);
  }

  #showUpdate(update: Update, buffers: DataView[]): void {
    if (update.status !== null) this.#showStatus(update.status);
    for (const patch of update.controls) this.#stage.patch(patch);
    this.#chart.patch(update.series, buffers);
    if (update.pictures.length > 0) void this.#painter.take(update, buffers);
  }

  #showStatus(status: Status): void {
    this.element.dataset.state = status.state;
    this.#toolbar.update(status);
    this.#status.update(status);
    this.#failure.update(status.failure);
    this.#reporter.heard(status.state === "running");
  }

  // A notebook that was opened again, or a kernel that is gone: what there was to see, and no alarm.
  #nobodyThere(poster: string): void {
    this.#status.disconnect();
    this.#toolbar.disable();
    const hint = element("p", { textContent: "No kernel is connected. Run the cell to start." });
    this.#placeholder.replaceChildren(hint);
    if (poster.startsWith("data:image/")) {
      this.#placeholder.prepend(element("img", { src: poster, alt: "The last picture of this view" }));
    }
    this.#placeholder.hidden = false;
  }

  destroy(): void {
    clearTimeout(this.#patience);
    this.#visibility.destroy();
    this.#reporter.destroy();
    this.#painter.destroy();
    this.#stage.destroy();
    this.#chart.destroy();
    this.#connection.destroy();
    this.element.remove();
  }
}
