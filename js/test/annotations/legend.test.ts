// The legend of labels: what it shows, and what a click or a key does.

import { expect, test, vi } from "vitest";
import { LegendView } from "../../src/annotations/legend";
import type { Legend } from "../../src/wire/protocol";

const legend: Legend = {
  layer: "picture",
  alpha: 1,
  labels: [
    { name: "road", color: "#804080", hidden: false },
    { name: "car", color: "#00008e", hidden: true },
  ],
};

function shown(): { view: LegendView; hide: ReturnType<typeof vi.fn>; entries: HTMLElement[] } {
  const hide = vi.fn();
  const view = new LegendView(hide);
  view.update("mask", [legend], false);
  return { view, hide, entries: [...view.element.querySelectorAll<HTMLElement>("[role=checkbox]")] };
}

test("every label is a checkbox with its name and colour, checked unless it is hidden", () => {
  const { entries } = shown();
  expect(entries.map((entry) => entry.textContent)).toEqual(["road", "car"]);
  expect(entries.map((entry) => entry.getAttribute("aria-checked"))).toEqual(["true", "false"]);
  const [color] = entries.map((entry) => entry.firstElementChild as HTMLElement);
  expect(color?.style.backgroundColor).toBe("#804080");
});

test("a click hides a label, and another shows it again", () => {
  const { hide, entries } = shown();
  entries[0]?.click();
  entries[0]?.click();
  expect(hide.mock.calls).toEqual([
    ["picture", 0, true],
    ["picture", 0, false],
  ]);
});

test("Space and Enter toggle a label, and Shift+Enter goes on to the notebook", () => {
  const { hide, entries } = shown();
  for (const init of [{ key: " " }, { key: "Enter" }, { key: "Enter", shiftKey: true }])
    entries[1]?.dispatchEvent(new KeyboardEvent("keydown", init));
  expect(hide.mock.calls).toEqual([
    ["picture", 1, false],
    ["picture", 1, true],
  ]);
});

test("without a kernel nothing can be hidden", () => {
  const { view, hide, entries } = shown();
  view.live = false;
  entries[0]?.click();
  expect(hide).not.toHaveBeenCalled();
  expect(entries[0]?.getAttribute("aria-checked")).toBe("true");
});

test("an entry keeps its element, and with it the focus, when the kernel confirms", () => {
  const { view, entries } = shown();
  view.update("mask", [legend], false);
  expect([...view.element.querySelectorAll("[role=checkbox]")]).toEqual(entries);
});

test("a canvas without labels has no legend", () => {
  const { view } = shown();
  view.update("mask", [], false);
  expect(view.element.hidden).toBe(true);
});
