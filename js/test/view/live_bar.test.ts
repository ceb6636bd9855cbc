import { expect, it, vi } from "vitest";
import { LiveBar } from "../../src/view/live_bar";

function bar() {
  const events = { seek: vi.fn(), choose: vi.fn(), goOn: vi.fn(), explore: vi.fn() };
  const made = new LiveBar(events);
  made.set([0, 10, 20], 25);
  const button = made.element.querySelector(".vw-go-on") as HTMLButtonElement;
  const select = made.element.querySelector("select") as HTMLSelectElement;
  return { made, events, button, select };
}

it("offers to continue from an earlier step once there is a checkpoint before it", () => {
  const { made, events, button } = bar();
  made.show(10);
  expect(button.hidden).toBe(true); // nothing to go back to
  made.checkpoints = [4, 8];
  expect(button.hidden).toBe(false);
  button.click();
  expect(events.goOn).toHaveBeenCalledWith(10, "");
  made.show(0);
  expect(button.hidden).toBe(true);
  made.show(null);
  expect(button.hidden).toBe(true);
});

it("offers to view a branch, with the settings that differ in it, and to continue it", () => {
  const { made, events, button, select } = bar();
  const left = { name: "branch 1", shared: 10, steps: [20, 30], last: 1200, marks: [], moves: [], bests: [] };
  const back = made.element.querySelector(".vw-go-back") as HTMLButtonElement;
  expect(select.closest("label")?.hidden).toBe(true);
  made.told = (branch) => (branch === "branch 1" ? "lr 0.1" : "");
  made.branches = [left, { ...left, name: "lr 0.5" }];
  expect([...select.options].map(({ text }) => text)).toEqual([
    "the present",
    "branch 1 · lr 0.1 · to step 1,200",
    "lr 0.5 · to step 1,200",
  ]);
  expect([select.closest("label")?.hidden, back.hidden]).toEqual([false, true]);
  select.value = "branch 1";
  select.dispatchEvent(new Event("change"));
  expect(events.choose).toHaveBeenCalledWith("branch 1");
  made.set([0, 10, 20, 30], left.last, left);
  made.show(30);
  expect(made.element.querySelector(".vw-where")?.textContent).toBe("step 30 of 1,200 · branch 1");
  button.click();
  back.click();
  expect(events.goOn.mock.calls).toEqual([
    [30, "branch 1"],
    [-1, "branch 1"],
  ]);
});

it("keeps an open list of branches open, and shows in it which settings differ", () => {
  const { made, select } = bar();
  const left = { name: "branch 1", shared: 10, steps: [20], last: 25, marks: [], moves: [], bests: [] };
  made.branches = [left];
  const [, option] = select.options;
  made.branches = [{ ...left }];
  made.told = () => "lr 0.1"; // which is set otherwise by now
  expect(select.options[1]).toBe(option);
  expect(option?.text).toBe("branch 1 · lr 0.1 · to step 25");
});
