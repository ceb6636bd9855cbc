import { describe, expect, it } from "vitest";
import type { Files } from "../../src/files/files";
import { RecordingLinks } from "../../src/files/recording_links";
import type { RecordingStatus } from "../../src/wire/protocol";

const offering = (download: Files["download"]): Files => ({ upload: () => () => {}, download });

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
  it("show the progress of each, and a button once it is saved", () => {
    const asked: string[] = [];
    const made = new RecordingLinks(
      offering((token, told) => {
        asked.push(token);
        told(0, "");
      }),
    );
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

  it("show the path of a file that is too large to be downloaded", () => {
    const made = new RecordingLinks(offering(() => {}));
    made.update([status({ state: "saved" })]);
    expect(made.element.textContent).toContain("Saved /data/run.gif");
    expect((made.element.querySelector("button") as HTMLButtonElement).hidden).toBe(true);
  });
});
