import { beforeEach, describe, expect, it, vi } from "vitest";
import { fromHex, toHex } from "../../src/controls/color_picker";
import { ControlList } from "../../src/controls/control_list";
import { drawn, extent } from "../../src/controls/plot";
import type { ColorPicker, Control, InputText, Plot, Row } from "../../src/wire/protocol";
import { begin, files, frame, sent, wire } from "../senders";

beforeEach(begin);

function list(...controls: Control[]): ControlList {
  const host = document.createElement("div");
  document.body.append(host);
  const made = new ControlList(host, "p", wire, files);
  made.set(controls);
  return made;
}

const say = (controls: ControlList, ...changed: Control[]) =>
  controls.patch({ panel: "p", changed, order: null });
const row = (id: string, ...controls: string[]): Row => ({ kind: "row", id, controls });
const text = (id: string): Control => ({ kind: "text", id, text: id });
const typed = (overrides: Partial<InputText> = {}): InputText => ({
  kind: "input_text",
  id: "t",
  label: "name",
  max_length: 8,
  value: "",
  origin: "",
  revision: 0,
  ...overrides,
});
const color = (overrides: Partial<ColorPicker> = {}): ColorPicker => ({
  kind: "color_picker",
  id: "c",
  label: "tint",
  value: [1, 0.5, 0],
  origin: "",
  revision: 0,
  ...overrides,
});
const named = (parent: Element): string[] =>
  [...parent.children].map((child) => (child as HTMLElement).dataset.vwControl ?? "");
const inputs = (controls: ControlList): HTMLInputElement[] => [...controls.element.querySelectorAll("input")];

describe("a row", () => {
  it("holds its controls, and lets them go where they leave it", () => {
    const controls = list(text("a"), row("r", "b", "c"), text("b"), text("c"), text("d"));
    const line = controls.element.querySelector(".vw-line") as HTMLElement;
    expect(named(controls.element)).toEqual(["a", "r", "d"]);
    expect(named(line)).toEqual(["b", "c"]);
    say(controls, row("r", "c"));
    expect(named(controls.element)).toEqual(["a", "r", "b", "d"]);
    expect(named(line)).toEqual(["c"]);
    controls.patch({ panel: "p", changed: [], order: ["a", "b", "c", "d"] });
    expect(named(controls.element)).toEqual(["a", "b", "c", "d"]);
  });

  it("keeps the focus of what moves into it, out of it and within it", () => {
    const controls = list(typed(), row("r", "b"), text("b"));
    const field = inputs(controls)[0] as HTMLInputElement;
    field.focus();
    for (const members of [["t", "b"], ["b", "t"], ["b"]]) {
      controls.patch({ panel: "p", changed: [row("r", ...members)], order: ["r", ...members, "t"] });
      expect(document.activeElement).toBe(field);
    }
    say(controls, row("r", "t", "b"));
    controls.patch({ panel: "p", changed: [], order: ["t", "b"] });
    expect(document.activeElement).toBe(field);
  });

  it("takes no room while it is empty, and forgets what is taken down", () => {
    const controls = list(row("r", "b"), text("b"));
    const line = controls.element.querySelector(".vw-line") as HTMLElement;
    expect(line.hidden).toBe(false);
    controls.patch({ panel: "p", changed: [], order: ["r"] });
    expect(line.hidden).toBe(true);
    expect(line.childElementCount).toBe(0);
  });
});

describe("a typed line", () => {
  const type = (field: HTMLInputElement, value: string) => {
    field.value = value;
    field.dispatchEvent(new Event("input"));
  };

  it("is sent as it is typed, and bounded", () => {
    const controls = list(typed());
    const field = inputs(controls)[0] as HTMLInputElement;
    expect(field.maxLength).toBe(8);
    expect(controls.element.querySelector("label")?.textContent).toBe("name");
    type(field, "a");
    type(field, "ab");
    frame();
    type(field, "abc");
    field.dispatchEvent(new Event("change"));
    expect(sent).toEqual([
      ["t", "ab", 1],
      ["t", "abc", 2],
    ]);
  });

  it("is not replaced by what the kernel said before it heard, however late", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const controls = list(typed());
    const field = inputs(controls)[0] as HTMLInputElement;
    field.focus();
    type(field, "a");
    frame();
    type(field, "ab");
    say(controls, typed({ value: "a", origin: "me", revision: 1 }));
    frame();
    vi.advanceTimersByTime(60_000);
    say(controls, typed({ value: "a", origin: "me", revision: 1, label: "other" }));
    expect(field.value).toBe("ab");
    say(controls, typed({ value: "AB", origin: "me", revision: 2 })); // the program's answer to what it heard
    expect(field.value).toBe("AB");
    vi.useRealTimers();
  });

  it("keeps the caret where the program changes what is around it", () => {
    const controls = list(typed({ value: "abcd" }));
    const field = inputs(controls)[0] as HTMLInputElement;
    field.focus();
    field.setSelectionRange(2, 2);
    say(controls, typed({ value: "ABCD" }));
    expect([field.value, field.selectionStart]).toEqual(["ABCD", 2]);
  });

  it("sends what an input method has composed once it is done", () => {
    const controls = list(typed());
    const field = inputs(controls)[0] as HTMLInputElement;
    field.dispatchEvent(new Event("compositionstart"));
    type(field, "n");
    type(field, "ni");
    frame();
    say(controls, typed({ value: "x" }));
    expect([sent.length, field.value]).toEqual([0, "ni"]);
    field.value = "你";
    field.dispatchEvent(new Event("compositionend"));
    frame();
    expect(sent).toEqual([["t", "你", 1]]);
  });
});

describe("a colour", () => {
  it("is six digits in the page and three numbers in the kernel", () => {
    for (const hex of ["#000000", "#ffffff", "#1a2b3c"]) expect(toHex(fromHex(hex) ?? [])).toBe(hex);
    expect(fromHex("f00")).toEqual([1, 0, 0]);
    expect(fromHex(" #33cc00 ")).toEqual([0.2, 0.8, 0]);
    for (const text of ["", "#12", "red", "#gggggg", "#1234567"]) expect(fromHex(text)).toBeNull();
  });

  it("is sent from the chooser and from the field, and a wrong text from neither", () => {
    const controls = list(color());
    const [swatch, field] = inputs(controls) as [HTMLInputElement, HTMLInputElement];
    expect([swatch.value, field.value]).toEqual(["#ff8000", "#ff8000"]);
    swatch.value = "#0000ff";
    swatch.dispatchEvent(new Event("input"));
    swatch.dispatchEvent(new Event("change"));
    field.focus();
    field.value = "0f0";
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
    frame();
    field.value = "nonsense";
    field.dispatchEvent(new Event("change"));
    frame();
    expect(sent).toEqual([
      ["c", [0, 0, 1], 1],
      ["c", [0, 1, 0], 2],
    ]);
    expect([swatch.value, field.value]).toEqual(["#00ff00", "#00ff00"]);
  });

  it("does not send back what the program set, and is left alone while the chooser is open", () => {
    const controls = list(color());
    const [swatch] = inputs(controls) as [HTMLInputElement];
    say(controls, color({ value: [1 / 3, 1 / 3, 1 / 3] }));
    expect(swatch.value).toBe("#555555");
    swatch.dispatchEvent(new Event("change"));
    frame();
    expect(sent).toEqual([]);
    swatch.value = "#123456";
    swatch.dispatchEvent(new Event("input"));
    say(controls, color({ value: [0, 0, 0], origin: "other", revision: 9 }));
    expect(swatch.value).toBe("#123456");
  });
});

describe("words", () => {
  it("show text as text, in the colour that was given", () => {
    const attack = "<img src=x onerror=alert(1)>";
    const controls = list(
      { kind: "text_colored", id: "a", text: attack, color: [1, 0.5, 0, 0.25] },
      { kind: "text_wrapped", id: "b", text: attack },
    );
    const [colored, wrapped] = controls.element.children as unknown as [HTMLElement, HTMLElement];
    expect([colored.textContent, wrapped.textContent]).toEqual([attack, attack]);
    expect(colored.style.getPropertyValue("--vw-given")).toBe("rgb(255 127.5 0 / 0.25)");
    expect(controls.element.querySelector("img")).toBeNull();
  });
});

describe("a plot of several series", () => {
  const plot = (...curves: [string, (number | null)[], number][]): Plot => ({
    kind: "plot",
    id: "p",
    label: "losses",
    overlay: "",
    curves: curves.map(([name, values, length]) => ({ name, values, length })),
    width: 0,
    height: 80,
  });
  const shapes = (controls: ControlList) =>
    [...controls.element.querySelectorAll("path")].map((line) => line.getAttribute("d")).filter(Boolean);

  it("draws them on one scale, the shorter one less far", () => {
    const controls = list(plot(["a", [0, 10], 2], ["b", [0, 5, 10], 3]));
    expect(shapes(controls)).toEqual(["M0.00 96.00L50.00 4.00", "M0.00 96.00L50.00 50.00L100.00 4.00"]);
    expect(controls.element.querySelector(".vw-high")?.textContent).toBe("10");
  });

  it("has a series of one value begin with the others", () => {
    const controls = list(plot(["a", [5], 1], ["b", [0, 10], 2]));
    expect(shapes(controls)).toEqual(["M0.00 50.00h0", "M0.00 96.00L100.00 4.00"]);
    say(controls, plot(["a", [5], 1], ["b", [5], 1]));
    expect(shapes(controls)).toEqual(["M50.00 50.00h0", "M50.00 50.00h0"]);
  });

  it("is as wide as it was asked to be, in a row as well, and else fills the line", () => {
    const wide = (width: number): Plot => ({ ...plot(["", [1, 2], 2]), width });
    const controls = list(wide(200));
    const box = controls.element.querySelector(".vw-plot") as HTMLElement;
    expect([box.style.width, box.style.flex]).toEqual(["200px", "0 0 auto"]);
    say(controls, wide(0));
    expect([box.style.width, box.style.flex]).toEqual(["", ""]);
  });

  it("has a legend where there are names, and none where there is none", () => {
    const controls = list(plot(["train", [1], 1], ["test", [2], 1]));
    const legend = controls.element.querySelector(".vw-plot-legend") as HTMLElement;
    expect([...legend.children].map((entry) => entry.textContent)).toEqual(["train", "test"]);
    const inks = () =>
      [...legend.querySelectorAll<HTMLElement>(".vw-key")].map((key) => key.style.borderColor);
    const [, second] = inks();
    say(controls, plot(["", [1], 1], ["test", [2], 1]));
    expect(inks()).toEqual([second]); // the colour of its line
    say(controls, plot(["", [1, 2], 2]));
    expect(legend.childElementCount).toBe(0);
    expect(shapes(controls)).toEqual(["M0.00 96.00L100.00 4.00"]);
    say(controls, plot());
    expect(shapes(controls)).toEqual([]);
  });

  it("tells the seventh series from the first", () => {
    const controls = list(
      plot(...Array.from({ length: 7 }, (_, i) => [`${i}`, [i], 1] as [string, number[], number])),
    );
    const lines = [...controls.element.querySelectorAll("path:first-child")];
    expect(lines.map((line) => line.classList.contains("vw-dashed"))).toEqual([
      ...Array(6).fill(false),
      true,
    ]);
  });

  it("has no extent where there is nothing", () => {
    expect(extent([])).toBeNull();
    expect(extent([[null], []])).toBeNull();
    expect(extent([[1, null], [-3]])).toEqual([-3, 1]);
    expect(drawn([null])).toEqual({ line: "", dots: "" });
  });
});
