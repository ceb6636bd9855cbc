// What every control is to its panel, and the label that most of them have.

import { element, setText } from "../base/dom";
import type { Control } from "../wire/protocol";
import { uniqueId } from "../wire/unique_id";
import { Change, type Sender } from "./change";
import { Said } from "./said";

/** A control as `S` describes it. */
export interface ControlView<S extends Control> {
  readonly element: HTMLElement;
  /** The ids of the controls that stand in it, where others may. */
  readonly inside?: readonly string[];
  /** Shows a new description of the same control. */
  readonly update: (spec: S) => void;
  destroy(): void;
}

/** What shows a control: a class that is made of its first description. */
export type ControlClass<S extends Control> = new (spec: S, sender: Sender) => ControlView<S>;

/** The kernel sends of a label what is shown; the rest of it, from ## on, stands in the id behind the kind. */
export type Named = { readonly id: string; readonly label: string };

/** What a control is called: its label, and where nothing of that is shown its identity. */
export function spokenName({ id, label }: Named): string {
  return label || id.slice(id.indexOf(":") + 1).replace(/^#+/, "");
}

/** Shows the label of `spec` in `place`; where there is none, `named` still has a name for who hears it. */
export function showLabel(place: HTMLElement, spec: Named, named: Element = place): void {
  setText(place, spec.label);
  if (spec.label !== "") named.removeAttribute("aria-label");
  else named.setAttribute("aria-label", spokenName(spec));
}

/** Shows what `button` is called: one of whose label nothing is shown would be an empty square. */
export function showName(button: HTMLElement, spec: Named): void {
  setText(button, spokenName(spec) || "…");
}

/** What a control says while it waits for the kernel. */
export const WAITS = "Takes effect when this frame ends";

/** Shows at a control that has no line of its own for words whether it waits; `named` tells who hears it. */
export function showWaiting(control: HTMLElement, waits: boolean, named: HTMLElement = control): void {
  control.classList.toggle("vw-pending", waits);
  control.title = waits ? WAITS : "";
  named.setAttribute("aria-description", control.title);
}

/** What sends each click on `button`, and shows while they wait to be taken. */
export function clicks(button: HTMLElement, sender: Sender, possible = () => true): Change {
  const change = new Change(sender, (waits) => showWaiting(button, waits));
  button.addEventListener("click", () => {
    if (!possible()) return;
    change.make(true);
    change.flush(); // each click is a message of its own
  });
  return change;
}

/** A row with a label on the left, the `first` input and the `others` on the right, and below them what is said of the
 *  last, in which exact values are; the label is that of the first. `name` gives it: without one the row is the inputs'. */
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
    text.title = spec.label; // there may be no room for all of it
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
