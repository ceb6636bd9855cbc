import { expect, it, vi } from "vitest";
import { LiveBar } from "../../src/view/live_bar";

function bar() {
  const events = { seek: vi.fn(), goOn: vi.fn(), explore: vi.fn() };
  const made = new LiveBar(events);
  made.set([0, 10, 20], 25);
  const button = made.element.querySelector(".vw-go-on") as HTMLButtonElement;
  const select = made.element.querySelector("select") as HTMLSelectElement;
  return { made, events, button, select };
}

it("offers to go on from an earlier step once there is a checkpoint before it", () => {
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

it("offers to go back to the end of a branch", () => {
  const { made, events, select } = bar();
  expect(select.hidden).toBe(true);
  made.branches = ["branch 1", "branch 2"];
  expect(select.hidden).toBe(false);
  select.value = "branch 2";
  select.dispatchEvent(new Event("change"));
  expect(events.goOn).toHaveBeenCalledWith(-1, "branch 2");
  expect(select.value).toBe("");
});
