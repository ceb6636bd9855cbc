// Which keys stay in the view, and which go to the notebook that it stands in.
//
// JupyterLab and Jupyter Notebook take keys before any element sees them, unless an attribute on the element that has the
// focus forbids it, for all keys alike. So Ctrl+S saves nothing while a button has the focus that was clicked last. Here
// the attribute is set for the keys that the element uses itself, and for no others, before the host looks.

const SUPPRESS = "data-lm-suppress-shortcuts";

const ARROWS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];
const JUMPS = ["Home", "End", "PageUp", "PageDown"];
const PRESSES = ["Enter", " "];
/** With Ctrl or Cmd, in a line of text. */
const EDITING = ["a", "c", "x", "v", "z", "y", "Backspace", "Delete", ...ARROWS, "Home", "End"];

/** Whether `node` does something by itself when this key is pressed. */
export function uses(node: Element, { key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  const typed = isText(node);
  if (key === "Enter" && (shiftKey || altKey)) return false; // runs the cell
  if (ctrlKey || metaKey) {
    // The right Alt key writes @ and { on many keyboards, where it counts as Ctrl and Alt.
    return (
      typed && (altKey ? key.length === 1 : EDITING.includes(key.length === 1 ? key.toLowerCase() : key))
    );
  }
  if (typed) return true;
  if (altKey) return false;
  if (node.matches("select"))
    return key.length === 1 || [...ARROWS, ...JUMPS, "Enter", "Escape"].includes(key);
  if (node.matches("input[type=range]")) return [...ARROWS, ...JUMPS].includes(key);
  if (node.matches("pre")) return !shiftKey && [...ARROWS, ...JUMPS, " "].includes(key); // scrolls
  if (node.matches("button, summary, a[href], input")) return !shiftKey && PRESSES.includes(key);
  return false;
}

function isText(node: Element): boolean {
  return node.matches("textarea, input:not([type]), input[type=text], input[type=number]");
}

/** Keeps the host from the keys that are used in `root`, for as long as it is there. */
export class Keys {
  #root: HTMLElement;

  constructor(root: HTMLElement) {
    this.#root = root;
    addEventListener("keydown", this.#decide, true); // of the window: hosts listen on the document
  }

  #decide = (event: KeyboardEvent): void => {
    const [node] = event.composedPath();
    if (node instanceof Element && this.#root.contains(node))
      node.toggleAttribute(SUPPRESS, uses(node, event));
  };

  destroy(): void {
    removeEventListener("keydown", this.#decide, true);
  }
}
