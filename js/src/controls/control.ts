// The interface of every control, and the label that most of them have.

import { element, setText } from "../base/dom";
import type { Control } from "../wire/protocol";
import { uniqueId } from "../wire/unique_id";
import { Change, type Sender } from "./change";
import { Said } from "./said";

/** A control described by `S`. */
export interface ControlView<S extends Control> {
  readonly element: HTMLElement;
  /** The ids of the controls inside, if it is a row. */
  readonly inside?: readonly string[];
  /** Shows a new description of the same control. */
  readonly update: (spec: S) => void;
  destroy(): void;
}

/** A class that shows a control. It is constructed from the first description. */
export type ControlClass<S extends Control> = new (spec: S, sender: Sender) => ControlView<S>;

/** A control with a label. Only `label` is visible. The full label follows the kind in `id`. */
export type Named = { readonly id: string; readonly label: string };

/** A control's accessible name: its visible label, or its identity if no part of the label is visible. */
export function spokenName({ id, label }: Named): string {
  return label || id.slice(id.indexOf(":") + 1).replace(/^#+/, "");
}

/** Shows the label of `spec` in `place`. If it is empty, `named` gets an accessible name. */
export function showLabel(place: HTMLElement, spec: Named, named: Element = place): void {
  setText(place, spec.label);
  if (spec.label !== "") named.removeAttribute("aria-label");
  else named.setAttribute("aria-label", spokenName(spec));
}

/** Labels `button` with its accessible name. Without a visible label it would be an empty square. */
export function showName(button: HTMLElement, spec: Named): void {
  setText(button, spokenName(spec) || "…");
}

/** The message shown for a pending control. */
export const WAITS = "Takes effect when this frame ends";

/** Shows whether a control without a message line is pending. `named` gets the description that screen readers
 *  announce. */
export function showWaiting(control: HTMLElement, waits: boolean, named: HTMLElement = control): void {
  control.classList.toggle("vw-pending", waits);
  control.title = waits ? WAITS : "";
  named.setAttribute("aria-description", control.title);
}

/** Sends each click on `button`, which looks pending until the kernel has taken it. */
export function clicks(button: HTMLElement, sender: Sender, possible = () => true): Change {
  const change = new Change(sender, (waits) => showWaiting(button, waits));
  button.addEventListener("click", () => {
    if (!possible()) return;
    change.make(true);
    change.flush(); // every click is sent as a message
  });
  return change;
}

/** Creates an element with a label, the `first` input, the `others`, and a message line about the last input, which is
 *  the field for exact values. The label belongs to `first`. `name` sets the label; if it is empty, the inputs get its
 *  space. */
export function labelled(
  kind: string,
  first: HTMLElement,
  ...others: readonly HTMLElement[]
): { row: HTMLElement; name: (spec: Named) => void; said: Said; waiting: (waits: boolean) => void } {
  first.id = `vw-${uniqueId()}`;
  const said = new Said(others.at(-1) ?? first);
  const text = element("label", { className: "vw-label", htmlFor: first.id });
  const row = element("div", { className: `vw-control vw-${kind}` }, text, first, ...others, said.element);
  const name = (spec: Named) => {
    showLabel(text, spec, first);
    text.title = spec.label; // it may be cut off
    text.hidden = spec.label === "";
    row.classList.toggle("vw-unlabelled", text.hidden);
  };
  const waiting = (waits: boolean) => {
    row.classList.toggle("vw-pending", waits);
    if (!waits) said.clear("pending");
    else if (said.element.textContent === "") said.show("pending", WAITS);
  };
  return { row, name, said, waiting };
}
