import { describe, expect, it } from "vitest";
import {
  asProgrammed,
  hidden,
  moved,
  NO_CHOICE,
  named,
  readChoice,
  type ShownSplit,
  shown,
} from "../../src/panels/choice";
import { panels, type Tree } from "../../src/panels/layout";
import { row } from "../hosts";

const nested: Tree = {
  kind: "split",
  direction: "row",
  weights: [0.5, 0.25, 0.25],
  children: [row("GT", "Output"), { kind: "leaf", panel: "Loss" }, { kind: "leaf", panel: "Settings" }],
};

describe("what was chosen by hand", () => {
  it("leaves the program's layout alone where nothing was chosen", () => {
    const whole = shown(nested, NO_CHOICE) as ShownSplit;
    expect(whole.weights).toEqual([0.5, 0.25, 0.25]);
    expect(panels(whole)).toEqual(["GT", "Output", "Loss", "Settings"]);
  });

  it("takes hidden panels out and shares their space in proportion", () => {
    const rest = shown(nested, { ...NO_CHOICE, hidden: ["Settings", "Output"] }) as ShownSplit;
    expect(panels(rest)).toEqual(["GT", "Loss"]);
    expect(rest.weights[0]).toBeCloseTo(2 / 3);
  });

  it("shows a maximised panel alone", () => {
    expect(shown(nested, { ...NO_CHOICE, maximised: "Loss" })).toEqual({ kind: "leaf", panel: "Loss" });
  });

  it("moves one border, though a panel between is hidden, and puts it back", () => {
    const choice = { ...NO_CHOICE, hidden: ["Loss"] };
    const after = moved(choice, shown(nested, choice) as ShownSplit, 0, 0.4);
    expect((shown(nested, after) as ShownSplit).weights).toEqual([expect.closeTo(0.4), expect.closeTo(0.6)]);
    const all = shown(nested, { ...after, hidden: [] }) as ShownSplit;
    expect(all.weights).toEqual([expect.closeTo(0.3), 0.25, expect.closeTo(0.45)]);
    expect(asProgrammed(after, all).shares).toEqual({});
  });

  it("does not hold for a layout whose panels have changed", () => {
    const choice = moved(NO_CHOICE, shown(row("GT", "Output"), NO_CHOICE) as ShownSplit, 0, 0.2);
    const more = { ...choice, hidden: ["Gone"], maximised: "Gone too" };
    expect((shown(row("GT", "Output", "New"), more) as ShownSplit).weights).toEqual([1 / 3, 1 / 3, 1 / 3]);
    expect((shown(row("GT", "Output"), more) as ShownSplit).weights[0]).toBeCloseTo(0.2);
  });

  it("never hides everything", () => {
    const choice = { ...NO_CHOICE, hidden: ["GT", "Output"] };
    expect(panels(shown(row("GT", "Output"), choice))).toEqual(["GT", "Output"]);
    expect(hidden(row("GT", "Output"), choice)).toEqual([]);
  });

  it("treats its input as untrusted", () => {
    for (const hostile of [undefined, null, 7, "x", [], { hidden: "GT", maximised: {}, shares: [] }])
      expect(readChoice(hostile)).toEqual(NO_CHOICE);
    const name = named(row("GT", "Output"));
    for (const shares of [[0, 1], [-1, 2], [Number.NaN, 1], ["1", "2"], "no", [1e9, 1], null])
      expect(readChoice({ shares: { [name]: shares } })).toEqual(NO_CHOICE);
    const longer = readChoice({ shares: { [name]: [0.2, 0.3, 0.5] } });
    expect((shown(row("GT", "Output"), longer) as ShownSplit).weights).toEqual([0.5, 0.5]);
    const named_ = readChoice(JSON.parse('{"shares": {"__proto__": [0.5, 0.5]}}'));
    expect(shown(row("GT", "Output"), named_)).toMatchObject({ weights: [0.5, 0.5] });
  });
});
