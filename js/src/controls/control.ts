// What every control is to its panel, and the label that most of them have.

import { element } from "../dom";
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

/** JupyterLab takes arrow keys for itself unless the very element that has the focus says otherwise. */
export const OWN_KEYS = { "data-lm-suppress-shortcuts": "true" };

let unique = 0;

/** A row with a label on the left and `inputs` on the right, tied together for screen readers. */
export function labelled(kind: string, inputs: HTMLElement[]): { row: HTMLElement; label: HTMLLabelElement } {
  unique += 1;
  const label = element("label", { className: "vw-label", htmlFor: `vw-input-${unique}` });
  if (inputs[0] !== undefined) inputs[0].id = `vw-input-${unique}`;
  return { row: element("div", { className: `vw-control vw-${kind}` }, label, ...inputs), label };
}
