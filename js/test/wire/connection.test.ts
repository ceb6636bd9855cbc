import { describe, expect, it, vi } from "vitest";
import { Connection, type Model, type Target } from "../../src/wire/connection";

const quiet = { message: () => {}, live: () => {} };

function fakeModel(getModel?: (id: string) => Promise<Target>) {
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
  it("sends over the input model, including messages from before it was found", async () => {
    const send = vi.fn();
    const { model } = fakeModel(async (id) => {
      expect(id).toBe("abc");
      return { send };
    });
    const connection = new Connection(model, quiet);
    connection.send({ kind: "ready", protocol: 1 });
    await settled();
    expect(send).toHaveBeenCalledWith({ kind: "ready", protocol: 1, client: connection.client });
    expect(model.send).not.toHaveBeenCalled();
  });

  it("sends binary buffers with their message", async () => {
    const send = vi.fn();
    const { model } = fakeModel(async () => ({ send }));
    const connection = new Connection(model, quiet);
    const data = new ArrayBuffer(3);
    const part = { panel: "p", control: "c", upload: "u", name: "a", size: 3, offset: 0, buffer: 0 };
    connection.send({ kind: "upload", ...part }, [data]);
    await settled();
    expect(send).toHaveBeenCalledWith({ kind: "upload", ...part, client: connection.client }, undefined, [
      data,
    ]);
  });

  it("falls back to the widget's model if a host hides the other", async () => {
    for (const { model } of [fakeModel(), fakeModel(() => Promise.reject(new Error("no such model")))]) {
      const connection = new Connection(model, quiet);
      await settled();
      connection.send({ kind: "command", name: "pause", value: 0 });
      expect(model.send).toHaveBeenCalledOnce();
    }
  });

  it("passes messages on until it is destroyed, and then reports that it is gone", async () => {
    const { model, listeners } = fakeModel();
    const handler = vi.fn();
    const connection = new Connection(model, { message: handler, live: () => {} });
    await settled();
    (listeners.get("msg:custom") as (...args: unknown[]) => void)({ kind: "update" }, []);
    expect(handler).toHaveBeenCalledOnce();
    connection.destroy();
    expect(listeners.size).toBe(0);
    expect(model.send).toHaveBeenCalledWith({ kind: "gone", client: connection.client });
  });

  it("has a new id for every rendering", () => {
    const { model } = fakeModel();
    expect(new Connection(model, quiet).client).not.toBe(new Connection(model, quiet).client);
  });

  it("notices when the kernel goes and comes back, and sends nothing in between", async () => {
    let update = () => {};
    const input = {
      send: vi.fn(),
      comm_live: true,
      on: (_: string, listener: () => void) => {
        update = listener;
      },
    };
    const { model } = fakeModel(async () => input);
    const live = vi.fn();
    const connection = new Connection(model, { message: () => {}, live });
    await settled();
    input.comm_live = false;
    update();
    connection.send({ kind: "command", name: "pause", value: 0 });
    expect(input.send).not.toHaveBeenCalled();
    input.comm_live = true;
    update();
    connection.send({ kind: "command", name: "pause", value: 0 });
    expect(input.send).toHaveBeenCalledOnce();
    expect(live.mock.calls).toEqual([[true], [false], [true]]);
  });

  it("takes the kernel for gone if a comm refuses to send", async () => {
    const { model } = fakeModel(async () => ({
      send: () => {
        throw new Error("the comm is closed");
      },
    }));
    const live = vi.fn();
    const connection = new Connection(model, { message: () => {}, live });
    await settled();
    connection.send({ kind: "command", name: "pause", value: 0 });
    expect(live).toHaveBeenLastCalledWith(false);
  });

  it("reports once that it is gone, and leaves no listener behind", async () => {
    const off = vi.fn();
    const send = vi.fn();
    const { model } = fakeModel(async () => ({ send, on: () => {}, off }));
    const connection = new Connection(model, quiet);
    await settled();
    connection.destroy();
    connection.destroy();
    expect(send.mock.calls.filter(([content]) => content.kind === "gone")).toHaveLength(1);
    expect(off).toHaveBeenCalledWith("comm_live_update", expect.anything());
  });
});
