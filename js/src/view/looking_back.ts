// Looking back while the run goes on: the panels as they were at a key frame cover the live ones, which stay unchanged
// behind them.

import { grouped } from "../base/numbers";
import type { Pixels as Probed } from "../inspection/pixels";
import { Pixels } from "../inspection/pixels";
import type { Source, Spot } from "../inspection/source";
import { Stage } from "../replay/stage";
import type { Wire } from "../wire/connection";
import type { Kept } from "../wire/kept";
import type { BranchSteps, KeyFrameSteps, Moment, Scene } from "../wire/protocol";
import { LiveBar } from "./live_bar";
import { Moments, type Place, type Recorded } from "./moments";
import { Pace } from "./pace";

/** How often, in milliseconds, the kernel is told that this page is looking back. It forgets that after 15 s. */
const AGAIN = 5_000;

/** The view around the panels. */
export interface Around {
  readonly root: HTMLElement;
  /** Covers the live panels with those of a moment, or uncovers them. `arranged`: did the user rearrange any? */
  cover(panels: HTMLElement | null, arranged: boolean): void;
  /** Marks a step in the chart, or none. A non-empty name is an abandoned branch, which is separate from the present
   *  after step `shared`. */
  mark(step: number | null, branch?: string, shared?: number): void;
  /** Has the chart follow a branch that was left; null: the present. */
  follow(branch: BranchSteps | null): void;
  readonly scene: Scene | null;
  /** Opens the dialog of futures for `button`. */
  explore(button: HTMLElement): void;
  /** The source of live values, which knows the pinned texels. */
  readonly live: Source;
}

export class LookingBack {
  readonly bar = new LiveBar({
    seek: (step) => this.#seek(step),
    choose: (branch) => this.#choose(branch),
    goOn: (step, branch) => {
      this.#wire.send({ kind: "rewind", step, branch });
      this.leave();
    },
    explore: (button) => this.#around.explore(button),
  });
  #wire: Wire;
  #kept: Kept;
  #around: Around;
  #moments: Moments;
  #stage: Stage | null = null;
  #at: number | null = null; // the wanted step; null: the present
  #branch = ""; // the branch being viewed; empty: the present one
  #last = 0;
  #arranged = 0; // count of the user's changes so far
  #pace = new Pace();
  #timer: ReturnType<typeof setInterval> | null = null;
  #escape = (event: KeyboardEvent) => {
    const back = this.#at !== null || this.#branch !== "";
    if (event.key !== "Escape" || event.defaultPrevented || !back) return;
    event.preventDefault();
    event.stopPropagation();
    this.leave();
  };

  constructor(wire: Wire, kept: Kept, around: Around) {
    this.#wire = wire;
    this.#kept = kept;
    this.#around = around;
    this.#moments = new Moments(wire, (moment, asked) => this.#arrived(moment, asked));
    around.root.addEventListener("keydown", this.#escape);
  }

  /** Takes the kernel's report on its key frames. */
  take(steps: KeyFrameSteps): void {
    const another = this.#moments.take(steps);
    const gone = this.#branch !== "" && this.#moments.branch(this.#branch) === undefined;
    if (another || gone) this.leave(); // the viewed moment no longer exists
    this.#update();
  }

  /** Notes the step that the run has reached. */
  set last(step: number) {
    if (step === this.#last) return;
    this.#last = step;
    this.#update();
  }

  #update(): void {
    const left = this.#moments.branch(this.#branch);
    this.bar.set(this.#moments.along(this.#branch), left?.last ?? this.#last, left ?? null);
    this.bar.branches = this.#moments.branches;
    this.#around.follow(left ?? null);
    this.#around.root.classList.toggle("vw-has-past", this.#moments.steps.length > 0);
  }

  /** Takes an answer from the kernel. */
  receive(moment: Moment, buffers: readonly DataView[]): void {
    this.#moments.receive(moment, buffers);
  }

  /** Views the last key frame at or before `step` of `branch`, or of the branch being viewed if that is null. */
  seek(step: number, branch: string | null = null): void {
    const here = this.#moments.shared({ step, branch: this.#branch });
    if (branch !== null && branch !== here.branch) this.#turn(branch);
    this.#seekIn(this.bar.keyFrame(step));
  }

  /** Views the last key frame of a branch; returns to the present if that is the one named. */
  #choose(branch: string): void {
    this.#turn(branch);
    this.#seekIn(branch === "" ? null : (this.#moments.along(branch).at(-1) ?? null));
  }

  /** Views a key frame of the chosen branch, or none if nothing of it was recorded. */
  #seekIn(at: number | null): void {
    if (at === null) this.#stop();
    else this.#seek(at);
  }

  #turn(branch: string): void {
    if (branch === this.#branch) return;
    this.#branch = this.#moments.branch(branch) === undefined ? "" : branch;
    this.#update();
  }

  #seek(step: number | null): void {
    if (step === null) {
      this.leave();
      return;
    }
    if (this.#at === null) this.#tell(true);
    this.#at = step;
    this.bar.show(step);
    this.#around.root.classList.add("vw-looking-back");
    this.#pace.want(() => {
      const moment = this.#moments.ask({ step, branch: this.#branch });
      this.bar.waiting = moment === null;
      if (moment !== null) this.#show(moment);
    });
  }

  #arrived(moment: Recorded | null, asked: Place): void {
    if (this.#at === null || asked.branch !== this.#branch) return;
    if (moment === null) {
      this.leave();
      return;
    }
    if (asked.step === this.#at) {
      this.#at = moment.step; // an earlier one, if the one `asked` for has been dropped
      this.bar.show(moment.step);
    }
    this.bar.waiting = this.#moments.waiting;
    this.#show(moment);
  }

  #show(moment: Recorded): void {
    const { scene } = this.#around;
    if (scene === null) return;
    const then = withControls(scene, moment);
    if (this.#stage === null) this.#stage = this.#makeStage(then);
    else for (const patch of patches(then)) this.#stage.patch(patch);
    this.#around.mark(moment.step, this.#branch, this.#moments.branch(this.#branch)?.shared);
    this.#pace.begin();
    this.#stage.show(moment);
  }

  #makeStage(scene: Scene): Stage {
    this.#arranged = this.#kept.changes;
    const stage = new Stage(scene, this.#moments.picture, this.#kept, (step) => this.#painted(step));
    const pixels = new Pixels(
      (canvas) => stage.picture(canvas),
      () => stage.refresh(),
    );
    stage.element.classList.add("vw-past");
    stage.probe(this.#around.root, new Past(pixels, this.#around.live));
    return stage;
  }

  #painted(step: number): void {
    const stage = this.#stage;
    if (stage === null) return;
    this.#pace.painted();
    this.#around.cover(stage.element, false);
    stage.until = step;
    this.#around.root.dataset.vwBack = String(step);
    stage.element.style.setProperty("--vw-step", JSON.stringify(`step ${grouped(step)}`));
  }

  /** The live view has a new scene. */
  update(scene: Scene): void {
    this.#stage?.update(scene);
  }

  /** Shows what is known of pinned texels now. */
  refresh(): void {
    this.#stage?.refresh();
  }

  /** Returns to the present. */
  leave(): void {
    this.#turn("");
    this.#stop();
  }

  #stop(): void {
    if (this.#at === null) return;
    this.#at = null;
    this.#pace.cancel();
    this.#moments.rest();
    this.#tell(false);
    this.bar.waiting = false;
    this.bar.show(null);
    this.#around.root.classList.remove("vw-looking-back");
    delete this.#around.root.dataset.vwBack;
    this.#around.mark(null);
    this.#stage?.destroy();
    this.#stage = null;
    this.#around.cover(null, this.#kept.changes > this.#arranged);
  }

  #tell(back: boolean): void {
    this.#wire.send({ kind: "look_back", back });
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = back ? setInterval(() => this.#wire.send({ kind: "look_back", back }), AGAIN) : null;
  }

  /** Returns to the present, because the kernel no longer answers. */
  end(): void {
    this.leave();
    this.#moments.forget();
    this.#update();
    this.bar.hide();
  }

  destroy(): void {
    this.#around.root.removeEventListener("keydown", this.#escape);
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#pace.cancel();
    this.#stage?.destroy();
    this.#moments.destroy();
    this.bar.destroy();
  }
}

/** The values of recorded pictures, with the pins of the live view. */
class Past implements Source {
  readonly caveat: string;
  readonly moment = null;
  #pixels: Probed;
  #live: Source;

  constructor(pixels: Probed, live: Source) {
    this.#pixels = pixels;
    this.#live = live;
    this.caveat = pixels.caveat;
  }

  get pins(): readonly Spot[] {
    return this.#live.pins;
  }

  point(): void {}

  pin(spot: Spot, pinned: boolean, alone: boolean): void {
    this.#live.pin(spot, pinned, alone);
  }

  texel(canvas: string, x: number, y: number) {
    return this.#pixels.texel(canvas, x, y);
  }

  life(canvas: string, x: number, y: number) {
    return this.#live.life(canvas, x, y);
  }
}

/** `scene` with the controls of `moment`. */
function withControls(scene: Scene, { controls }: Recorded): Scene {
  const then = new Map(controls.map(({ panel, changed }) => [panel, changed]));
  return {
    ...scene,
    panels: scene.panels.map((panel) => ({ ...panel, controls: then.get(panel.id) ?? [] })),
  };
}

function patches({ panels }: Scene) {
  return panels.map(({ id, controls }) => ({
    panel: id,
    changed: controls,
    order: controls.map((control) => control.id),
  }));
}
