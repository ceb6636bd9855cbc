// The user's choices in a view, as stored in the widget's state: in the kernel across page reloads, and in the
// notebook's file. One JSON object with a version, and a part for each kind of choice.

/** Where the text is stored: the widget's model. */
export interface Store {
  get(name: string): unknown;
  set?(name: string, value: unknown): void;
  save_changes?(): void;
  on?(event: string, callback: () => void): void;
  off?(event: string, callback: () => void): void;
}

const VERSION = 1;
const TRAIT = "_chosen";
/** Maximum characters of the text. The kernel refuses more. */
export const MOST_CHARACTERS = 1 << 16;
/** Milliseconds after a reload within which the last choices before it may still arrive. */
const LATE = 10_000;

export class Kept {
  #store: Store | null;
  #parts: Readonly<Record<string, unknown>>;
  #text: unknown;
  /** How often something has been kept here. */
  changes = 0;

  /** The choices in `store`. Without one, choices last as long as the page. */
  constructor(store: Store | null = null) {
    this.#store = store;
    this.#text = store?.get(TRAIT);
    this.#parts = parse(this.#text);
  }

  /** The saved choices of one kind. They are untrusted, so check them. */
  part(name: string): unknown {
    return Object.hasOwn(this.#parts, name) ? this.#parts[name] : undefined;
  }

  /** Calls `late` if the last choices before a reload arrive after it: JupyterLab sends one change of a trait only once
   *  the kernel has answered the one before. Returns a function that ends this. */
  follow(late: () => void): () => void {
    const began = performance.now();
    const hear = () => {
      const text = this.#store?.get(TRAIT);
      if (text === this.#text || this.changes > 0 || performance.now() - began > LATE) return;
      this.#text = text;
      this.#parts = parse(text);
      late();
    };
    this.#store?.on?.(`change:${TRAIT}`, hear);
    return () => this.#store?.off?.(`change:${TRAIT}`, hear);
  }

  /** Keeps `value` as the choices of one kind; undefined removes them. */
  keep(name: string, value: unknown): void {
    this.changes += 1;
    const found = this.#store?.get(TRAIT);
    const others = found === this.#text ? {} : parse(found); // another rendering has kept something
    this.#parts = { ...this.#parts, ...others, [name]: value };
    const some = Object.values(this.#parts).some((part) => part !== undefined);
    const text = some ? JSON.stringify({ version: VERSION, ...this.#parts }) : "";
    if (text.length > MOST_CHARACTERS) return; // lasts only as long as the page
    this.#text = text;
    try {
      this.#store?.set?.(TRAIT, text);
      this.#store?.save_changes?.();
    } catch {
      // The kernel has gone. The page keeps it, and saves it in the notebook.
    }
  }
}

/** The parts of a saved text. Anything else counts as no choices. */
function parse(text: unknown): Record<string, unknown> {
  if (typeof text !== "string" || text.length > MOST_CHARACTERS) return {};
  try {
    const { version, ...parts } = JSON.parse(text);
    return version === VERSION ? parts : {};
  } catch {
    return {};
  }
}

const MOST_CANVASES = 1_024;

/** Reads one part with an entry for each canvas, which is untrusted. Drops invalid entries, for which `read` returns
 *  undefined. */
export function readByCanvas<T>(part: unknown, read: (saved: unknown) => T | undefined): Map<string, T> {
  const found = new Map<string, T>();
  if (typeof part !== "object" || part === null) return found;
  for (const [canvas, saved] of Object.entries(part).slice(0, MOST_CANVASES)) {
    const one = read(saved);
    if (one !== undefined) found.set(canvas, one);
  }
  return found;
}
