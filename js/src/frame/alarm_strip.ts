// Lists the active alarms: what is wrong, with which scalar, at which step. The user can answer them here.

import { element, handingFocusOn } from "../base/dom";
import { grouped } from "../base/numbers";
import type { Wire } from "../wire/connection";
import type { StandingAlarm } from "../wire/protocol";
import { TabSign } from "./tab_sign";

/** Goes back to the checkpoint of a step. */
export type Back = (step: number) => void;

export class AlarmStrip {
  // A live region must be in the page before its lines, or they are not announced. The role "alert" is for urgent
  // problems, and this is empty most of the time.
  readonly element = element("div", { className: "vw-alarms", attributes: { "aria-live": "assertive" } });
  #wire: Wire;
  #back: Back | null;
  #root: HTMLElement;
  #sign = new TabSign();
  #alarms: readonly StandingAlarm[] = [];
  #shown = ""; // the alarms that the strip shows
  #paused = false;
  #visible = false;
  #seen = new Set<string>();
  #dismissed = new Set<string>();
  #look = () => this.#notice();

  /** `back` is null if going back is not possible. `root` receives the focus when the strip is dismissed. */
  constructor(wire: Wire, root: HTMLElement, back: Back | null = null) {
    this.#wire = wire;
    this.#root = root;
    this.#back = back;
    addEventListener("focus", this.#look);
  }

  /** Whether the view is visible on the screen. */
  set visible(visible: boolean) {
    this.#visible = visible;
    this.#notice();
  }

  /** Whether the run is waiting for Resume. */
  set paused(paused: boolean) {
    this.#paused = paused;
    this.#draw();
  }

  update(alarms: readonly StandingAlarm[]): void {
    this.#alarms = alarms;
    const standing = new Set(alarms.map(key));
    for (const known of [this.#seen, this.#dismissed])
      for (const one of known) if (!standing.has(one)) known.delete(one);
    this.#draw();
    this.#notice();
  }

  /** Clears all alarms, because there is no kernel to answer to. */
  rest(): void {
    this.update([]);
  }

  #notice(): void {
    if (this.#visible && document.hasFocus()) for (const alarm of this.#alarms) this.#seen.add(key(alarm));
    this.#sign.on = this.#alarms.some(
      (alarm) => !this.#seen.has(key(alarm)) && !this.#dismissed.has(key(alarm)),
    );
  }

  #draw(): void {
    const alarms = this.#alarms.filter((alarm) => !this.#dismissed.has(key(alarm)));
    const shown = JSON.stringify([alarms, this.#paused]);
    if (shown === this.#shown) return; // a button may have the focus, and lines would be announced again
    this.#shown = shown;
    handingFocusOn(
      this.element,
      () => this.element.querySelector("button") ?? this.#root,
      () => this.element.replaceChildren(...(alarms.length > 0 ? [this.#made(alarms)] : [])),
    );
  }

  #made(alarms: readonly StandingAlarm[]): HTMLElement {
    const waits = this.#paused && alarms.some(({ paused }) => paused);
    const words = element(
      "div",
      { className: "vw-alarm-words" },
      ...alarms.map(({ text }) => element("strong", { textContent: text })),
      element("span", {
        className: "vw-failure-where",
        textContent: waits ? "The run is paused." : "The run goes on.",
      }),
    );
    const buttons = element("div", { className: "vw-alarm-buttons" });
    const steps = alarms.flatMap(({ checkpoint }) => (checkpoint === null ? [] : [checkpoint]));
    const back = this.#back;
    if (waits && back !== null && steps.length > 0) {
      const step = Math.min(...steps);
      const hint = "Restore the last checkpoint before the alarm";
      buttons.append(button(`Go back to step ${grouped(step)}`, hint, () => back(step)));
    }
    if (waits) {
      const resume = () => this.#wire.send({ kind: "command", name: "resume", value: 0 });
      buttons.append(button("Resume", "Go on as it is", resume));
    } else {
      const dismiss = button("Dismiss", "Hide this message", () => this.#dismiss());
      buttons.append(dismiss);
    }
    return element("section", { className: "vw-alarm" }, words, buttons);
  }

  #dismiss(): void {
    for (const alarm of this.#alarms) this.#dismissed.add(key(alarm));
    this.#draw();
    this.#notice();
  }

  destroy(): void {
    removeEventListener("focus", this.#look);
    this.#sign.on = false;
  }
}

function key({ series, step, text }: StandingAlarm): string {
  return JSON.stringify([series, step, text]);
}

function button(textContent: string, title: string, click: () => void): HTMLButtonElement {
  const made = element("button", { type: "button", className: "vw-button", textContent, title });
  made.addEventListener("click", click);
  return made;
}
