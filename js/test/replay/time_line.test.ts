import { expect, it, vi } from "vitest";
import { TimeLine } from "../../src/replay/time_line";

function made() {
  const line = new TimeLine("Time line", vi.fn());
  document.body.replaceChildren(line.element);
  line.set([0, 10, 20], 0, 20);
  line.show(1, "step 10");
  const input = line.element.querySelector("input") as HTMLInputElement;
  const press = (button: number) =>
    input.dispatchEvent(
      new PointerEvent("pointerdown", { pointerId: 1, button, buttons: button === 0 ? 1 : 2, bubbles: true }),
    );
  return { line, input, press };
}

it("waits with a new range until it is let go, wherever that is", () => {
  const { line, input, press } = made();
  press(0);
  line.set([0, 10, 20, 30], 0, 30);
  expect(input.max).toBe("20");
  dispatchEvent(new PointerEvent("pointerup", { pointerId: 1 }));
  expect(input.max).toBe("30");
});

it("is not held by a right click, whose release a menu swallows", () => {
  const { line, input, press } = made();
  press(2);
  line.set([0, 10, 20, 30], 0, 30);
  expect(input.max).toBe("30");
});

it("is let go if a menu has swallowed the release", () => {
  const { line, input, press } = made();
  press(0); // with Ctrl, on a Mac
  line.set([0, 10, 20, 30], 0, 30);
  dispatchEvent(new PointerEvent("pointermove", { pointerId: 1, buttons: 0 }));
  expect(input.max).toBe("30");
});
