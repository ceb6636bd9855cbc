import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AS_SET, fitting, readLooks } from "../../src/inspection/look";
import { Looks } from "../../src/inspection/looks";
import { PictureView } from "../../src/pictures/picture";
import type { Outgoing } from "../../src/wire/connection";
import { Kept } from "../../src/wire/kept";
import type { Measured } from "../../src/wire/protocol";
import { canvas, FakeModel, FakeObserver } from "../hosts";

/** Milliseconds for what comes after some promises, which is a second by default: too short for a busy machine. */
const PATIENCE = 100_000;

const measured = (news: Partial<Measured> = {}): Measured => ({
  kind: "measured",
  client: "me",
  canvas: "GT/image",
  least: -1,
  most: 7,
  low: 0,
  high: 4,
  counts: [1, 2, 3],
  strange: 0,
  gain: 1,
  offset: 0,
  error: "",
  ...news,
});

describe("a look", () => {
  it("paints the ends of a range black and white, over the program's gain and offset", () => {
    for (const [gain, offset] of [
      [1, 0],
      [0.5, 0.25],
      [8, -3],
    ] as const) {
      const fit = fitting(-2, 6, { gain, offset });
      const paint = (value: number) =>
        (value * gain + offset) * 2 ** (fit?.exposure ?? 0) + (fit?.offset ?? 0);
      expect(paint(-2)).toBeCloseTo(0);
      expect(paint(6)).toBeCloseTo(1);
    }
  });

  it("has no range where the program paints everything alike or upside down", () => {
    expect(fitting(0, 1, { gain: 0, offset: 0 })).toBeNull();
    expect(fitting(0, 1, { gain: -1, offset: 0 })).toBeNull();
  });

  it("treats its input as untrusted", () => {
    const hostile = {
      a: { exposure: "9", offset: Number.NaN, colormap: "<b>", channels: "x" },
      b: null,
      c: 3,
    };
    for (const value of [undefined, null, 4, "x", hostile]) expect(readLooks(value).size).toBe(0);
    const huge = readLooks({ a: { exposure: 1e9, colormap: "magma" } });
    expect(huge.get("a")).toEqual({ ...AS_SET, colormap: "magma" });
  });
});

describe("the menu of a picture", () => {
  let looks: Looks;
  let picture: PictureView;
  let sent: Outgoing[];
  let model: FakeModel;
  const root = document.createElement("div");
  const wire = { client: "me", send: (message: Outgoing) => void sent.push(message) };
  const files = { upload: () => () => {}, download: vi.fn() };

  const open = () => {
    looks = new Looks(wire, files, new Kept(model));
    looks.update([picture]);
  };
  const entry = (label: string) => looks.entries(picture).find((one) => one.label.startsWith(label));
  const find = <T extends Element>(selector: string) => root.querySelector(selector) as T;
  const button = (text: string) =>
    [...root.querySelectorAll("button")].find(({ textContent }) => textContent === text) as HTMLButtonElement;
  const slide = (name: string, value: number) => {
    const track = find<HTMLInputElement>(`[aria-label="${name}"]`);
    track.value = String(value);
    track.dispatchEvent(new Event("input", { bubbles: true }));
    return track;
  };

  beforeEach(() => {
    vi.stubGlobal("ResizeObserver", FakeObserver);
    FakeObserver.all = [];
    sent = [];
    model = new FakeModel();
    root.className = "vw-root";
    document.body.append(root);
    picture = new PictureView(canvas("GT"), wire, { resized: () => {}, lost: () => {} });
    root.append(picture.element);
    open();
  });

  afterEach(() => {
    looks.destroy();
    root.replaceChildren();
    vi.unstubAllGlobals();
  });

  it("sends nothing until something is chosen", () => {
    expect(sent).toEqual([]);
    expect(entry("As the program set it")?.refused).toBe("Nothing was changed");
  });

  it("changes the exposure with a slider, and a double click resets it", () => {
    entry("Exposure")?.act?.();
    const track = slide("Exposure", 1.5);
    const as = { kind: "set_look", canvas: "GT/image", offset: 0, colormap: "program", channels: "program" };
    expect(sent.at(-1)).toEqual({ ...as, exposure: 1.5 });
    track.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
    expect(sent.at(-1)).toEqual({ ...as, exposure: 0 });
    expect(model.chosen).toBe("");
  });

  it("fits the range to the values that the kernel has measured", () => {
    entry("Exposure")?.act?.();
    expect(sent.at(-1)).toEqual({ kind: "measure", canvas: "GT/image" });
    expect(button("Fit 1 to 99 %").disabled).toBe(true);
    looks.measured(measured());
    expect(find(".vw-look-ends").textContent).toBe("Values -1 to 7");
    button("Fit 1 to 99 %").click();
    expect(sent.at(-1)).toMatchObject({ exposure: -2, offset: -0 });
    button("Fit min to max").click();
    expect(sent.at(-1)).toMatchObject({ exposure: -3, offset: 0.125 });
  });

  it("says why there are no values", () => {
    entry("Exposure")?.act?.();
    looks.measured(measured({ error: "labels are names" }));
    expect(find(".vw-look-ends").textContent).toBe("labels are names");
    expect(button("Fit min to max").disabled).toBe(true);
  });

  it("keeps what was chosen, and tells a new kernel", () => {
    entry("Exposure")?.act?.();
    slide("Offset", 0.25);
    looks.destroy();
    sent = [];
    open();
    expect(sent).toEqual([expect.objectContaining({ kind: "set_look", canvas: "GT/image", offset: 0.25 })]);
    entry("As the program set it")?.act?.();
    expect(model.chosen).toBe("");
  });

  it("closes on Escape and gives the focus back to the picture", () => {
    entry("Exposure")?.act?.();
    const left = new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true });
    find(".vw-look input").dispatchEvent(left);
    expect(find(".vw-look")).toBeNull();
    expect(document.activeElement).toBe(picture.window);
  });

  it("offers pictures but no values without a kernel, and says why", () => {
    looks.live = false;
    expect(entry("Exposure")?.refused).toContain("as they were shown");
    expect(entry("Save the values")?.refused).toContain("not the values");
    expect(entry("Copy as PNG")?.refused).toBeUndefined();
  });

  it("fetches the file that the kernel offers, or says why there is none", async () => {
    entry("Save the values")?.act?.();
    expect(sent.at(-1)).toEqual({ kind: "save_texels", canvas: "GT/image" });
    const answer = { kind: "offered", client: "me", canvas: "GT/image" } as const;
    looks.offered({ ...answer, token: "t", error: "" });
    expect(files.download).toHaveBeenCalledWith("t", expect.any(Function));
    looks.offered({ ...answer, token: "", error: "too large" });
    expect(find(".vw-look-said").getAttribute("role")).toBe("status");
    await vi.waitFor(() => expect(find(".vw-look-said").textContent).toBe("Not saved: too large"), PATIENCE);
  });

  it("says so if the browser does not let pages copy a picture", async () => {
    vi.stubGlobal("navigator", {});
    entry("Copy as PNG")?.act?.();
    await vi.waitFor(
      () => expect(find(".vw-look-said").textContent).toContain("Not copied: this browser"),
      PATIENCE,
    );
  });
});
