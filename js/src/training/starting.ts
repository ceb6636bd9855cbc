// Starts workers from the text of their program, since a page that was opened from a file cannot start one from a file.

/** The part of a worker that is used. */
export interface Helper<Sent, Received> {
  postMessage(message: Sent, moved?: Transferable[]): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<Received>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

/** Throws if a worker cannot be started here. */
export function startWorker<Sent, Received>(program: string): Helper<Sent, Received> {
  const address = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  try {
    return new Worker(address);
  } finally {
    setTimeout(() => URL.revokeObjectURL(address), 10_000); // by then the worker is loaded
  }
}
