// Real workers for tests: Node's threads, which run the program that pages run.

import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import type { Done, Task } from "../../src/training/mate";
import type { Helper } from "../../src/training/starting";

declare const VW_KERNELS: unknown;

/** What a browser has and Node's threads have not. */
const AROUND = `
  const { parentPort } = require("node:worker_threads");
  globalThis.self = globalThis;
  globalThis.navigator ??= { hardwareConcurrency: 1 };
  globalThis.postMessage = (message, moved) => parentPort.postMessage(message, moved);
  globalThis.addEventListener = (_, heard) => parentPort.on("message", (data) => heard({ data }));
`;

const { outputFiles } = await build({
  entryPoints: ["src/training/worker.ts"],
  bundle: true,
  format: "iife",
  define: { VW_KERNELS: JSON.stringify(VW_KERNELS) },
  write: false,
});
const PROGRAM = AROUND + outputFiles[0]?.text;

/** A mate in a thread of its own. */
export class Thread implements Helper<Task, Done> {
  /** All that run. */
  static readonly running = new Set<Thread>();
  onmessage: Helper<Task, Done>["onmessage"] = null;
  onerror: Helper<Task, Done>["onerror"] = null;
  /** The tasks that it was given. */
  readonly tasks: Task["kind"][] = [];
  #worker: Worker;

  constructor(program = PROGRAM) {
    this.#worker = new Worker(program, { eval: true });
    Thread.running.add(this);
    this.#worker.on("message", (data) => this.onmessage?.({ data } as MessageEvent<Done>));
    this.#worker.on("error", ({ message }) => this.onerror?.({ message } as ErrorEvent));
  }

  postMessage(task: Task, moved: Transferable[] = []): void {
    this.tasks.push(task.kind);
    this.#worker.postMessage(task, moved);
  }

  terminate(): void {
    Thread.running.delete(this);
    this.#worker.terminate();
  }
}

/** A thread whose program throws at once. */
export const broken = () => new Thread('throw new Error("broken")');
