// A small schema library: converts untrusted JSON to typed values, or throws with the reason. Pure.

/** Why a saved replay cannot be played. The text follows "The saved replay cannot be played: ". */
export class ReplayError extends Error {}

/** Converts `value` to a T. `path` is its place in the document, and `depth` the number of enclosing objects and
 *  lists. */
export type Read<T> = ((value: unknown, path: string, depth: number) => T) & { optional?: true };

/** Red, green and blue. */
export const COLOR = /^#[0-9a-f]{6}$/;
/** Default maximum number of entries in a list or mapping. */
export const MOST_ENTRIES = 10_000;
const MOST_CHARACTERS = 1 << 20;
const MOST_DEPTH = 256;

export const text: Read<string> = (value, path) => {
  if (typeof value !== "string") throw wrong(path, value, "a text");
  return expectAtMost(value.length, MOST_CHARACTERS, path, "characters") && value;
};
/** Text of any length, such as a file in base64. */
export const file: Read<string> = (value, path) => {
  if (typeof value !== "string") throw wrong(path, value, "a text");
  return value;
};
export const real: Read<number> = (value, path) => {
  if (typeof value !== "number" || !Number.isFinite(value)) throw wrong(path, value, "a number");
  return value;
};
export const whole: Read<number> = (value, path) => {
  if (!Number.isSafeInteger(value)) throw wrong(path, value, "a whole number");
  return value as number;
};
export const flag: Read<boolean> = (value, path) => {
  if (typeof value !== "boolean") throw wrong(path, value, "true or false");
  return value;
};

export function choice<T extends string>(...names: readonly T[]): Read<T> {
  return (value, path) => {
    if (!names.includes(value as T)) throw wrong(path, value, `one of ${names.join(", ")}`);
    return value as T;
  };
}

export function nullable<T>(read: Read<T>): Read<T | null> {
  return (value, path, depth) => (value === null ? null : read(value, path, depth));
}

export function list<T>(item: Read<T>, most = MOST_ENTRIES): Read<T[]> {
  return (value, path, depth) => {
    if (!Array.isArray(value)) throw wrong(path, value, "a list");
    expectAtMost(value.length, most, path, "entries");
    return value.map((entry, i) => item(entry, `${path}[${i}]`, deeper(depth)));
  };
}

export function mapping<T>(item: Read<T>, most = MOST_ENTRIES): Read<Record<string, T>> {
  return (value, path, depth) => {
    const entries = Object.entries(record(value, path));
    expectAtMost(entries.length, most, path, "entries");
    return Object.fromEntries(
      entries.map(([name, entry]) => [name, item(entry, `${path}[${brief(name)}]`, deeper(depth))]),
    );
  };
}

/** An object with these fields. Other fields are dropped. */
export function object<T extends object>(fields: { [K in keyof T]-?: Read<T[K]> }): Read<T> {
  const readers = Object.entries(fields) as [string, Read<unknown>][];
  return (value, path, depth) => {
    const found = record(value, path);
    const entries = readers.map(([name, read]) => {
      if (!Object.hasOwn(found, name) && !read.optional)
        throw new ReplayError(`${path || "it"} lacks '${name}'`);
      return [name, read(found[name], path === "" ? name : `${path}.${name}`, deeper(depth))];
    });
    return Object.fromEntries(entries) as T;
  };
}

/** A field that documents of earlier versions lack, and its default. */
export function later<T>(read: Read<T>, otherwise: T): Read<T> {
  const reader: Read<T> = (value, path, depth) =>
    value === undefined ? otherwise : read(value, path, depth);
  return Object.assign(reader, { optional: true as const });
}

/** One of several objects, distinguished by their `kind`. */
export function byKind<T extends { kind: string }>(
  kinds: {
    [K in T["kind"]]: Read<Extract<T, { kind: K }>>;
  },
): Read<T> {
  return (value, path, depth) => {
    const { kind } = record(value, path);
    if (typeof kind !== "string" || !Object.hasOwn(kinds, kind)) throw wrong(path, kind, "a known kind");
    return kinds[kind as T["kind"]](value, path, depth);
  };
}

export function expect(sound: boolean, otherwise: string): void {
  if (!sound) throw new ReplayError(otherwise);
}

export function expectAtMost(count: number, most: number, path: string, what: string): true {
  const said = (value: number) => value.toLocaleString("en-US");
  expect(count <= most, `${path} has ${said(count)} ${what}; at most ${said(most)} are read`);
  return true;
}

export function wrong(path: string, value: unknown, wanted: string): ReplayError {
  return new ReplayError(`${path || "it"} is ${brief(value)}, not ${wanted}`);
}

/** `value` as a short text. */
export function brief(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? "[]" : "[...]";
  if (typeof value === "object" && value !== null) return "{...}";
  const said = typeof value === "string" ? `'${value.slice(0, 50)}'` : String(value);
  return said.length <= 60 ? said : `${said.slice(0, 57)}...`;
}

function record(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw wrong(path, value, "an object");
  return value as Record<string, unknown>;
}

function deeper(depth: number): number {
  expect(depth < MOST_DEPTH, "it is nested too deeply");
  return depth + 1;
}
