// The part of Node's threads that tests use.
declare module "node:worker_threads" {
  export class Worker {
    constructor(program: string, options: { eval: true });
    on(event: "message", heard: (data: unknown) => void): void;
    on(event: "error", heard: (error: Error) => void): void;
    postMessage(message: unknown, moved: readonly Transferable[]): void;
    terminate(): Promise<number>;
  }
}
