// What every control is to its panel, and the label that most of them have.

import { element, setText } from "../dom";
import { ident } from "../ident";
import type { Control } from "../protocol";
import type { Sender } from "./change";

export interface ControlView {
  readonly element: HTMLElement;
  /** Shows a new description of the same control. */
  update(spec: Control): void;
  destroy(): void;
}

export type Make<S extends Control> = (spec: S, sender: Sender) => ControlView;

/** What is shown of a label: everything from ## on is identity. */
export function visibleLabel(label: string): string {
  const at = label.indexOf("##");
  return at < 0 ? label : label.slice(0, at);
}

/** What a control is called where nothing is shown: its identity, and else what is shown. */
export function spokenLabel(label: string): string {
  return visibleLabel(label) || label.replace(/^#+/, "");
}

/** Shows of `label` in `place` what is to be shown; where that is nothing, `named` still has a name for who hears it. */
export function showLabel(place: HTMLElement, label: string, named: Element = place): void {
  setText(place, visibleLabel(label));
  if (visibleLabel(label) !== "") named.removeAttribute("aria-label");
  else named.setAttribute("aria-label", spokenLabel(label));
}

/** A row with a label on the left and the `first` input and the `others` on the right; the label is that of the first.
 *  `name` gives it: without one the row is the inputs'. */
export function labelled(
  kind: string,
  first: HTMLElement,
  ...others: readonly HTMLElement[]
): { row: HTMLElement; name: (label: string) => void } {
  first.id = `vw-${ident()}`;
  const text = element("label", { className: "vw-label", htmlFor: first.id });
  const row = element("div", { className: `vw-control vw-${kind}` }, text, first, ...others);
  const name = (label: string) => {
    showLabel(text, label, first);
    text.title = visibleLabel(label); // there may be no room for all of it
    text.hidden = text.title === "";
    row.classList.toggle("vw-unlabelled", text.hidden);
  };
  return { row, name };
}
