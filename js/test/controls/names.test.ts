// What controls are called, for those who see and those who hear, and the exact numbers of sliders.

import { beforeEach, describe, expect, it } from "vitest";
import { show } from "../../src/controls/kinds";
import type { Control, SliderInt } from "../../src/wire/protocol";
import { slider } from "../hosts";
import { begin, frame, sender, sent } from "../senders";

beforeEach(begin);

const common = { id: "c", origin: "", revision: 0 };
const integer: SliderInt = {
  ...common,
  kind: "slider_int",
  label: "n",
  min: 0,
  max: 20_000,
  initial: 1,
  value: 5,
};

function shown(spec: Control): HTMLElement {
  const view = show(spec.kind, spec, sender("c"));
  document.body.append(view.element);
  return view.element;
}

function inputs(row: HTMLElement): [HTMLInputElement, HTMLInputElement] {
  const [track, field] = row.querySelectorAll("input");
  return [track as HTMLInputElement, field as HTMLInputElement];
}

function type(field: HTMLInputElement, text: string): void {
  field.value = text;
  field.dispatchEvent(new Event("change"));
  frame();
}

describe("the exact value of a slider", () => {
  it("is told in the digits of its step", () => {
    const [track, field] = inputs(shown(slider({ max: 200, step: 0.01, value: 123.45 })));
    expect(field.value).toBe("123.45");
    expect(track.getAttribute("aria-valuetext")).toBe("123.45");
    type(field, "123.5");
    expect(sent).toEqual([["c", 123.5, 1]]);
  });

  it("is told in seven digits where there is no step, and is not rounded to them", () => {
    const [, field] = inputs(shown(slider({ max: 1000, value: 123.456 })));
    expect(field.value).toBe("123.456");
    const [, third] = inputs(shown(slider({ value: 1 / 3 })));
    expect(third.value).toBe("0.3333333");
    for (const same of ["0.3333333", "0.33333330", "0,3333333"]) type(third, same);
    expect(sent).toEqual([]);
    expect(third.value).toBe("0.3333333");
  });

  it("is told in all the digits that a narrow range needs", () => {
    for (const [min, max, value, text] of [
      [1e6, 1e6 + 1, 1_000_000.996, "1000000.996"],
      [100, 100.001, 100.000457, "100.000457"],
    ] as const) {
      const [, field] = inputs(shown(slider({ min, max, value })));
      expect(field.value).toBe(text);
      expect(field.title).toBe(`${min} to ${max}`);
    }
    const [, log] = inputs(shown(slider({ min: 0.99999, max: 0.999999, log: true, value: 0.999992345 })));
    expect(log.value).toBe("0.999992345");
  });

  it("is told and taken to the last digit where it is whole", () => {
    const [track, field] = inputs(shown({ ...integer, max: 2 ** 53 }));
    type(field, "9007199254740991");
    expect(sent).toEqual([["c", 2 ** 53 - 1, 1]]);
    expect(field.value).toBe("9007199254740991");
    expect(track.getAttribute("aria-valuetext")).toBe("9007199254740991");
  });

  it("has room for its digits", () => {
    const room = (row: HTMLElement) => row.style.getPropertyValue("--vw-field");
    expect(room(shown(slider({ min: 1e6, max: 1e6 + 1 })))).toBe("max(80px, 11ch + 8px)");
    expect(room(shown({ ...integer, max: 2 ** 53 }))).toBe("max(80px, 16ch + 8px)");
    expect(room(shown(slider()))).toBe("max(80px, 5ch + 8px)");
  });

  it("tells the ends of the range as exactly", () => {
    const [, field] = inputs(shown(slider({ min: 0.12345, max: 1234.5 })));
    expect(field.title).toBe("0.12345 to 1234.5");
  });

  it("may be typed with the digits in groups, but is never guessed", () => {
    const [, whole] = inputs(shown(integer));
    type(whole, "10,000");
    expect(sent).toEqual([["c", 10_000, 1]]);
    type(whole, "1,5");
    expect(sent).toHaveLength(1);
    expect(whole.value).toBe("10000");
    const [, free] = inputs(shown(slider({ max: 5000, value: 7 })));
    type(free, "1,234");
    expect(sent).toHaveLength(1);
    expect(free.value).toBe("7");
    type(free, "1,5");
    expect(sent.at(-1)?.[1]).toBe(1.5);
  });
});

describe("a control whose label is only its identity", () => {
  // As the kernel sends it: nothing of the label is shown, and all of it is in the id.
  const unseen = (kind: string, identity = "##lr") => ({ id: `${kind}:${identity}`, label: "" });
  const named: [Control, string][] = [
    [slider(unseen("slider")), "input"],
    [{ ...common, ...unseen("combo"), kind: "combo", items: ["a"], value: 0 }, "select"],
    [{ ...common, ...unseen("color_picker"), kind: "color_picker", value: [0, 0, 0] } as Control, "input"],
    [{ ...common, ...unseen("input_text", "###lr"), kind: "input_text", value: "", max_length: 9 }, "input"],
    [{ ...common, ...unseen("checkbox"), kind: "checkbox", value: false }, "input"],
    [{ ...unseen("button"), kind: "button", width: 0, height: 0, origin: "", revision: 0 }, ""],
    [
      { ...unseen("record_button", "###lr"), kind: "record_button", state: "ready", origin: "", revision: 0 },
      "",
    ],
    [{ ...unseen("plot 2"), kind: "plot", overlay: "", curves: [], width: 0, height: 60 }, "svg"],
  ];

  it.each(named)("has a name: %o", (spec, part) => {
    const row = shown(spec);
    const target = part === "" ? row : row.querySelector(part);
    expect(target?.getAttribute("aria-label") ?? target?.textContent).toBe("lr");
  });

  it("is not an empty square if it is a button", () => {
    const labels = ["##lr", "###lr", ""].map((identity) =>
      shown({ ...unseen("button", identity), kind: "button", width: 0, height: 0, origin: "", revision: 0 }),
    );
    expect(labels.map((button) => button.textContent)).toEqual(["lr", "lr", "…"]);
  });

  it("keeps no room for the label", () => {
    const row = shown(slider(unseen("slider")));
    expect(row.classList.contains("vw-unlabelled")).toBe(true);
    expect(row.querySelector("label")?.hidden).toBe(true);
    expect(inputs(row)[1].getAttribute("aria-label")).toBe("lr, exact value");
  });
});

describe("a control with a label", () => {
  it("is named as shown, and gives its full name if there is no room", () => {
    const combo: Control = { ...common, kind: "combo", label: "optimiser", items: ["a"], value: 0 };
    const row = shown(combo);
    expect(row.querySelector("label")?.title).toBe("optimiser");
    expect(row.querySelector("select")?.hasAttribute("aria-label")).toBe(false);
    expect(row.classList.contains("vw-unlabelled")).toBe(false);
    const plot = shown({
      id: "p",
      kind: "plot",
      label: "loss",
      overlay: "0.1",
      curves: [],
      width: 0,
      height: 60,
    });
    expect(plot.querySelector<HTMLElement>(".vw-label")?.title).toBe("loss");
    expect(plot.querySelector("svg")?.getAttribute("aria-label")).toBe("loss: 0.1");
  });
});

describe("a progress bar", () => {
  it("says how far it is in the words that it shows", () => {
    const bar = shown({ id: "p", kind: "progress", fraction: 0.42, overlay: "epoch 42 of 100" });
    expect(bar.getAttribute("aria-label")).toBe("Progress");
    expect(bar.getAttribute("aria-valuetext")).toBe("epoch 42 of 100");
  });
});
