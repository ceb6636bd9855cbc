import { afterEach, beforeEach, expect, test } from "vitest";
import { element, handingFocusOn } from "../../src/base/dom";

const one = element("button", { textContent: "one" });
const two = element("button", { textContent: "two" });
const box = element("div", {}, one, two);
const change = (act: () => void) => handingFocusOn(box, () => two, act);

beforeEach(() => {
  box.replaceChildren(one, two);
  document.body.append(box);
  one.focus();
});
afterEach(() => box.remove());

test("an element that was removed passes the focus on", () => {
  change(() => one.remove());
  expect(document.activeElement).toBe(two);
});

test("an element that was moved keeps the focus", () => {
  change(() => box.replaceChildren(two, one));
  expect(document.activeElement).toBe(one);
});

test("a change that chooses where the focus goes has its way", () => {
  const three = element("button");
  change(() => {
    box.append(three);
    three.focus();
    one.remove();
  });
  expect(document.activeElement).toBe(three);
});
