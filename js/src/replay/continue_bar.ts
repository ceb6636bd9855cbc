// The controls of a training that continues in the page, in place of the time line.

import { element, setText } from "../base/dom";
import { grouped, short } from "../base/numbers";
import { speedText } from "../frame/status_line";
import { iconButton, setFace } from "../frame/toolbar";
import type { Settings } from "../training/definition";
import type { Slider, SliderInt } from "../wire/protocol";
import { LocalSlider } from "./local_slider";
import type { Setting } from "./training";

const LR = [1e-5, 1e-1] as const;
const MOST_STEPS = 50;
/** What a slider with a logarithmic scale shows for a learning rate of 0. */
const LEAST_LR = 1e-12;

export interface ContinueEvents {
  toggle(): void;
  step(): void;
  reset(): void;
  back(): void;
}

export type State = "running" | "paused" | "ended";

export class ContinueBar {
  readonly element: HTMLElement;
  #toggle: HTMLButtonElement;
  #word = element("span");
  #step: HTMLButtonElement;
  #reset: HTMLButtonElement;
  #where = element("span", { className: "vw-where" });
  #said = element("div", { className: "vw-continue-said", attributes: { role: "status" } });
  #sliders: Map<Setting, LocalSlider>;

  /** `values` are the initial values of the sliders, and `mapped` the recorded view's sliders by what they set. */
  constructor(
    values: Record<Setting, number>,
    mapped: ReadonlyMap<Setting, Slider | SliderInt | null>,
    events: ContinueEvents,
  ) {
    this.#toggle = iconButton("Pause", "pause", () => events.toggle());
    this.#toggle.classList.add("vw-play");
    this.#step = iconButton("Train one frame", "step", () => events.step());
    this.#reset = iconButton("Reset: back to the kept weights", "reset", () => events.reset());
    const back = element("button", {
      type: "button",
      className: "vw-back",
      textContent: "Back to the replay",
    });
    back.addEventListener("click", () => events.back());
    this.#sliders = slidersOf(values, mapped);
    const tools = element(
      "div",
      { className: "vw-bar-tools" },
      this.#toggle,
      this.#step,
      this.#reset,
      this.#where,
      back,
    );
    const sliders = element(
      "div",
      { className: "vw-continue-sliders" },
      ...[...this.#sliders.values()].map((slider) => slider.element),
    );
    this.element = element("div", { className: "vw-bar vw-continue" }, tools, sliders, this.#said);
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Training in this page");
    this.state = "running";
  }

  /** What the next frame is to do. */
  get wanted(): { steps: number; settings: Settings } {
    const { steps = 1, ...settings } = Object.fromEntries(
      [...this.#sliders].map(([setting, slider]) => [setting, slider.value]),
    ) as Partial<Record<Setting, number>>;
    return { steps: Math.max(1, Math.round(steps)), settings };
  }

  set state(state: State) {
    const running = state === "running";
    const face = running ? "Pause" : "Resume";
    setFace(this.#toggle, face, running ? "pause" : "resume");
    setText(this.#word, face);
    this.#toggle.append(this.#word);
    const had = document.activeElement === this.#toggle || document.activeElement === this.#step;
    this.#toggle.disabled = state === "ended";
    this.#step.disabled = state !== "paused";
    if (state === "ended" && had) this.#reset.focus({ preventScroll: true });
  }

  /** `speed` is in steps per second, 0 before it is known. */
  show(step: number, loss: number | null, speed: number): void {
    const parts = [
      `step ${grouped(step)}`,
      loss === null ? "" : `loss ${short(loss)}`,
      speed > 0 ? speedText(speed, "step") : "",
    ];
    setText(this.#where, parts.filter(Boolean).join(" · "));
  }

  say(words: string): void {
    setText(this.#said, words);
  }

  focus(): void {
    this.#toggle.focus({ preventScroll: true });
  }

  destroy(): void {
    for (const slider of this.#sliders.values()) slider.destroy();
    this.element.remove();
  }
}

function slidersOf(
  values: Record<Setting, number>,
  mapped: ReadonlyMap<Setting, Slider | SliderInt | null>,
): Map<Setting, LocalSlider> {
  const own = { origin: "", revision: 0, step: 0 };
  const lr = Math.max(LEAST_LR, values.lr);
  const specs = new Map<Setting, Slider | SliderInt>([
    [
      "lr",
      {
        ...own,
        kind: "slider",
        id: "slider:learning rate",
        label: "learning rate",
        min: Math.min(LR[0], lr),
        max: Math.max(LR[1], lr),
        log: true,
        initial: lr,
        value: lr,
      },
    ],
    [
      "steps",
      {
        ...own,
        kind: "slider_int",
        id: "slider_int:steps per frame",
        label: "steps per frame",
        min: 1,
        max: Math.max(MOST_STEPS, values.steps),
        initial: values.steps,
        value: values.steps,
      },
    ],
  ]);
  for (const [setting, spec] of mapped) {
    if (spec === null) continue;
    // The steps per frame start as the slider had them, everything else as the optimiser did.
    const value = setting === "steps" ? spec.value : values[setting];
    const within = Math.min(spec.max, Math.max(spec.min, value));
    specs.set(setting, { ...spec, ...own, initial: within, value: within });
  }
  return new Map([...specs].map(([setting, spec]) => [setting, new LocalSlider(spec)]));
}
