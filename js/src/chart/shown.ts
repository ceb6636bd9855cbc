// Which series and runs the user has hidden, as stored in the widget's state.

/** Maximum number of names that are kept. */
const MOST = 300;
const MOST_CHARACTERS = 500;

/** The names in a saved part, which is untrusted. Anything invalid is dropped. */
export function namesIn(saved: unknown): Set<string> {
  if (!Array.isArray(saved)) return new Set();
  return new Set(
    saved.slice(0, MOST).filter((name) => typeof name === "string" && name.length <= MOST_CHARACTERS),
  );
}

/** `names` in saved form; nothing if there are none. */
export function saved(key: string, names: ReadonlySet<string>): Record<string, string[]> {
  return names.size === 0 ? {} : { [key]: [...names].slice(0, MOST) };
}

/** `names` with all of `some` hidden, or shown. */
export function toggled(names: ReadonlySet<string>, some: readonly string[], hide: boolean): Set<string> {
  const now = new Set(names);
  for (const name of some) {
    if (hide) now.add(name);
    else now.delete(name);
  }
  return now;
}
