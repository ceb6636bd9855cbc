// A mate as its team sees it: a worker that is given one task at a time, and may be lost.

import type { Done, Task } from "./mate";
import type { PackedProblem } from "./packed";
import type { Share } from "./shares";
import type { Helper } from "./starting";

/** Starts a mate. Throws if there can be none. */
export type StartMate = () => Helper<Task, Done>;

export class Remote {
  readonly share: Share;
  /** Whether it has taken its share of the samples; null if it is lost. */
  readonly joined: Promise<Done | null>;
  #worker: Helper<Task, Done> | null = null;
  #numbers: Float32Array<ArrayBuffer>; // parameters on their way there, gradients on their way back
  #answer: (done: Done | null) => void = () => {};

  constructor(start: StartMate, problem: PackedProblem, share: Share, parameters: number) {
    this.share = share;
    this.#numbers = new Float32Array(parameters);
    try {
      this.#worker = start();
      this.#worker.onmessage = ({ data }) => this.#take(data);
      this.#worker.onerror = (event) => {
        event.preventDefault?.();
        this.end();
      };
    } catch {
      // It counts as lost.
    }
    this.joined = this.#ask({ kind: "join", problem, share }, []);
  }

  /** What it has done with these parameters; null if it is lost. What an answer contains is valid until the next task. */
  ask(kind: "learn" | "predict", parameters: Float32Array): Promise<Done | null> {
    const numbers = this.#numbers;
    if (this.#worker !== null) numbers.set(parameters);
    return this.#ask({ kind, numbers }, [numbers.buffer]);
  }

  #ask(task: Task, moved: Transferable[]): Promise<Done | null> {
    const worker = this.#worker;
    if (worker === null) return Promise.resolve(null);
    return new Promise((resolve) => {
      this.#answer = resolve;
      worker.postMessage(task, moved);
    });
  }

  #take(done: Done): void {
    if (done.kind === "refused") this.end();
    else {
      if ("numbers" in done) this.#numbers = done.numbers;
      this.#answer(done);
    }
  }

  /** Ends the worker. Whatever it was to do is lost. */
  end(): void {
    if (this.#worker !== null) {
      this.#worker.onmessage = this.#worker.onerror = null;
      this.#worker.terminate();
    }
    this.#worker = null;
    this.#answer(null);
  }
}
