// The page's side of a training: starts the worker, and requests one frame after another while it runs.

import type { Frame, Reply, Request, Working } from "./answers";
import type { Settings } from "./definition";
import type { Wish } from "./engine";
import type { PackedProblem, PackedWeights } from "./packed";
import type { Color } from "./picture";
import { type Helper, startWorker } from "./starting";

/** Bundled by the build, which puts it wherever the name is. */
declare const VW_WORKER: string;
/** The program of workers. */
const PROGRAM = VW_WORKER;

export interface TrainerEvents {
  /** Training has begun, or continues on another engine. */
  working(working: Working): void;
  frame(frame: Frame): void;
  /** The training has ended; `reason` is a clause that says why. */
  failed(reason: string): void;
  /** What the next frame should do. */
  wanted(): { steps: number; settings: Settings; shown: boolean; colors: readonly Color[] };
}

/** Which engine a training should use, and how many workers; null for as many as gain something. */
export interface Wanted {
  wish: Wish;
  workers: number | null;
}

/** The worker of a training, as its page sees it. */
export type TrainingWorker = Helper<Request, Reply>;

/** Frames that may wait to be shown while the worker makes another, so that it need not wait for the page. */
const AHEAD = 2;

export class Trainer {
  #worker: TrainingWorker;
  #events: TrainerEvents;
  #running = false;
  #waiting = false; // waiting for a frame
  #made: Frame[] = []; // not shown yet, the oldest first
  #next: number | null = null;

  /** Throws if the page cannot start a worker. */
  constructor(
    problem: PackedProblem,
    weights: PackedWeights,
    { wish, workers }: Wanted,
    events: TrainerEvents,
    start: () => TrainingWorker = () => startWorker(PROGRAM),
  ) {
    this.#events = events;
    this.#worker = start();
    this.#worker.onmessage = ({ data }) => this.#take(data);
    this.#worker.onerror = (event) => {
      event.preventDefault?.();
      this.destroy();
      events.failed(event.message || "this browser does not start a worker here");
    };
    this.#worker.postMessage({ kind: "begin", problem, weights, wish, program: PROGRAM, wanted: workers });
  }

  /** Whether frames follow one another. */
  get running(): boolean {
    return this.#running;
  }

  set running(running: boolean) {
    this.#running = running;
    if (running) this.#soon();
  }

  /** Takes one frame. */
  step(): void {
    if (!this.#running && this.#made.length === 0) this.#ask();
  }

  // In an animation frame, one frame is shown and the next is requested. Firefox also paints a few animation frames behind
  // another tab, where nothing must be trained.
  #soon(): void {
    this.#next ??= requestAnimationFrame(() => {
      this.#next = null;
      if (document.hidden) {
        this.#soon();
        return;
      }
      const made = this.#made.shift();
      if (this.#running) this.#ask();
      if (made !== undefined) this.#events.frame(made);
      if (this.#made.length > 0) this.#soon();
    });
  }

  #ask(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#worker.postMessage({ kind: "frame", ...this.#events.wanted() });
  }

  #take(reply: Reply): void {
    if (reply.kind === "working") this.#events.working(reply);
    else if (reply.kind === "failed") {
      this.destroy();
      this.#events.failed(reply.reason);
    } else {
      this.#waiting = false;
      this.#made.push(reply);
      if (this.#running && this.#made.length < AHEAD && !document.hidden) this.#ask();
      this.#soon();
    }
  }

  destroy(): void {
    this.#running = false;
    if (this.#next !== null) cancelAnimationFrame(this.#next);
    this.#next = null;
    this.#made = [];
    this.#worker.onmessage = this.#worker.onerror = null;
    this.#worker.terminate();
  }
}
