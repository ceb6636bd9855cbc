// Decides which keys the view handles, and which go to the notebook around it.
//
// JupyterLab and Jupyter Notebook handle keys before any element gets them, unless the focused element has an
// attribute that suppresses all shortcuts. With a permanent attribute, Ctrl+S would not save while the button clicked
// last has the focus. So the attribute is set for each key before the host checks it, and only if the element uses
// that key itself.

const SUPPRESS = "data-lm-suppress-shortcuts";

const ARROWS = ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"];
const JUMPS = ["Home", "End", "PageUp", "PageDown"];
const PRESSES = ["Enter", " "];
/** Keys that zoom a picture. */
const ZOOMING = ["+", "=", "-", "_", "0"];
/** Keys that edit text, together with Ctrl or Cmd. */
const EDITING = ["a", "c", "x", "v", "z", "y", "Backspace", "Delete", ...ARROWS, "Home", "End"];

/** Whether `node` itself handles this key. */
export function uses(node: Element, { key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
  const typed = isText(node);
  if (key === "Enter" && (shiftKey || altKey)) return false; // runs the cell
  if (ctrlKey || metaKey) {
    // AltGr, which types @ and { on many keyboards, is reported as Ctrl and Alt.
    return (
      typed && (altKey ? key.length === 1 : EDITING.includes(key.length === 1 ? key.toLowerCase() : key))
    );
  }
  if (typed) return true;
  if (altKey) return false;
  // Closes the sheet, or returns from an earlier step.
  if (key === "Escape" && node.closest(".vw-look, .vw-looking-back, .vw-futures") !== null) return true;
  if (node.matches("select"))
    return key.length === 1 || [...ARROWS, ...JUMPS, "Enter", "Escape"].includes(key);
  if (node.matches("input[type=range]")) return [...ARROWS, ...JUMPS].includes(key);
  // F flips what is compared.
  if (
    node.matches(".vw-window") &&
    ((key.toLowerCase() === "f" && !shiftKey) || looksWith(node, key, shiftKey))
  )
    return true;
  if (node.matches(".vw-plot-host"))
    return ZOOMING.includes(key) || (node.matches(".vw-zoomed") && ["ArrowLeft", "ArrowRight"].includes(key));
  if (node.matches("[role=separator][tabindex]"))
    return [...ARROWS, ...JUMPS, "Enter", "Escape"].includes(key);
  if (node.matches("[role=slider]")) return [...ARROWS, "Home", "End"].includes(key);
  if (node.matches("[role^=menuitem]"))
    return !shiftKey && [...ARROWS, ...PRESSES, "Home", "End", "Escape"].includes(key);
  if (key === "Escape") return node.closest(".vw-maximised") !== null; // puts the panel back
  if (node.matches("[role=button]")) return !shiftKey && PRESSES.includes(key);
  if (node.matches("pre")) return !shiftKey && [...ARROWS, ...JUMPS, " "].includes(key); // scrolls
  if (node.matches("button, summary, a[href], input, [role=checkbox]"))
    return !shiftKey && PRESSES.includes(key);
  return false;
}

/** Whether this key zooms, pans or probes the picture that has the focus. */
function looksWith(picture: Element, key: string, shiftKey: boolean): boolean {
  const pins = picture.matches(".vw-with-pins");
  if (ARROWS.includes(key)) return shiftKey ? pins : picture.matches(".vw-zoomed");
  return ZOOMING.includes(key) || (key === "Enter" && !shiftKey) || (key === "Escape" && pins);
}

function isText(node: Element): boolean {
  return node.matches("textarea, input:not([type]), input[type=text], input[type=number]");
}

/** Suppresses the host's shortcuts for keys that the focused element in `root` uses. */
export class Keys {
  #root: HTMLElement;

  constructor(root: HTMLElement) {
    this.#root = root;
    addEventListener("keydown", this.#decide, true); // on the window, because hosts listen on the document
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
