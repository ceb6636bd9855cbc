// Every kind of control, and the class that displays it.

import type { Control } from "../wire/protocol";
import { ButtonView } from "./button";
import type { Sender } from "./change";
import { CheckboxView } from "./checkbox";
import { ColorPickerView } from "./color_picker";
import { ComboView } from "./combo";
import type { ControlClass } from "./control";
import { FileDialogView } from "./file_dialog";
import { InputTextView } from "./input_text";
import { MeasuresView } from "./measures";
import { NetworkView } from "./network";
import { PlotView } from "./plot";
import { ProgressView } from "./progress";
import { RangeSliderView } from "./range_slider";
import { RecordButtonView } from "./record_button";
import { RowView } from "./row";
import { SaveFileDialogView } from "./save_file_dialog";
import { SeparatorView } from "./separator";
import { SliderView } from "./slider";
import { TextColoredView, TextView, TextWrappedView } from "./text";

type Kind = Control["kind"];
type Spec<K extends Kind> = Extract<Control, { kind: K }>;

const CLASSES: { readonly [K in Kind]: ControlClass<Spec<K>> } = {
  text: TextView,
  text_colored: TextColoredView,
  text_wrapped: TextWrappedView,
  row: RowView,
  separator: SeparatorView,
  button: ButtonView,
  record_button: RecordButtonView,
  file_dialog: FileDialogView,
  save_file_dialog: SaveFileDialogView,
  checkbox: CheckboxView,
  slider: SliderView,
  slider_int: SliderView,
  range_slider: RangeSliderView,
  combo: ComboView,
  color_picker: ColorPickerView,
  input_text: InputTextView,
  progress: ProgressView,
  plot: PlotView,
  measures: MeasuresView,
  network: NetworkView,
};

function isOf<K extends Kind>(kind: K, spec: Control): spec is Spec<K> {
  return spec.kind === kind;
}

/** A control of any kind, on the page. */
export interface Shown {
  readonly element: HTMLElement;
  /** The ids of the controls inside, or null if it is not a row. */
  readonly inside: readonly string[] | null;
  update(spec: Control): void;
  destroy(): void;
}

/** Creates the element of `spec`, which must be of `kind`. */
export function show<K extends Kind>(kind: K, spec: Control, sender: Sender): Shown {
  if (!isOf(kind, spec)) throw new Error(`control ${spec.id} is a ${spec.kind}, not a ${kind}`);
  const view = new CLASSES[kind](spec, sender);
  return {
    element: view.element,
    get inside() {
      return view.inside ?? null;
    },
    update: (next) => {
      if (isOf(kind, next)) view.update(next);
    },
    destroy: () => view.destroy(),
  };
}
