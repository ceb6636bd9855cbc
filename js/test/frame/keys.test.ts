import { afterEach, describe, expect, it } from "vitest";
import { Keys, uses } from "../../src/frame/keys";

function made(html: string): Element {
  const place = document.createElement("div");
  place.innerHTML = html;
  return place.firstElementChild as Element;
}

function press(key: string, modifiers: KeyboardEventInit = {}): KeyboardEvent {
  return new KeyboardEvent("keydown", { key, bubbles: true, composed: true, ...modifiers });
}

const BUTTON = made("<button>Pause</button>");
const TRACK = made('<input type="range">');
const FIELD = made('<input type="text">');
const BOX = made('<input type="checkbox">');
const SELECT = made("<select></select>");
const TRACE = made('<pre tabindex="0"></pre>');
const ALL = [BUTTON, TRACK, FIELD, BOX, SELECT, TRACE];

describe("a key of the host", () => {
  it.each(["s", "b", "f", "Enter", "k"])("goes to the host with Ctrl+%s, whatever has the focus", (key) => {
    for (const node of ALL) {
      expect(uses(node, press(key, { ctrlKey: true }))).toBe(false);
      expect(uses(node, press(key, { metaKey: true }))).toBe(false);
    }
  });

  it("goes to the host if it runs a cell", () => {
    for (const node of ALL) {
      expect(uses(node, press("Enter", { shiftKey: true }))).toBe(false);
      expect(uses(node, press("Enter", { altKey: true }))).toBe(false);
    }
  });

  it("goes to the host if it is a letter outside a text field", () => {
    for (const node of [BUTTON, TRACK, BOX, TRACE])
      for (const key of ["d", "a", "b", "j", "z", "0"]) expect(uses(node, press(key))).toBe(false);
  });
});

describe("a key of a control", () => {
  it("reaches a text field", () => {
    for (const key of ["d", "D", "1", "e", "-", "Enter", "Escape", "ArrowUp", "PageDown", "Backspace", " "])
      expect(uses(FIELD, press(key))).toBe(true);
    for (const key of ["a", "c", "v", "x", "z", "ArrowLeft"])
      expect(uses(FIELD, press(key, { ctrlKey: true }))).toBe(true);
    expect(uses(FIELD, press("@", { ctrlKey: true, altKey: true }))).toBe(true);
  });

  it("moves a slider and presses a button", () => {
    for (const key of ["ArrowLeft", "ArrowUp", "Home", "End", "PageUp"]) {
      expect(uses(TRACK, press(key))).toBe(true);
      expect(uses(TRACK, press(key, { shiftKey: true }))).toBe(true);
      expect(uses(BUTTON, press(key))).toBe(false);
    }
    for (const key of ["Enter", " "]) {
      expect(uses(BUTTON, press(key))).toBe(true);
      expect(uses(BOX, press(key))).toBe(true);
      expect(uses(TRACK, press(key))).toBe(false);
    }
  });

  it("selects by letter in a list, and scrolls a traceback", () => {
    expect(uses(SELECT, press("m"))).toBe(true);
    expect(uses(SELECT, press("ArrowDown"))).toBe(true);
    expect(uses(TRACE, press("ArrowDown"))).toBe(true);
  });
});

describe("Keys", () => {
  const root = document.createElement("div");
  afterEach(() => root.remove());

  it("see each key before the host does, until they are destroyed", () => {
    document.body.append(root);
    root.innerHTML = '<button>Pause</button><input type="range">';
    const [button, track] = root.children as unknown as [HTMLElement, HTMLElement];
    const seen: boolean[] = [];
    const look = (event: Event) =>
      seen.push((event.target as Element).hasAttribute("data-lm-suppress-shortcuts"));
    document.addEventListener("keydown", look, true);
    const keys = new Keys(root);
    button.dispatchEvent(press("s", { ctrlKey: true }));
    button.dispatchEvent(press("Enter"));
    button.dispatchEvent(press("d"));
    track.dispatchEvent(press("ArrowUp"));
    expect(seen).toEqual([false, true, false, true]);
    keys.destroy();
    button.dispatchEvent(press("Enter"));
    expect(seen.at(-1)).toBe(false);
    document.removeEventListener("keydown", look, true);
  });
});
