// Messages to the user: exceptions in callbacks, notices, and what replaces the view if there is none.

import { element, handingFocusOn, setText } from "../base/dom";
import type { Wire } from "../wire/connection";
import type { Failure } from "../wire/protocol";

export class FailureBox {
  readonly element: HTMLElement;
  #where = element("span", { className: "vw-failure-where" });
  #summary = element("strong", { className: "vw-failure-summary" });
  #traceback = element("pre", { className: "vw-traceback", tabIndex: 0 });

  #again: HTMLButtonElement | null = null;
  #failure: Failure | null = null;

  /** `wire` resumes the run. It is null in a replay, which has no Resume button. */
  constructor(wire: Wire | null) {
    const again = element("button", {
      type: "button",
      className: "vw-button",
      textContent: "Resume",
    });
    again.title = "Run the callback again";
    if (wire !== null) {
      this.#again = again;
      again.addEventListener("click", () => wire.send({ kind: "command", name: "resume", value: 0 }));
    }
    again.hidden = wire === null;
    const details = element("details", {}, element("summary", { textContent: "Traceback" }), this.#traceback);
    const words = element("div", { className: "vw-failure-words" }, this.#summary, this.#where);
    this.element = element("section", { className: "vw-failure", hidden: true }, words, again, details);
    this.element.setAttribute("role", "alert");
  }

  update(failure: Failure | null): void {
    this.#failure = failure;
    this.element.hidden = failure === null;
    if (failure === null) return;
    setText(this.#summary, failure.summary);
    setText(this.#traceback, failure.traceback);
    this.#offer(this.#again !== null);
  }

  /** Removes the button, because there is no kernel to resume. */
  rest(): void {
    this.#offer(false);
  }

  #offer(resumable: boolean): void {
    if (this.#again !== null) this.#again.hidden = !resumable;
    const hint = resumable ? ". The training is paused and nothing of it is lost." : "";
    setText(this.#where, this.#failure === null ? "" : `raised in ${this.#failure.where}${hint}`);
  }
}

export class Notices {
  // A live region: screen readers announce its lines only if it was already in the page and visible. The same holds for
  // those below.
  readonly element = element("div", { className: "vw-notices", attributes: { role: "status" } });
  #root: HTMLElement;
  #lines = new Map<string, HTMLElement>();
  #dismissed = new Set<string>();

  /** `root` receives the focus when the last notice is dismissed. */
  constructor(root: HTMLElement) {
    this.#root = root;
  }

  update(notices: readonly string[]): void {
    const shown = new Set(notices.filter((notice) => !this.#dismissed.has(notice)));
    for (const notice of this.#lines.keys()) if (!shown.has(notice)) this.#remove(notice);
    // Lines that stay are left alone: one may have the focus, and it would be announced again.
    for (const notice of shown) {
      if (!this.#lines.has(notice)) this.#add(notice);
    }
  }

  #add(notice: string): void {
    const close = element("button", {
      type: "button",
      className: "vw-dismiss",
      textContent: "×",
    });
    close.setAttribute("aria-label", "Dismiss");
    const line = element("div", { className: "vw-notice" }, element("span", { textContent: notice }), close);
    close.addEventListener("click", () => {
      const next = (line.nextElementSibling ?? line.previousElementSibling)?.querySelector("button");
      handingFocusOn(
        this.element,
        () => next ?? this.#root,
        () => this.#remove(notice),
      );
      this.#dismissed.add(notice);
    });
    this.#lines.set(notice, line);
    this.element.append(line);
  }

  #remove(notice: string): void {
    this.#lines.get(notice)?.remove();
    this.#lines.delete(notice);
  }
}

/** Says that the view's kernel has ended and how to go on, and offers to show the replay instead. */
export class EndedNotice {
  readonly element = element("div", { className: "vw-endings", attributes: { role: "status" } });
  #words = element("span");
  #button = element("button", { type: "button", className: "vw-button" });
  #line = element("div", { className: "vw-ended" }, this.#words, this.#button);
  #replayed = false;

  /** `show` replaces the view by its replay, or shows the view again. */
  constructor(show: (replayed: boolean) => void) {
    this.#button.addEventListener("click", () => {
      this.#replayed = !this.#replayed;
      this.#face();
      show(this.#replayed);
    });
  }

  show(hasReplay: boolean): void {
    setText(this.#words, "The kernel was restarted or has ended. Run the cell to start again.");
    this.#button.hidden = !hasReplay;
    this.#face();
    this.element.append(this.#line);
  }

  hide(): void {
    this.#line.remove();
    this.#replayed = false;
  }

  #face(): void {
    setText(this.#button, this.#replayed ? "Show the last picture" : "Show the replay");
  }
}

/** A player of the replay. This room cannot import the real type. */
interface Visual {
  readonly element: HTMLElement;
  destroy(): void;
}

/** Stands in for the view: says why there is none, and shows the poster or replay that the notebook has kept. */
export class Placeholder {
  readonly element = element("div", { className: "vw-empty", hidden: true });
  #player: Visual | null = null;

  /** `poster` is a data URL. Anything else is ignored, since the browser would fetch it. */
  show(said: string, poster: string): void {
    this.#stop();
    const words = element("p", { className: "vw-placeholder", textContent: said });
    this.element.replaceChildren(words);
    if (poster.startsWith("data:image/")) {
      this.element.prepend(element("img", { src: poster, alt: "The last picture of this view" }));
    }
    this.element.hidden = false;
  }

  /** Adds a sentence at the bottom. */
  say(sentence: string): void {
    this.element.append(element("p", { className: "vw-placeholder", textContent: sentence }));
  }

  /** Shows `player` in place of the poster. */
  play(player: Visual): void {
    this.#stop();
    this.#player = player;
    this.element.querySelector("img")?.remove();
    this.element.prepend(player.element);
  }

  #stop(): void {
    this.#player?.destroy();
    this.#player = null;
  }

  hide(): void {
    this.#stop();
    this.element.hidden = true;
    this.element.replaceChildren();
  }
}
