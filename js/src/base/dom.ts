// DOM helpers. Text is always set as text, never as HTML, because most of it comes from the user's program.

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

// Setting the same text again would still cost a layout, and numbers arrive many times a second.
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** Runs `move`, then restores the focus within `container`: an element loses it when it is moved in the document. */
export function keepingFocus(container: HTMLElement, move: () => void): void {
  const focused = (container.getRootNode() as Document | ShadowRoot).activeElement;
  const inside = focused instanceof HTMLElement && container.contains(focused);
  move();
  if (inside && container.contains(focused)) focused.focus({ preventScroll: true });
}

/** Runs `change`, which may move the focus of `container` itself. If it does not, but removes, hides or disables the
 *  focused element, `heir` gets the focus. If it moves the focused element in the document, that element gets the focus
 *  back. */
export function handingFocusOn(
  container: HTMLElement,
  heir: (lost: HTMLElement) => HTMLElement,
  change: () => void,
): void {
  const root = container.getRootNode() as Document | ShadowRoot;
  const focused = root.activeElement;
  const inside = focused instanceof HTMLElement && container.contains(focused);
  change();
  if (!inside) return;
  const kept = root.activeElement === focused;
  if (!kept && container.contains(root.activeElement)) return;
  if (!takesFocus(container, focused)) giveFocus(heir(focused));
  else if (!kept) focused.focus({ preventScroll: true });
}

// Makes an element focusable until it loses the focus. If it stayed focusable, clicking in it would steal the focus
// from the host.
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
