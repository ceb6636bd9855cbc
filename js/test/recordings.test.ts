import { beforeEach, describe, expect, it } from "vitest";
import { ControlList } from "../src/controls/list";
import { Downloads } from "../src/download";
import type { Chunk, RecordingStatus } from "../src/protocol";
import { Recordings } from "../src/recordings";
import { begin, sender, sent } from "./senders";

beforeEach(begin);

const chunk = (overrides: Partial<Chunk> = {}): Chunk => ({
  kind: "chunk",
  client: "me",
  token: "t",
  name: "a.gif",
  size: 5,
  offset: 0,
  buffer: 0,
  error: "",
  ...overrides,
});

const bytes = (...values: number[]) => [new DataView(new Uint8Array(values).buffer)];

function downloads() {
  const asked: number[] = [];
  const saved: [string, Blob][] = [];
  const told: [number | null, string][] = [];
  const made = new Downloads({
    fetch: (_, offset) => asked.push(offset),
    save: (name, file) => saved.push([name, file]),
  });
  const start = () => made.start("t", (share, error) => told.push([share, error]));
  return { made, start, asked, saved, told };
}

describe("a download", () => {
  it("asks for part after part and saves the whole", async () => {
    const { made, start, asked, saved, told } = downloads();
    start();
    start(); // a second click
    made.take(chunk(), bytes(1, 2, 3));
    made.take(chunk({ offset: 3 }), bytes(4, 5));
    expect(asked).toEqual([0, 3]);
    expect(told.map(([share]) => share)).toEqual([0, 0.6, null]);
    expect(saved.map(([name]) => name)).toEqual(["a.gif"]);
    expect(saved[0]?.[1].size).toBe(5);
  });

  it("ignores what it did not ask for", () => {
    const { made, start, asked, saved } = downloads();
    made.take(chunk(), bytes(1, 2, 3, 4, 5));
    start();
    made.take(chunk({ offset: 3 }), bytes(4, 5));
    expect(asked).toEqual([0]);
    expect(saved).toEqual([]);
  });

  it("says what the kernel refused, and can be tried again", () => {
    const { made, start, asked, saved, told } = downloads();
    start();
    made.take(chunk({ error: "gone" }), []);
    start();
    expect(told).toContainEqual([null, "gone"]);
    expect(asked).toEqual([0, 0]);
    expect(saved).toEqual([]);
  });
});

const status = (overrides: Partial<RecordingStatus> = {}): RecordingStatus => ({
  subject: "p/c",
  path: "/data/run.gif",
  state: "recording",
  frames: 1234,
  seconds: 41.1,
  bytes: 2_340_000,
  token: "",
  ...overrides,
});

describe("the recordings of a view", () => {
  it("says how far each is, and offers those that are saved", () => {
    const asked: string[] = [];
    const made = new Recordings((token, told) => {
      asked.push(token);
      told(0, "");
    });
    const button = () => made.element.querySelector("button") as HTMLButtonElement;
    expect(made.element.hidden).toBe(true);
    made.update([status()]);
    expect(made.element.textContent).toContain("Recording run.gif1,234 frames · 41.1 s · 2.3 MB");
    expect(button().hidden).toBe(true);
    made.update([status({ state: "saved", token: "t" })]);
    expect(made.element.textContent).toContain("Saved run.gif");
    button().click();
    expect(asked).toEqual(["t"]);
    expect(button().textContent).toBe("0%");
    made.update([]);
    expect(made.element.childElementCount).toBe(0);
  });

  it("names the place of a file that is too large to be fetched", () => {
    const made = new Recordings(() => {});
    made.update([status({ state: "saved" })]);
    expect(made.element.textContent).toContain("Saved /data/run.gif");
    expect((made.element.querySelector("button") as HTMLButtonElement).hidden).toBe(true);
  });
});

it("a record button sends clicks and cannot be pressed while a file is saved", () => {
  const host = document.createElement("div");
  const list = new ControlList(host, sender);
  const heard = { origin: "", revision: 0 };
  list.set([{ kind: "record_button", id: "r", label: "Record", state: "ready", ...heard }]);
  const button = host.querySelector("button") as HTMLButtonElement;
  button.click();
  button.click();
  expect(sent).toEqual([
    ["r", true, 1],
    ["r", true, 2],
  ]);
  list.set([{ kind: "record_button", id: "r", label: "Stop", state: "saving", ...heard }]);
  expect(host.querySelector("button")).toBe(button);
  expect(button.textContent).toBe("Stop");
  expect(button.getAttribute("aria-disabled")).toBe("true");
  expect(button.disabled).toBe(false); // which would take the focus from it
  button.click();
  expect(sent).toHaveLength(2);
});
