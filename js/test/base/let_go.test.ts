import { expect, it, vi } from "vitest";
import { drags, whenLetGo, whenPressed } from "../../src/base/let_go";

it("hears presses of the main button alone", () => {
  const node = document.createElement("div");
  const begin = vi.fn();
  whenPressed(node, begin);
  for (const button of [2, 1, 0, 3]) node.dispatchEvent(new PointerEvent("pointerdown", { button }));
  expect(begin.mock.calls.map(([event]) => event.button)).toEqual([0]);
});

it("knows whether the main button is down, whatever others are", () => {
  const down = [0, 1, 2, 3, 4].map((buttons) => drags(new PointerEvent("pointermove", { buttons })));
  expect(down).toEqual([false, true, false, true, false]);
});

it("hears the end of a press, or that it was swallowed, once and of its own pointer", () => {
  const over = vi.fn();
  const press = (pointerId: number) => new PointerEvent("pointerdown", { pointerId, buttons: 1 });
  whenLetGo(press(1), over);
  dispatchEvent(new PointerEvent("pointerup", { pointerId: 2 }));
  dispatchEvent(new PointerEvent("pointermove", { pointerId: 1, buttons: 1 }));
  expect(over).not.toHaveBeenCalled();
  dispatchEvent(new PointerEvent("pointermove", { pointerId: 1, buttons: 0 }));
  dispatchEvent(new PointerEvent("pointerup", { pointerId: 1 }));
  expect(over).toHaveBeenCalledOnce();
  whenLetGo(press(1), over)();
  dispatchEvent(new PointerEvent("pointerup", { pointerId: 1 }));
  expect(over).toHaveBeenCalledOnce();
});
