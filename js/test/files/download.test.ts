import { describe, expect, it } from "vitest";
import { Downloads } from "../../src/files/download";
import type { Chunk } from "../../src/wire/protocol";

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
  it("fetches part after part and saves the whole", async () => {
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

  it("saves nothing of a file that ends early", () => {
    const { made, start, saved, told } = downloads();
    start();
    made.take(chunk(), bytes(1, 2, 3));
    made.take(chunk({ offset: 3 }), bytes());
    expect(saved).toEqual([]);
    expect(told.at(-1)).toEqual([null, "The file ended after 3 of 5 bytes"]);
  });

  it("ignores parts that it did not fetch", () => {
    const { made, start, asked, saved } = downloads();
    made.take(chunk(), bytes(1, 2, 3, 4, 5));
    start();
    made.take(chunk({ offset: 3 }), bytes(4, 5));
    expect(asked).toEqual([0]);
    expect(saved).toEqual([]);
  });

  it("passes on the kernel's error, and can be tried again", () => {
    const { made, start, asked, saved, told } = downloads();
    start();
    made.take(chunk({ error: "gone" }), []);
    start();
    expect(told).toContainEqual([null, "gone"]);
    expect(asked).toEqual([0, 0]);
    expect(saved).toEqual([]);
  });
});
