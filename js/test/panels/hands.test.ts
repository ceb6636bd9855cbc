import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PanelGrid } from "../../src/panels/panel_grid";
import type { Outgoing } from "../../src/wire/connection";
import { Kept } from "../../src/wire/kept";
import { FakeModel, FakeObserver, panel, scene, slider } from "../hosts";

describe("panels arranged by hand", () => {
  let grid: PanelGrid;
  let sent: Outgoing[];
  let model: FakeModel;

  const files = { upload: () => () => {}, download: () => {} };
  const open = () => {
    const wire = { client: "me", send: (message: Outgoing) => void sent.push(message) };
    grid = new PanelGrid(wire, files, () => {}, new Kept(model));
    document.body.append(grid.element);
    Object.defineProperty(grid.element, "clientWidth", { configurable: true, value: 1000 });
  };
  const three = () =>
    scene(panel("GT"), panel("Output"), panel("Settings", { canvases: [], controls: [slider()] }));
  const names = () =>
    [...grid.element.querySelectorAll<HTMLElement>("[data-vw-panel]")].map((node) => node.dataset.vwPanel);
  const button = (name: string) =>
    [...grid.element.querySelectorAll("button")].find((one) => one.getAttribute("aria-label") === name);
  const width = (id: string) =>
    Number.parseFloat((grid.element.querySelector(`[data-vw-panel=${id}]`) as HTMLElement).style.width);
  const border = (at = 0) =>
    grid.element.querySelectorAll<HTMLElement>("[role=separator]")[at] as HTMLElement;
  const press = (node: Element, key: string) =>
    node.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("devicePixelRatio", 1);
    vi.stubGlobal("ResizeObserver", FakeObserver);
    FakeObserver.all = [];
    sent = [];
    model = new FakeModel();
    open();
  });

  afterEach(() => {
    grid.destroy();
    grid.element.remove();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it("hides a panel, keeps its name above the others and brings it back, with the focus", () => {
    grid.update(three());
    button("Hide Output")?.click();
    expect(names()).toEqual(["GT", "Settings"]);
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Show Output");
    button("Show Output")?.click();
    expect(names()).toEqual(["GT", "Output", "Settings"]);
    expect(document.activeElement).toBe(button("Hide Output"));
  });

  it("keeps the focus on the name of a hidden panel while others are laid out anew", () => {
    grid.update(three());
    button("Hide Output")?.click();
    Object.defineProperty(grid.element, "clientWidth", { configurable: true, value: 300 });
    FakeObserver.of(grid.element).callback([]);
    expect(border()).toBeUndefined(); // the rest is stacked by now
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Show Output");
  });

  it("maximises a panel until Escape", () => {
    grid.update(three());
    button("Maximise GT")?.click();
    expect(names()).toEqual(["GT"]);
    expect(width("GT")).toBe(1000);
    press(button("Put GT back") as Element, "Escape");
    expect(names()).toEqual(["GT", "Output", "Settings"]);
    expect(document.activeElement).toBe(button("Maximise GT"));
  });

  it("leaves Escape to a text field of a maximised panel", () => {
    grid.update(three());
    button("Maximise Settings")?.click();
    press(grid.element.querySelector("input") as Element, "Escape");
    expect(names()).toEqual(["Settings"]);
  });

  it("offers nothing for the only panel", () => {
    grid.update(scene(panel("GT")));
    expect(button("Hide GT")?.closest("[hidden]")).not.toBeNull();
    expect(border()).toBeUndefined();
  });

  it("moves a border by keys, says where it is, and stops where a panel would be too narrow", () => {
    grid.update(three());
    const node = border();
    expect(node.getAttribute("aria-label")).toBe("Border between GT and Output");
    expect(node.getAttribute("aria-orientation")).toBe("vertical");
    expect(node.getAttribute("aria-valuenow")).toBe("50");
    const before = width("GT");
    press(node, "ArrowRight");
    expect(node.getAttribute("aria-valuenow")).toBe("52");
    expect(width("GT")).toBeGreaterThan(before);
    expect(width("Settings")).toBeCloseTo(333, 0);
    press(node, "End");
    expect(border()).toBe(node);
    expect(width("Output")).toBeGreaterThanOrEqual(180);
    press(node, "Enter");
    expect(node.getAttribute("aria-valuenow")).toBe("50");
  });

  it("drags a border, and keeps where it was let go", () => {
    grid.update(three());
    const node = border();
    for (const side of [node.previousElementSibling, node.nextElementSibling])
      vi.spyOn(side as Element, "getBoundingClientRect").mockReturnValue(new DOMRect(0, 0, 333, 300));
    const pointer = (kind: string, clientX: number) =>
      node.dispatchEvent(
        new PointerEvent(kind, { clientX, pointerId: 1, isPrimary: true, button: 0, bubbles: true }),
      );
    pointer("pointerdown", 333);
    pointer("pointermove", 366);
    expect(width("GT")).toBe(366);
    expect(model.saves).toBe(0);
    pointer("pointerup", 366);
    expect(model.saves).toBe(1);
    expect(grid.element.querySelector("[role=separator]")).toBe(node);
  });

  it("says which panels are not seen, as nothing large is to be sent for them", () => {
    grid.update(three());
    const unseen = () =>
      sent.flatMap((message) => (message.kind === "unseen" ? [message.panels] : [])).at(-1);
    expect(unseen()).toBeUndefined(); // all are seen unless it says otherwise
    button("Hide Settings")?.click();
    expect(unseen()).toEqual(["Settings"]);
    button("Show Settings")?.click();
    expect(unseen()).toEqual([]);
    button("Maximise GT")?.click();
    expect(unseen()).toEqual(["Output", "Settings"]);
  });

  it("is the same after a reload, and nothing is sent but the space of canvases and what is not seen", () => {
    grid.update(three());
    press(border(), "ArrowRight");
    button("Hide Settings")?.click();
    vi.advanceTimersByTime(1000);
    expect(new Set(sent.map(({ kind }) => kind))).toEqual(new Set(["resize", "unseen"]));
    const chosen = width("GT");
    grid.destroy();
    grid.element.remove();
    open();
    grid.update(three());
    expect(names()).toEqual(["GT", "Output"]);
    expect(width("GT")).toBe(chosen);
    button("Show Settings");
  });

  it("shows the program's layout where panels were added or removed", () => {
    grid.update(three());
    press(border(), "End");
    button("Maximise GT")?.click();
    grid.update(scene(panel("Output"), panel("New")));
    expect(names()).toEqual(["Output", "New"]);
    expect(width("Output")).toBe(500);
  });

  it("shows the program's shares where a view is too narrow for those chosen", () => {
    grid.update(scene(panel("GT"), panel("Output")));
    press(border(), "End");
    Object.defineProperty(grid.element, "clientWidth", { configurable: true, value: 500 });
    FakeObserver.of(grid.element).callback([]);
    expect(width("GT")).toBe(250);
  });

  it("puts everything back at once", () => {
    grid.update(three());
    press(border(), "ArrowLeft");
    button("Hide GT")?.click();
    [...grid.element.querySelectorAll("button")].find((one) => one.textContent === "Put all back")?.click();
    expect(names()).toEqual(["GT", "Output", "Settings"]);
    expect(model.chosen).toBe("");
  });

  it("works without a kernel", () => {
    grid.update(three());
    grid.live = false;
    expect(button("Hide GT")?.matches(":disabled")).toBe(false);
    expect(grid.element.querySelector("fieldset")?.disabled).toBe(true);
  });
});
