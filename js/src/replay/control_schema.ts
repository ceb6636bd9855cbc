// The schema of controls in a saved replay, and of their changes.

import type * as protocol from "../wire/protocol";
import {
  byKind,
  choice,
  expect,
  flag,
  later,
  list,
  nullable,
  object,
  type Read,
  real,
  text,
  whole,
} from "./schema";

/** Maximum items of a combo box. Each becomes an element. */
const MOST_ITEMS = 200_000;

const heard = { origin: text, revision: whole };
const named = { id: text, label: text };
/** Fields of buttons. Versions before 0.2 did not acknowledge clicks. */
const taken = { origin: later(text, ""), revision: later(whole, 0) };
const curve = object<protocol.Curve>({ name: text, values: list(nullable(real)), length: whole });
const networkRow = object<protocol.NetworkRow>({
  at: whole,
  name: text,
  numbers: list(nullable(real)),
  strange: whole,
  level: whole,
  why: text,
});
const networkStrips = object<protocol.NetworkStrips>({
  at: whole,
  about: text,
  weights: text,
  gradients: text,
  activations: text,
});

const slider: Read<protocol.Slider> = object({
  kind: choice("slider"),
  ...named,
  ...heard,
  min: real,
  max: real,
  log: flag,
  step: real,
  initial: later(nullable(real), null),
  value: real,
});
const sliderInt: Read<protocol.SliderInt> = object({
  kind: choice("slider_int"),
  ...named,
  ...heard,
  min: whole,
  max: whole,
  initial: later(nullable(whole), null),
  value: whole,
});
const rangeSlider: Read<protocol.RangeSlider> = object({
  kind: choice("range_slider"),
  ...named,
  ...heard,
  min: real,
  max: real,
  log: flag,
  step: real,
  initial: list(real),
  value: list(real),
});
const colored: Read<protocol.TextColored> = object({
  kind: choice("text_colored"),
  id: text,
  text,
  color: list(real),
});
const picker: Read<protocol.ColorPicker> = object({
  kind: choice("color_picker"),
  ...named,
  ...heard,
  value: list(real),
});

export const control: Read<protocol.Control> = byKind({
  text: object({ kind: choice("text"), id: text, text }),
  text_colored: (value, path, depth) => {
    const spec = colored(value, path, depth);
    expect(spec.color.length === 4, `the colour of text '${spec.id}' has no four parts`);
    return spec;
  },
  text_wrapped: object({ kind: choice("text_wrapped"), id: text, text }),
  row: object({ kind: choice("row"), id: text, controls: list(text, 20_000) }),
  separator: object({ kind: choice("separator"), id: text }),
  button: object({ kind: choice("button"), ...named, ...taken, width: real, height: real }),
  record_button: object({
    kind: choice("record_button"),
    ...named,
    ...taken,
    state: choice("ready", "recording", "saving"),
  }),
  file_dialog: object({
    kind: choice("file_dialog"),
    ...named,
    title: text,
    extensions: list(text),
    most_bytes: whole,
    name: text,
    size: whole,
  }),
  save_file_dialog: object({
    kind: choice("save_file_dialog"),
    ...named,
    ...heard,
    title: text,
    suggested: text,
    state: choice("ready", "asked", "written"),
    path: text,
    size: whole,
    token: text,
  }),
  checkbox: object({ kind: choice("checkbox"), ...named, ...heard, value: flag }),
  slider: (value, path, depth) => {
    const spec = slider(value, path, depth);
    expectScale(spec);
    return spec;
  },
  slider_int: (value, path, depth) => {
    const spec = sliderInt(value, path, depth);
    expectRange(spec);
    return spec;
  },
  range_slider: (value, path, depth) => {
    const spec = rangeSlider(value, path, depth);
    expectScale(spec);
    const sound = inOrder(spec.value) && inOrder(spec.initial);
    expect(sound, `range slider '${spec.id}' has no two values in order`);
    return spec;
  },
  combo: object({ kind: choice("combo"), ...named, ...heard, items: list(text, MOST_ITEMS), value: whole }),
  color_picker: (value, path, depth) => {
    const spec = picker(value, path, depth);
    expect(spec.value.length === 3, `colour '${spec.id}' has no three parts`);
    return spec;
  },
  input_text: object({ kind: choice("input_text"), ...named, ...heard, max_length: whole, value: text }),
  progress: object({ kind: choice("progress"), id: text, fraction: real, overlay: text }),
  plot: object({
    kind: choice("plot"),
    ...named,
    overlay: text,
    curves: list(curve),
    width: real,
    height: real,
  }),
  measures: object({ kind: choice("measures"), ...named, items: list(text) }),
  network: object({
    kind: choice("network"),
    ...named,
    step: whole,
    note: text,
    layers: whole,
    unwell: whole,
    rows: list(networkRow),
    steps: list(whole),
    bins: whole,
    strips: list(networkStrips),
  }),
});

type Scaled = protocol.Slider | protocol.RangeSlider;

function expectRange({ id, min, max }: Scaled | protocol.SliderInt): void {
  expect(min <= max, `the range of slider '${id}' is empty`);
}

function expectScale(spec: Scaled): void {
  expectRange(spec);
  expect(spec.step >= 0 && (spec.min > 0 || !spec.log), `slider '${spec.id}' has no such scale`);
}

function inOrder([lower, upper, ...more]: readonly number[]): boolean {
  return lower !== undefined && upper !== undefined && more.length === 0 && lower <= upper;
}

const pair: Read<number[]> = (value, path, depth) => {
  const parts = list(real)(value, path, depth);
  expect(inOrder(parts), `${path} has no two values in order`);
  return parts;
};

const color: Read<number[]> = (value, path, depth) => {
  const parts = list(real)(value, path, depth);
  expect(parts.length === 3, `${path} is not a colour`);
  return parts;
};

/** The schema of a change, by the kind of control, or null if a kind never changes. */
export const VALUES: Readonly<Record<protocol.Control["kind"], Read<unknown> | null>> = {
  row: null,
  separator: null,
  button: null,
  record_button: null,
  file_dialog: null,
  save_file_dialog: null,
  checkbox: flag,
  slider: real,
  slider_int: whole,
  range_slider: pair,
  combo: whole,
  color_picker: color,
  input_text: text,
  text,
  text_wrapped: text,
  text_colored: object({ text, color: list(real) }),
  progress: object({ fraction: real, overlay: text }),
  plot: object({ overlay: text, curves: list(curve) }),
  measures: list(text),
  network: object({ step: whole, note: text, layers: whole, unwell: whole, rows: list(networkRow) }),
};

type Kind = protocol.Control["kind"];
type Fields<K extends Kind> = readonly (keyof Extract<protocol.Control, { kind: K }> & string)[];

/** The fields that a replay follows, by kind. A change holds a single value, or an object if there are several. */
const FOLLOWED: { readonly [K in Kind]: Fields<K> } = {
  row: [],
  separator: [],
  button: [],
  record_button: [],
  file_dialog: [],
  save_file_dialog: [],
  checkbox: ["value"],
  slider: ["value"],
  slider_int: ["value"],
  range_slider: ["value"],
  combo: ["value"],
  color_picker: ["value"],
  input_text: ["value"],
  text: ["text"],
  text_wrapped: ["text"],
  text_colored: ["text", "color"],
  progress: ["fraction", "overlay"],
  plot: ["overlay", "curves"],
  measures: ["items"],
  network: ["step", "note", "layers", "unwell", "rows"],
};

/** What a change to `spec` would hold; undefined if nothing changes. */
export function followed(spec: protocol.Control): unknown {
  const fields: readonly string[] = FOLLOWED[spec.kind];
  const found = fields.map((name) => [name, Reflect.get(spec, name)] as const);
  return found.length > 1 ? Object.fromEntries(found) : found[0]?.[1];
}

/** `spec` after a change that holds `value`, which `VALUES` has read. */
export function changedTo<S extends protocol.Control>(spec: S, value: unknown): S {
  const [name, ...more]: readonly string[] = FOLLOWED[spec.kind];
  if (name === undefined || value === undefined) return spec;
  return { ...spec, ...(more.length > 0 ? Object(value) : { [name]: value }) };
}
