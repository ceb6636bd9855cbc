// One rendering of a view. Makes its parts, connects them, and destroys them.

import { element } from "../base/dom";
import { Transfers } from "../files/transfers";
import { Connection, type Model } from "../wire/connection";
import { Kept } from "../wire/kept";
import { PROTOCOL_VERSION, type Scene } from "../wire/protocol";
import { Receiver } from "../wire/receiver";
import { Reporter } from "../wire/report";
import { Display, type ShownPicture } from "./display";
import { Fallback, type Newest } from "./fallback";
import { Recall } from "./recall";

const OTHER_VERSION = "This page and the kernel have different versions of vultorch_widget. Reload the page.";

export class App {
  readonly element = element("div", { className: "vw-root vw-nothing", attributes: { role: "group" } });
  #model: Model;
  #connection: Connection;
  #reporter: Reporter;
  #transfers: Transfers;
  #fallback: Fallback;
  #display: Display;
  #recall: Recall;
  #live = true;
  #unfollow: () => void;
  #leaving = () => this.#connection.send({ kind: "gone" });
  #closing = () => this.#close();

  /** The newest `replay` is shown once the kernel has ended: the kernel's last, if nothing else is given. */
  constructor(model: Model, replay: Newest = kernels(model)) {
    this.#model = model;
    this.#connection = new Connection(model, {
      message: (message, buffers) => this.#display.focus.keep(() => receiver.receive(message, buffers)),
      live: (live) => this.#setLive(live),
    });
    this.#reporter = new Reporter(this.#connection);
    this.#transfers = new Transfers(this.#connection);
    this.#fallback = new Fallback(this.element, model, replay);
    const standIns = this.#fallback.elements;
    const kept = new Kept(model);
    this.#display = new Display(
      this.element,
      this.#connection,
      this.#transfers,
      this.#reporter,
      standIns,
      kept,
    );
    this.#unfollow = kept.follow(() => this.#display.takeKept());
    this.#recall = new Recall(this.#display, model);
    const receiver = this.#makeReceiver();
    addEventListener("pagehide", this.#leaving);
    model.on("change:_over", this.#closing);
    if (this.#over) this.#close();
    else this.#sayReady();
  }

  #makeReceiver(): Receiver {
    return new Receiver(
      this.#connection.client,
      {
        scene: (scene) => this.#showScene(scene),
        update: (update, buffers) => this.#display.showUpdate(update, buffers),
        busy: ({ seconds }) => {
          this.#fallback.busy();
          this.#display.showBusy(seconds);
        },
        chunk: (chunk, buffers) => this.#transfers.takeChunk(chunk, buffers),
        received: (received) => this.#transfers.takeReceived(received),
        measured: (measured) => this.#display.showAnswer(measured),
        offered: (offered) => this.#display.showAnswer(offered),
        probed: (probed, buffers) => this.#display.showProbed(probed, buffers),
        ghosts: (ghosts, buffers) => this.#display.showGhosts(ghosts, buffers),
        timeline: (timeline) => this.#display.showTimeline(timeline),
        exploration: (exploration) => this.#display.futures.takeExploration(exploration),
        future_shown: (shown, buffers) => this.#display.futures.takeShown(shown, buffers),
        explore_refused: (refused) => this.#display.futures.refuse(refused),
        moment: (moment, buffers) => this.#display.showMoment(moment, buffers),
        pins: (pins, buffers) => this.#display.showPins(pins, buffers),
      },
      () => this.#reporter.heard(this.#display.running),
    );
  }

  #showScene(scene: Scene): void {
    if (scene.protocol !== PROTOCOL_VERSION) {
      this.#fallback.refuse(OTHER_VERSION);
      return;
    }
    this.#fallback.end();
    this.#display.showScene(scene);
    this.#recall.expect();
    this.#reporter.answered = true;
  }

  #sayReady(): void {
    this.#reporter.answered = false;
    this.#connection.send({ kind: "ready", protocol: PROTOCOL_VERSION });
  }

  /** Whether the kernel has closed the view. */
  get #over(): boolean {
    return this.#model.get("_over") === true;
  }

  // Sends nothing more to a kernel that has closed the view.
  #close(): void {
    this.#connection.end();
    this.#leave();
    this.#display.close();
    this.#fallback.close();
  }

  // When a kernel restarts, its comms are closed.
  #setLive(live: boolean): void {
    if (this.#over) return;
    if (!live) {
      this.#leave();
      this.#display.disconnect();
      this.#fallback.disconnect();
      return;
    }
    if (!this.#live) this.#sayReady();
    this.#live = true;
    this.#transfers.live = true;
    this.#display.focus.keep(() => {
      this.#display.connect();
      this.#fallback.connect();
    });
  }

  #leave(): void {
    this.#live = false;
    this.#transfers.live = false;
    this.#reporter.heard(false);
  }

  /** The pictures that are shown. */
  get pictures(): readonly ShownPicture[] {
    return this.#display.pictures;
  }

  /** Restores the focus after the view has moved in the document. */
  focusAgain(): void {
    this.#display.focus.restore();
  }

  destroy(): void {
    removeEventListener("pagehide", this.#leaving);
    this.#model.off("change:_over", this.#closing);
    this.#unfollow();
    this.#reporter.destroy();
    this.#recall.destroy();
    this.#display.destroy();
    this.#fallback.destroy();
    this.#connection.destroy();
  }
}

function kernels(model: Model): Newest {
  const compose = () => String(model.get("_replay") ?? "");
  return { compose, exists: () => compose() !== "" };
}
