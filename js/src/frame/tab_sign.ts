// Shows a sign before the document's title, and so in the browser tab, while an alarm is unseen.

export const SIGN = "⚠ ";

/** Where the owners of the sign are listed. Each widget in a notebook may have its own copy of this module. */
const OWNERS = Symbol.for("vultorch_widget.tab_sign");

function owners(): Set<object> {
  const shared = window as unknown as { [OWNERS]?: Set<object> };
  shared[OWNERS] ??= new Set();
  return shared[OWNERS];
}

export class TabSign {
  #observer: MutationObserver | null = null;

  get on(): boolean {
    return this.#observer !== null;
  }

  set on(on: boolean) {
    if (on === this.on) return;
    if (on) {
      owners().add(this);
      // Hosts set the title, too: JupyterLab does so whenever another document comes to the front or is saved.
      this.#observer = new MutationObserver(put);
      this.#observer.observe(document.head, { childList: true, subtree: true, characterData: true });
      put();
      return;
    }
    this.#observer?.disconnect();
    this.#observer = null;
    owners().delete(this);
    if (owners().size === 0 && document.title.startsWith(SIGN))
      document.title = document.title.slice(SIGN.length);
  }
}

function put(): void {
  if (!document.title.startsWith(SIGN)) document.title = SIGN + document.title;
}
