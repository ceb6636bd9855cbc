// What a hand finds on a control after it has let go, and after another page has changed it too.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PENDING } from "../../src/controls/change";
import { WAITS } from "../../src/controls/control";
import { ControlList } from "../../src/controls/control_list";
import { PATIENCE } from "../../src/wire/connection";
import type { Control } from "../../src/wire/protocol";
import { begin, files, frame, sent, wire } from "../senders";

const slider: Control = {
  ...{ kind: "slider", id: "lr", label: "lr", min: 0, max: 1, log: false, step: 0 },
  ...{ initial: 0.25, value: 0.5, origin: "", revision: 0 },
};
const box: Control = { kind: "checkbox", id: "b", label: "b", value: false, origin: "", revision: 0 };
const combo: Control = {
  ...{ kind: "combo", id: "c", label: "c", items: ["x", "y"], value: 0, origin: "", revision: 0 },
};
const color: Control = {
  ...{ kind: "color_picker", id: "k", label: "k", value: [0, 0, 0], origin: "", revision: 0 },
};

describe("a hand on a control", () => {
  let list: ControlList;
  const find = <E extends HTMLElement>(selector: string) => list.element.querySelector(selector) as E;
  const hear = (...changed: Control[]) => list.patch({ panel: "p", changed, order: null });
  const key = (field: HTMLElement, name: string) =>
    field.dispatchEvent(new KeyboardEvent("keydown", { key: name }));

  beforeEach(() => {
    begin();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    const host = document.createElement("div");
    document.body.append(host);
    list = new ControlList(host, "p", wire, files);
  });

  afterEach(() => {
    list.destroy();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it("sees on a button that its click waits, until the kernel has taken that", () => {
    const heard = { origin: "", revision: 0 };
    list.set([
      { kind: "button", id: "go", label: "go", width: 0, height: 0, ...heard },
      { kind: "record_button", id: "rec", label: "Record", state: "ready", ...heard },
    ]);
    const buttons = [...list.element.querySelectorAll("button")];
    const waits = () => buttons.map((button) => button.classList.contains("vw-pending"));
    for (const button of buttons) {
      button.click();
      button.click();
    }
    expect(sent.map(([control, , revision]) => [control, revision])).toEqual([
      ...[1, 2].map((revision) => ["go", revision]),
      ...[1, 2].map((revision) => ["rec", revision]),
    ]);
    expect(waits()).toEqual([false, false]); // most frames are over by then
    vi.advanceTimersByTime(PENDING);
    expect(waits()).toEqual([true, true]);
    expect(buttons[0]?.getAttribute("aria-description")).toBe(WAITS);
    const taken = (revision: number) =>
      hear(
        { kind: "button", id: "go", label: "go", width: 0, height: 0, origin: "me", revision },
        { kind: "record_button", id: "rec", label: "Stop", state: "recording", origin: "me", revision },
      );
    taken(1);
    expect(waits()).toEqual([true, true]);
    taken(2);
    expect(waits()).toEqual([false, false]);
    buttons[0]?.click();
    vi.advanceTimersByTime(PENDING);
    list.abandon(); // the kernel is gone
    expect(waits()).toEqual([false, false]);
  });

  it("sees what another page has changed in the same frame of the kernel", () => {
    list.set([box, combo, slider]);
    const check = find<HTMLInputElement>("input[type=checkbox]");
    const select = find<HTMLSelectElement>("select");
    const track = find<HTMLInputElement>("input[type=range]");
    check.checked = true;
    check.dispatchEvent(new Event("change"));
    select.selectedIndex = 1;
    select.dispatchEvent(new Event("change"));
    track.value = "0.9";
    track.dispatchEvent(new Event("input"));
    frame();
    const other = { origin: "other", revision: 7 };
    hear({ ...box, ...other }, { ...combo, ...other }, { ...slider, value: 0.1, ...other });
    expect([check.checked, select.selectedIndex, track.value]).toEqual([true, 1, "0.9"]); // it may be older
    vi.advanceTimersByTime(PATIENCE);
    expect([check.checked, select.selectedIndex, track.value]).toEqual([false, 0, "0.1"]);
  });

  it("lets a slider go that a menu has taken the pointer from", () => {
    list.set([slider]);
    const track = find<HTMLInputElement>("input[type=range]");
    track.dispatchEvent(new PointerEvent("pointerdown", { pointerId: 1, button: 0, buttons: 1 }));
    hear({ ...slider, value: 0.1 });
    expect(track.value).toBe("0.5");
    dispatchEvent(new PointerEvent("pointermove", { pointerId: 1, buttons: 1 }));
    dispatchEvent(new PointerEvent("pointermove", { pointerId: 2, buttons: 0 }));
    expect(track.value).toBe("0.5");
    dispatchEvent(new PointerEvent("pointermove", { pointerId: 1, buttons: 0 }));
    expect(track.value).toBe("0.1");
  });

  it("does not hold a slider that is pressed with another button", () => {
    list.set([slider]);
    const track = find<HTMLInputElement>("input[type=range]");
    track.dispatchEvent(new PointerEvent("pointerdown", { pointerId: 1, button: 2, buttons: 2 }));
    hear({ ...slider, value: 0.1 });
    expect(track.value).toBe("0.1");
  });

  it("leaves Enter and arrows to an input method", () => {
    list.set([slider]);
    const field = find<HTMLInputElement>(".vw-field");
    field.focus();
    field.value = "０．";
    for (const name of ["Enter", "Escape", "ArrowUp"])
      field.dispatchEvent(new KeyboardEvent("keydown", { key: name, isComposing: true }));
    expect([field.value, find(".vw-said").textContent, sent]).toEqual(["０．", "", []]);
    field.value = "０．７５";
    key(field, "Enter");
    frame();
    expect(sent.map(([, value]) => value)).toEqual([0.75]);
  });

  it("keeps a held slider where it is, however long, and one whose kernel is slow", () => {
    list.set([slider]);
    const track = find<HTMLInputElement>("input[type=range]");
    track.dispatchEvent(new PointerEvent("pointerdown"));
    for (const [value, revision] of [
      ["0.8", 1],
      ["0.9", 2],
    ] as const) {
      track.value = value;
      track.dispatchEvent(new Event("input"));
      frame();
      hear({ ...slider, value: 0.1, origin: "other", revision });
    }
    vi.advanceTimersByTime(2 * PATIENCE);
    expect(track.value).toBe("0.9");
    hear({ ...slider, value: 0.9, origin: "me", revision: 2 });
    dispatchEvent(new PointerEvent("pointerup"));
    track.value = "0.7";
    track.dispatchEvent(new Event("input"));
    frame();
    hear({ ...slider, value: 0.9, origin: "me", revision: 2 }); // it has yet to hear of the last
    vi.advanceTimersByTime(2 * PATIENCE);
    expect(track.value).toBe("0.7");
  });

  it("keeps a slider that is dragged from its own field", () => {
    list.set([slider]);
    const [track, field] = [...list.element.querySelectorAll<HTMLInputElement>("input")];
    if (track === undefined || field === undefined) throw new Error("a slider has two inputs");
    field.focus();
    track.dispatchEvent(new PointerEvent("pointerdown"));
    field.blur(); // the browser moves the focus once the button is down
    track.value = "0.9";
    track.dispatchEvent(new Event("input"));
    frame();
    hear({ ...slider, value: 0.1, origin: "me", revision: 1 });
    expect(track.value).toBe("0.9");
    dispatchEvent(new PointerEvent("pointerup"));
    expect(track.value).toBe("0.1");
    hear({ ...slider, value: 0.2, origin: "me", revision: 1 });
    expect(track.value).toBe("0.2");
  });

  it("sends nothing and shows nothing once the control is gone", () => {
    list.set([box]);
    const check = find<HTMLInputElement>("input");
    check.checked = true;
    check.dispatchEvent(new Event("change"));
    hear({ ...box, origin: "other", revision: 1 });
    list.set([]);
    vi.advanceTimersByTime(PATIENCE);
    expect(check.checked).toBe(true);
  });

  const enter = (text: string) => {
    const field = find<HTMLInputElement>(".vw-field");
    field.focus();
    field.value = text;
    field.dispatchEvent(new Event("input"));
    key(field, "Enter");
    frame();
    return field;
  };
  const said = () => find<HTMLElement>(".vw-said").textContent;

  it("keeps what was typed, and says that it waits, until a frame of any length has ended", () => {
    list.set([slider]);
    const field = enter("0.8");
    for (let second = 0; second < 10; second++) {
      vi.advanceTimersByTime(1000);
      hear({ ...slider, label: `lr ${second}` });
    }
    expect(field.value).toBe("0.8");
    expect(said()).toBe(WAITS);
    hear({ ...slider, value: 0.8, origin: "me", revision: 1 });
    expect([field.value, said()]).toEqual(["0.8", ""]);
  });

  it("shows the kernel's value once no kernel can be told", () => {
    list.set([slider, box]);
    const field = enter("0.8");
    vi.advanceTimersByTime(1000);
    list.abandon();
    expect([field.value, said()]).toEqual(["0.5", ""]);
  });

  it.each([
    ["5", 1, "Clamped to 1 (range 0 to 1)", "0"],
    ["-3", 0, "Clamped to 0 (range 0 to 1)", "0"],
    ["0.61", 0.5, "Rounded to 0.5 (steps of 0.25)", "0.25"],
  ])("is told what %s has become", (text, value, words, step) => {
    list.set([{ ...slider, value: 0.75, step: Number(step) }]);
    const field = enter(text);
    expect(sent).toEqual([["lr", value, 1]]);
    expect([said(), field.getAttribute("aria-invalid")]).toEqual([words, null]);
    expect(document.getElementById(field.getAttribute("aria-describedby") ?? "")?.textContent).toBe(words);
    hear({ ...slider, value, step: Number(step), origin: "me", revision: 1 });
    expect(said()).toBe(words);
    hear({ ...slider, value: 0.25, step: Number(step), origin: "me", revision: 1 });
    expect(said()).toBe("");
  });

  it("is told what was refused, and why, until it types again", () => {
    list.set([slider]);
    const field = enter("abc");
    expect([field.value, field.getAttribute("aria-invalid")]).toEqual(["0.5", "true"]);
    expect(said()).toBe("“abc” is not a number; 0.5 stays");
    field.value = "0";
    field.dispatchEvent(new Event("input"));
    expect([said(), field.getAttribute("aria-invalid")]).toEqual(["", null]);
    list.set([color]);
    expect(enter("reddish").value).toBe("#000000");
    expect(said()).toBe("“reddish” is not a colour such as #ff8800; #000000 stays");
    expect(sent).toEqual([]);
  });

  it.each(["double click", "Delete", "Backspace"])("goes back to the default by %s", (way) => {
    list.set([slider]);
    const track = find<HTMLInputElement>("input[type=range]");
    if (way === "double click") track.dispatchEvent(new Event("dblclick"));
    else key(track, way);
    expect(sent).toEqual([["lr", 0.25, 1]]);
    expect([track.value, find<HTMLInputElement>(".vw-field").value]).toEqual(["0.25", "0.25"]);
  });

  it("is told what is too long for a line", () => {
    list.set([
      { kind: "input_text", id: "t", label: "t", max_length: 5, value: "abc", origin: "", revision: 0 },
    ]);
    const field = find<HTMLInputElement>("input");
    const type = (data: string) => field.dispatchEvent(new InputEvent("beforeinput", { data }));
    type("de");
    expect(said()).toBe("");
    type("def");
    expect(said()).toBe("Cut to 5 characters");
  });

  it.each(["Enter", "Escape"])("sees in a field what the kernel sets after %s", (name) => {
    list.set([slider, color]);
    const [lr, hex] = [...list.element.querySelectorAll<HTMLInputElement>(".vw-field")];
    if (lr === undefined || hex === undefined) throw new Error("both have a field");
    for (const [field, text] of [
      [lr, "0.3"],
      [hex, "#ff0000"],
    ] as const) {
      field.focus();
      field.value = text;
      field.dispatchEvent(new Event("input"));
      key(field, name);
      frame();
    }
    expect(sent.map(([id]) => id)).toEqual(name === "Enter" ? ["lr", "k"] : []);
    const heard = { origin: "me", revision: 1 };
    hear({ ...slider, value: 0.2, ...heard }, { ...color, value: [0, 0, 1], ...heard });
    expect([lr.value, hex.value]).toEqual(["0.2", "#0000ff"]);
    lr.focus();
    lr.value = "0.4";
    lr.dispatchEvent(new Event("input"));
    hear({ ...slider, value: 0.1, ...heard });
    expect(lr.value).toBe("0.4"); // typing again
  });
});
