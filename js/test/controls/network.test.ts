import { beforeEach, describe, expect, it } from "vitest";
import { ControlList } from "../../src/controls/control_list";
import { columnsOf } from "../../src/controls/heat_strip";
import { more, power, summary } from "../../src/controls/network";
import type { Network, NetworkRow } from "../../src/wire/protocol";
import { begin, files, wire } from "../senders";

beforeEach(begin);

const row = (at: number, name: string, rest: Partial<NetworkRow> = {}): NetworkRow => ({
  at,
  name,
  numbers: [12.5, 3e-4, 1e-3, null, null],
  strange: 0,
  level: 0,
  why: "",
  ...rest,
});
const bad = row(2, "out", {
  numbers: [null, null, null, 0.42, null],
  strange: 3,
  level: 3,
  why: "weights not finite",
});

const network = (rest: Partial<Network> = {}): Network => ({
  kind: "network",
  id: "network:##layers",
  label: "",
  step: 20,
  note: "Every 50 steps. Takes 0.8% of the training's time.",
  layers: 3,
  unwell: 1,
  rows: [bad, row(0, "in"), row(1, "mid")],
  steps: [0, 10, 20, 30],
  bins: 3,
  strips: [{ at: 0, about: "Linear, 4 x 4", weights: "0z0", gradients: "", activations: "" }],
  ...rest,
});

function shown(first: Network) {
  const list = document.createElement("fieldset");
  document.body.append(list);
  const controls = new ControlList(list, "p", wire, files);
  controls.set([first]);
  const element = list.querySelector(".vw-network") as HTMLElement;
  return {
    list,
    element,
    update: (next: Network) => controls.patch({ panel: "p", changed: [next], order: null }),
    names: () => [...element.querySelectorAll(".vw-network-name")].map((name) => name.textContent),
    sort: element.querySelector(".vw-network-sort") as HTMLElement,
  };
}

describe("the layers of a network", () => {
  it("stand in a table, the worst first, with their numbers and what is wrong", () => {
    const { element, names } = shown(network());
    expect(names()).toEqual(["out", "in", "mid"]);
    const [worst, healthy] = element.querySelectorAll("tbody tr");
    const cells = (tr?: Element) => [...(tr?.querySelectorAll("td") ?? [])].map((cell) => cell.textContent);
    expect(worst?.querySelector(".vw-network-why")?.textContent).toBe("weights not finite");
    expect(cells(worst)).toEqual(["not finite", "not finite", "–", "42% dead"]);
    expect(cells(healthy)).toEqual(["12.5", "3e-4", "1e-3", ""]);
    expect(worst?.querySelector("th")?.scope).toBe("row");
    expect(element.querySelector(".vw-network-note")?.textContent).toContain("0.8%");
  });

  it("are sorted by place by mouse and by keys, also where controls are disabled, and stay so", () => {
    const { list, element, names, sort, update } = shown(network());
    list.disabled = true; // as in a replay
    sort.click();
    expect(names()).toEqual(["in", "mid", "out"]);
    expect(element.querySelector("th")?.getAttribute("aria-sort")).toBe("ascending");
    update(network({ rows: [row(1, "mid"), bad, row(0, "in")] }));
    expect(names()).toEqual(["in", "mid", "out"]);
    sort.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
    expect(names()).toEqual(["mid", "out", "in"]);
  });

  it("keep their rows when they change places, and those that leave are removed", () => {
    const { element, names, update } = shown(network());
    const before = element.querySelector("tbody tr");
    update(network({ rows: [row(0, "in"), bad] }));
    expect(names()).toEqual(["in", "out"]);
    expect(element.querySelectorAll("tbody tr")[1]).toBe(before);
  });

  it("show no table before the first measurement", () => {
    const { element } = shown(network({ rows: [], layers: 0, unwell: 0, strips: [] }));
    expect(element.querySelector("table")?.hidden).toBe(true);
    expect(summary(network({ layers: 0 }))).toBe("");
  });

  it("are summed up, and those that are not listed are counted", () => {
    expect(summary(network())).toBe("1 of 3 layers looks wrong at step 20");
    expect(summary(network({ unwell: 0, step: 1200 }))).toBe("3 layers, none looks wrong at step 1,200");
    expect(more(network())).toBe("");
    expect(more(network({ layers: 415 }))).toBe("… and 412 that look healthy");
    expect(more(network({ layers: 415, unwell: 4 }))).toBe("… and 412 more, of which 3 look wrong");
    expect([power(0.0012), power(0), power(1), power(3e5)]).toEqual(["1e-3", "0", "1e0", "3e5"]);
  });

  it("have strips with columns up to the step that is shown, and gaps where nothing was measured", () => {
    expect(columnsOf("0z0...01a", 3, 9)).toEqual([[0, 35, 0], null, [0, 1, 10]]);
    expect(columnsOf("0z001a", 3, 1)).toEqual([[0, 35, 0]]);
    expect(columnsOf("0z", 0, 9)).toEqual([]);
    const strip = shown(network()).element.querySelectorAll("tbody tr")[1]?.querySelector("canvas");
    expect(strip?.hidden).toBe(false);
    expect(strip?.getAttribute("aria-label")).toBe("Weights of in, steps 0 to 20");
  });
});
