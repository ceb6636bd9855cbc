// The host's light or dark theme, where style sheets cannot follow it on their own.

/** Calls `changed` whenever the theme may have changed. Returns a function that stops this. */
export function watchTheme(changed: () => void): () => void {
  const attributeFilter = ["data-jp-theme-name", "data-jp-theme-light", "data-vscode-theme-kind", "class"];
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    system.removeEventListener("change", changed);
  };
}

/**
 * Marks `root` as light or dark inside a shadow root (marimo), where selectors cannot match the host page. Returns a
 * function that stops this.
 */
export function followHost(root: HTMLElement): () => void {
  const follow = () => {
    const within = root.getRootNode();
    if (!(within instanceof ShadowRoot)) return;
    root.dataset.vwScheme = getComputedStyle(within.host).colorScheme === "dark" ? "dark" : "light";
  };
  requestAnimationFrame(follow); // by then `root` is in the document
  return watchTheme(follow);
}
