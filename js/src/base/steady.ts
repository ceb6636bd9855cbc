// Keeps an element where it is on the screen while the page around it changes.

/** Runs `change`, then scrolls so that `node` is where it was. */
export function steadily(node: Element, change: () => void): void {
  const before = node.getBoundingClientRect().top;
  change();
  const moved = node.getBoundingClientRect().top - before;
  if (node.isConnected && Math.abs(moved) >= 1) scroller(node)?.scrollBy(0, moved);
}

/** The element that scrolls `node`: its innermost scrollable ancestor. */
function scroller(node: Element): Element | null {
  for (let at = around(node); at !== null; at = around(at)) {
    const scrolls = /auto|scroll/.test(getComputedStyle(at).overflowY);
    if (scrolls && at.scrollHeight > at.clientHeight) return at;
  }
  return document.scrollingElement;
}

function around(node: Element): Element | null {
  const root = node.getRootNode();
  return node.parentElement ?? (root instanceof ShadowRoot ? root.host : null);
}
