// Light or dark, as the host shows itself. Style sheets follow by themselves; what is drawn on a canvas has to be told.

/** Calls `changed` whenever the theme may have changed; returns what ends that. */
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
 * Tells the style sheet what the host looks like where it cannot see that: within a shadow root (marimo), selectors end
 * at its border. Returns what ends that.
 */
export function followHost(root: HTMLElement): () => void {
  const follow = () => {
    const within = root.getRootNode();
    if (!(within instanceof ShadowRoot)) return;
    root.dataset.vwScheme = getComputedStyle(within.host).colorScheme === "dark" ? "dark" : "light";
  };
  requestAnimationFrame(follow); // it is placed by then
  return watchTheme(follow);
}
