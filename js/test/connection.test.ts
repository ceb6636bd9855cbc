import { describe, expect, it, vi } from "vitest";
import { Connection, type Model } from "../src/connection";

function fakeModel(getModel?: (id: string) => Promise<{ send(content: unknown): void }>) {
  const listeners = new Map<string, (...args: never[]) => void>();
  const model: Model = {
    get: (name) => (name === "_input" ? "IPY_MODEL_abc" : ""),
    send: vi.fn(),
    on: (event, callback) => void listeners.set(event, callback),
    off: (event) => void listeners.delete(event),
    ...(getModel === undefined ? {} : { widget_manager: { get_model: getModel } }),
  };
  return { model, listeners };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

describe("Connection", () => {
  it("sends over the input model, what was said before it was found included", async () => {
    const send = vi.fn();
    const { model } = fakeModel(async (id) => {
      expect(id).toBe("abc");
      return { send };
    });
    const connection = new Connection(model, () => {});
    connection.send({ kind: "ready", protocol: 1 });
    await settled();
    expect(send).toHaveBeenCalledWith({ kind: "ready", protocol: 1, client: connection.client });
    expect(model.send).not.toHaveBeenCalled();
  });

  it("falls back to the one model where a host hides the other", async () => {
    for (const { model } of [fakeModel(), fakeModel(() => Promise.reject(new Error("no such model")))]) {
      const connection = new Connection(model, () => {});
      await settled();
      connection.send({ kind: "command", name: "pause", value: 0 });
      expect(model.send).toHaveBeenCalledOnce();
    }
  });

  it("hands messages on until it is destroyed, and then says that it is gone", async () => {
    const { model, listeners } = fakeModel();
    const handler = vi.fn();
    const connection = new Connection(model, handler);
    await settled();
    (listeners.get("msg:custom") as (...args: unknown[]) => void)({ kind: "update" }, []);
    expect(handler).toHaveBeenCalledOnce();
    connection.destroy();
    expect(listeners.size).toBe(0);
    expect(model.send).toHaveBeenCalledWith({ kind: "gone", client: connection.client });
  });

  it("has another name for every rendering", () => {
    const { model } = fakeModel();
    expect(new Connection(model, () => {}).client).not.toBe(new Connection(model, () => {}).client);
  });
});
