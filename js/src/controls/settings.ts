// The current controls of a view and their values by label, so that the settings of different runs can be compared.

import type { Control, ControlsPatch, Scene } from "../wire/protocol";
import { spokenName } from "./control";

export class CurrentSettings {
  #panels = new Map<string, Map<string, Control>>();

  /** Takes the controls of a whole scene. */
  update({ panels }: Scene): void {
    this.#panels = new Map(
      panels.map(({ id, controls }) => [id, new Map(controls.map((control) => [control.id, control]))]),
    );
  }

  /** Takes controls that have changed. */
  patch({ panel, changed, order }: Pick<ControlsPatch, "panel" | "changed" | "order">): void {
    const known = this.#panels.get(panel) ?? new Map<string, Control>();
    this.#panels.set(panel, known);
    for (const control of changed) known.set(control.id, control);
    if (order !== null) for (const id of known.keys()) if (!order.includes(id)) known.delete(id);
  }

  /** All controls, in the order of their panels. */
  get controls(): { panel: string; spec: Control }[] {
    return [...this.#panels].flatMap(([panel, controls]) =>
      [...controls.values()].map((spec) => ({ panel, spec })),
    );
  }

  /** The values by label. If controls share a label, the first one counts. */
  get values(): Map<string, unknown> {
    const found = new Map<string, unknown>();
    for (const { spec: control } of this.controls) {
      if (!("value" in control && "revision" in control)) continue;
      const name = spokenName(control);
      if (!found.has(name)) found.set(name, control.value);
    }
    return found;
  }
}
