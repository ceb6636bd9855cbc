// The buttons in a panel's head that hide it or make it fill the view, and the names of hidden panels.

import { element } from "../base/dom";
import { iconButton, setFace } from "../frame/toolbar";

export interface ToolEvents {
  hide(panel: string): void;
  show(panel: string): void;
  /** Makes the panel fill the view, or puts it back. */
  maximise(panel: string): void;
  /** Undoes all of the user's choices. */
  reset(): void;
}

/** The two buttons of one panel. */
export class PanelTools {
  readonly element = element("div", { className: "vw-arranging" });
  readonly hide: HTMLButtonElement;
  readonly maximise: HTMLButtonElement;

  constructor(panel: string, events: ToolEvents) {
    this.hide = iconButton("Hide", "hide", () => events.hide(panel));
    this.maximise = iconButton("Maximise", "maximise", () => events.maximise(panel));
    this.element.append(this.maximise, this.hide);
  }

  /** `alone`: the layout has no other panel. */
  update(name: string, alone: boolean, maximised: boolean): void {
    this.element.hidden = alone;
    this.hide.hidden = maximised;
    setFace(this.hide, `Hide ${name}`, "hide", "Hide this panel. Its name above the panels brings it back");
    if (maximised)
      setFace(this.maximise, `Put ${name} back`, "restore", "Return it to the other panels (Escape)");
    else
      setFace(
        this.maximise,
        `Maximise ${name}`,
        "maximise",
        "Maximise: this panel fills the view until Escape",
      );
  }
}

/** The names of hidden panels, each a button that brings its panel back. */
export class HiddenPanels {
  readonly element = element("div", { className: "vw-hidden-panels" });
  #events: ToolEvents;
  #shown = "";

  constructor(events: ToolEvents) {
    this.#events = events;
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Hidden panels");
  }

  update(panels: readonly { id: string; name: string }[]): void {
    const shown = JSON.stringify(panels);
    if (shown === this.#shown) return; // a button may have the focus
    this.#shown = shown;
    const buttons = panels.map(({ id, name }) => {
      const button = element("button", { type: "button", className: "vw-button", textContent: name });
      button.title = `Show ${name} again`;
      button.setAttribute("aria-label", `Show ${name}`);
      button.dataset.vwHidden = id;
      button.addEventListener("click", () => this.#events.show(id));
      return button;
    });
    const all = element("button", { type: "button", className: "vw-button", textContent: "Put all back" });
    all.title = "Restores the program's layout";
    all.addEventListener("click", () => this.#events.reset());
    this.element.replaceChildren(element("span", { textContent: "Hidden" }), ...buttons, all);
  }

  /** The button of a hidden panel. */
  button(panel: string): HTMLElement | null {
    const all = this.element.querySelectorAll<HTMLElement>("[data-vw-hidden]");
    return [...all].find((button) => button.dataset.vwHidden === panel) ?? null;
  }
}
