// Elements in one expression. Text is always set as text, never as HTML: most of it comes from the user's program.

type Properties<K extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[K], "style" | "attributes">
> & {
  attributes?: Record<string, string>;
};

export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Properties<K> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const { attributes, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  for (const [name, value] of Object.entries(attributes ?? {})) made.setAttribute(name, value);
  made.append(...children);
  return made as HTMLElementTagNameMap[K];
}

// Touching the DOM costs a layout even where nothing changes, and numbers come many times a second.
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Runs `move`, after which the element in `container` that had the focus has it again: one that is moved loses it. */
export function keepingFocus(container: HTMLElement, move: () => void): void {
  const focused = (container.getRootNode() as Document | ShadowRoot).activeElement;
  const inside = focused instanceof HTMLElement && container.contains(focused);
  move();
  if (inside && container.contains(focused)) focused.focus({ preventScroll: true });
}

/** Runs `change`, after which `heir` has the focus if the element in `container` that had it can have it no more. */
export function handingFocusOn(
  container: HTMLElement,
  heir: (lost: HTMLElement) => HTMLElement,
  change: () => void,
): void {
  const focused = (container.getRootNode() as Document | ShadowRoot).activeElement;
  const inside = focused instanceof HTMLElement && container.contains(focused);
  change();
  if (inside && !takesFocus(container, focused)) giveFocus(heir(focused));
}

// For an element that takes none by itself this once: else clicks in it would take the focus from where the host wants it.
function giveFocus(node: HTMLElement): void {
  if (node.tabIndex < 0) {
    node.tabIndex = -1;
    node.addEventListener("blur", () => node.removeAttribute("tabindex"), { once: true });
  }
  node.focus({ preventScroll: true });
}

function takesFocus(container: HTMLElement, node: HTMLElement): boolean {
  return container.contains(node) && !node.matches(":disabled") && node.closest("[hidden], [inert]") === null;
}
