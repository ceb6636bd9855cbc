// A colour picker: the browser's own chooser, and a field for hexadecimal digits.

import { element } from "../base/dom";
import { narrowed } from "../base/numbers";
import type { ColorPicker } from "../wire/protocol";
import { Change, type Sender } from "./change";
import { type ControlView, labelled, type Named, spokenName } from "./control";
import { listenToField } from "./exact_field";
import type { Said } from "./said";

/** Three numbers in 0..1 as #rrggbb. */
export function toHex(color: readonly number[]): string {
  return `#${color
    .map((part) =>
      Math.round(part * 255)
        .toString(16)
        .padStart(2, "0"),
    )
    .join("")}`;
}

/** Parses #rrggbb or #rgb, with or without the #, to three numbers in 0..1. Returns null for anything else. */
export function fromHex(text: string): number[] | null {
  const digits = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(narrowed(text).trim())?.[1];
  if (digits === undefined) return null;
  const size = digits.length / 3;
  return [0, 1, 2].map(
    (i) => Number.parseInt(digits.slice(i * size, (i + 1) * size).repeat(3 - size), 16) / 255,
  );
}

export class ColorPickerView implements ControlView<ColorPicker> {
  readonly element: HTMLElement;
  #name: (spec: Named) => void;
  #swatch = element("input", { type: "color" });
  #field = element("input", {
    type: "text",
    className: "vw-field",
    attributes: { autocomplete: "off", spellcheck: "false" },
  });
  #change: Change;
  #said: Said;
  #spec: ColorPicker;
  #shown = "";

  constructor(spec: ColorPicker, sender: Sender) {
    this.#spec = spec;
    const { row, name, said, waiting } = labelled("color", this.#swatch, this.#field);
    this.#change = new Change(sender, waiting);
    this.element = row;
    this.#name = name;
    this.#said = said;
    this.#listenToSwatch();
    listenToField(this.#field, {
      hold: () => {
        this.#change.held = true;
      },
      text: () => this.#shown,
      edited: () => this.#said.clear("changed", "refused"),
      typed: () => this.#typed(),
      release: () => this.#release(),
    });
    this.update(spec);
  }

  // The chooser fires `input` while it is open, and `change` when it closes.
  #listenToSwatch(): void {
    this.#swatch.addEventListener("input", () => {
      this.#change.held = true;
      this.#said.clear("changed", "refused");
      this.#take(this.#swatch.value);
    });
    for (const end of ["change", "blur"]) this.#swatch.addEventListener(end, () => this.#release());
  }

  #typed(): void {
    const text = this.#field.value;
    const color = fromHex(text);
    if (color === null)
      this.#said.show("refused", `“${text}” is not a colour such as #ff8800; ${this.#shown} stays`);
    this.#take(color === null ? this.#shown : toHex(color));
  }

  #release(): void {
    this.#change.held = false;
    this.#change.flush();
    this.#follow();
  }

  #take(hex: string): void {
    if (hex !== this.#shown) this.#change.make(fromHex(hex) as number[]);
    this.#show(hex);
  }

  #show(hex: string): void {
    this.#shown = hex;
    if (this.#swatch.value !== hex) this.#swatch.value = hex;
    this.#field.value = hex;
  }

  // Six digits are less precise than the kernel's floats, so a colour is sent only after the user changes it.
  #follow(): void {
    const { value, origin, revision } = this.#spec;
    const hex = toHex(value);
    if (this.#change.accepts(origin, revision) && hex !== this.#shown) this.#show(hex);
  }

  update(spec: ColorPicker): void {
    this.#spec = spec;
    this.#name(this.#spec);
    this.#field.setAttribute("aria-label", `${spokenName(this.#spec)}, in hexadecimal digits`);
    this.#follow();
  }

  destroy(): void {
    this.#change.destroy();
    this.element.remove();
  }
}
