import { beforeEach, describe, expect, it, vi } from "vitest";
import { AHEAD, PART, Uploads } from "../../src/files/upload";
import { begin } from "../senders";

beforeEach(begin);

/** Waits until files are read and promises have settled, which happens before a timer fires. */
const settled = () => new Promise((resolve) => setTimeout(resolve, 0));

function sending() {
  const parts: { upload: string; name: string; size: number; offset: number; bytes: number }[] = [];
  const cancelled: string[] = [];
  const told: [number | null, string][] = [];
  const made = new Uploads({
    send: ({ upload, name, size, offset }, data) =>
      parts.push({ upload, name, size, offset, bytes: data.byteLength }),
    cancel: (upload) => cancelled.push(upload),
  });
  const start = (file: File) =>
    made.start({ panel: "p", control: "c" }, file, (share, error) => told.push([share, error]));
  const answer = (bytes: number, error = "") =>
    made.take({ kind: "received", client: "me", upload: parts[0]?.upload ?? "", bytes, error });
  return { made, start, answer, parts, cancelled, told };
}

const file = (bytes: number, name = "a.bin") => new File([new Uint8Array(bytes)], name);

describe("an upload", () => {
  it("sends part after part, with a bounded number in flight", async () => {
    const { start, answer, parts, told } = sending();
    start(file(AHEAD + PART + 7));
    await settled();
    expect(parts.map(({ offset }) => offset)).toEqual([...Array(8).keys()].map((i) => i * PART));
    answer(PART);
    await settled();
    expect(parts.at(-1)).toMatchObject({ offset: AHEAD, bytes: PART, name: "a.bin", size: AHEAD + PART + 7 });
    answer(2 * PART);
    await settled();
    expect(parts.at(-1)).toMatchObject({ offset: AHEAD + PART, bytes: 7 });
    for (let i = 3; i <= 9; i++) answer(i * PART);
    answer(AHEAD + PART + 7);
    await settled();
    expect(parts.length).toBe(10);
    expect(told[0]).toEqual([0, ""]);
    expect(told.slice(-2)).toEqual([
      [1, ""],
      [null, ""],
    ]);
  });

  it("sends an empty file as one empty part", async () => {
    const { start, answer, parts, told } = sending();
    start(file(0));
    await settled();
    expect(parts).toMatchObject([{ offset: 0, bytes: 0, size: 0 }]);
    answer(0);
    expect(told.at(-1)).toEqual([null, ""]);
    await settled();
    expect(parts.length).toBe(1);
  });

  it("ends with the kernel's error and ignores later answers", async () => {
    const { start, answer, parts, told, cancelled } = sending();
    start(file(20 * PART));
    await settled();
    answer(0, "the disk is full");
    answer(PART);
    await settled();
    expect(told.at(-1)).toEqual([null, "the disk is full"]);
    expect(parts.length).toBe(8);
    expect(cancelled).toEqual([]);
  });

  it("tells the kernel once when the user cancels it", async () => {
    const { start, parts, told, cancelled } = sending();
    const stop = start(file(20 * PART));
    await settled();
    stop();
    stop();
    expect(cancelled).toEqual([parts[0]?.upload]);
    expect(told.at(-1)).toEqual([null, ""]);
  });

  it("fails with the connection", async () => {
    const { made, start, told, cancelled } = sending();
    start(file(3));
    made.fail("nobody is there");
    await settled();
    expect(told.at(-1)).toEqual([null, "nobody is there"]);
    expect(cancelled).toEqual([]);
  });

  it("fails if the file cannot be read", async () => {
    const { start, parts, told, cancelled } = sending();
    const gone = file(9);
    vi.spyOn(gone, "slice").mockReturnValue({
      arrayBuffer: () => Promise.reject(new Error("it was moved")),
    } as unknown as Blob);
    start(gone);
    await settled();
    expect(told.at(-1)).toEqual([null, "The file cannot be read: it was moved"]);
    expect(parts).toEqual([]);
    expect(cancelled.length).toBe(1);
  });
});
