// What every control is to its panel, and the label that most of them have.

import { element } from "../dom";
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

/** A row with a label on the left and `inputs` on the right; the label is that of the first of them. */
export function labelled(
  kind: string,
  inputs: readonly HTMLElement[],
): { row: HTMLElement; label: HTMLLabelElement } {
  const id = `vw-${ident()}`;
  const label = element("label", { className: "vw-label", htmlFor: id });
  if (inputs[0] !== undefined) inputs[0].id = id;
  return { row: element("div", { className: `vw-control vw-${kind}` }, label, ...inputs), label };
}
