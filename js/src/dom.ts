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

/** JupyterLab takes arrow keys for itself unless the very element that has the focus says otherwise. */
export const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" };
