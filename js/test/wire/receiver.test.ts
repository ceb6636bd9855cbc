import { beforeEach, describe, expect, it, vi } from "vitest";
import type { KernelMessage } from "../../src/wire/protocol";
import { Receiver } from "../../src/wire/receiver";
import { scene, update } from "../hosts";

describe("Receiver", () => {
  const handlers = {
    scene: vi.fn(),
    update: vi.fn(),
    busy: vi.fn(),
    chunk: vi.fn(),
    received: vi.fn(),
    probed: vi.fn(),
    pins: vi.fn(),
    ghosts: vi.fn(),
    timeline: vi.fn(),
    measured: vi.fn(),
    offered: vi.fn(),
    moment: vi.fn(),
    exploration: vi.fn(),
    future_shown: vi.fn(),
    explore_refused: vi.fn(),
  };
  const alive = vi.fn();
  const receive = (message: KernelMessage, buffers: DataView[] = []) =>
    new Receiver("me", handlers, alive).receive(message, buffers);
  const received = { kind: "received", upload: "u", bytes: 1, error: "" } as const;

  beforeEach(() => vi.clearAllMocks());

  it("passes a message and its buffers to the handler of its kind", () => {
    const buffers = [new DataView(new ArrayBuffer(8))];
    receive(update({ seq: 3 }), buffers);
    expect(handlers.update).toHaveBeenCalledExactlyOnceWith(update({ seq: 3 }), buffers);
    receive(scene());
    expect(handlers.scene).toHaveBeenCalledOnce();
    receive({ ...received, client: "me" });
    expect(handlers.received).toHaveBeenCalledOnce();
  });

  it("drops messages for other pages, but counts them as a sign of life", () => {
    receive({ ...received, client: "other" });
    receive({ kind: "busy", client: "other", seconds: 3 });
    expect(handlers.received).not.toHaveBeenCalled();
    expect(handlers.busy).not.toHaveBeenCalled();
    expect(alive).toHaveBeenCalledOnce();
  });

  it("does not count a busy message as a sign of life of the main loop", () => {
    receive({ kind: "busy", client: "me", seconds: 3 });
    expect(handlers.busy).toHaveBeenCalledOnce();
    expect(alive).not.toHaveBeenCalled();
  });
});
