// Which series and runs are hidden by hand, as the widget's state keeps them.

/** Most names that are kept. */
const MOST = 300;
const MOST_CHARACTERS = 500;

/** Names in a saved part, which may come from anywhere. Anything else is left out. */
export function namesIn(saved: unknown): Set<string> {
  if (!Array.isArray(saved)) return new Set();
  return new Set(
    saved.slice(0, MOST).filter((name) => typeof name === "string" && name.length <= MOST_CHARACTERS),
  );
}

/** `names` as they are saved; nothing if there are none. */
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
