// Plays a replay document: panels, chart and controls, without a kernel or network.

import { element } from "../base/dom";
import { grouped } from "../base/numbers";
import { indexAt } from "../base/steps";
import { Chart } from "../chart/chart";
import { setOtherwise } from "../chart/ghost_list";
import { CurrentSettings } from "../controls/settings";
import { FailureBox } from "../frame/messages";
import { BackendDetails, speedText } from "../frame/status_line";
import { Pixels } from "../inspection/pixels";
import { Kept } from "../wire/kept";
import { Continuation, type Place } from "./continuation";
import {
  along,
  annotationsAt,
  controlsAt,
  courseOf,
  happened,
  type ReplayDocument,
  type ReplayPoints,
  ShownBlobs,
  sliderAt,
} from "./document";
import { rulerPatches, sentGhosts } from "./ghosts";
import { PlaybackBar } from "./playback_bar";
import { reason } from "./reader";
import { picturesOf } from "./replay_painter";
import { savedLives } from "./saved_lives";
import { grownPatch, seriesPatches } from "./series_patches";
import { Stage } from "./stage";
import { readTraining } from "./training";

/** Duration of a replay at the usual speed, and the shortest and longest duration of a frame, in milliseconds. */
const LENGTH = 12_000;
const SHORTEST = 50;
const LONGEST = 400;

const ENDINGS: Record<ReplayDocument["state"], string> = {
  idle: "not run",
  running: "saved while it ran",
  paused: "paused",
  stopped: "stopped",
  failed: "failed",
  closed: "ended",
};

export class Player {
  readonly element = element("div", { className: "vw-root vw-replay" });
  #replay: ReplayDocument;
  #branch = ""; // the branch being played; empty: the present one
  #line: ReplayDocument; // the replay along that branch
  #stepped: (step: number) => void;
  #steps: number[];
  #blobs: ShownBlobs;
  #bar: PlaybackBar;
  #failure = new FailureBox(null);
  #stage: Stage;
  #chart: Chart;
  #frame = -1;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #continuation: Continuation | null = null;

  /** Starts at the last frame. Calls `stepped` with each step whose pictures have been painted. Panels are as `kept` has
   *  them. */
  constructor(replay: ReplayDocument, stepped: (step: number) => void = () => {}, kept = new Kept()) {
    this.#replay = this.#line = replay;
    this.#stepped = stepped;
    this.#steps = replay.frames.map((frame) => frame.step);
    this.#blobs = new ShownBlobs(replay.frames);
    this.#bar = new PlaybackBar(
      this.#steps,
      {
        toggle: () => this.#toggle(),
        seek: (frame) => this.#seekFrame(frame),
        choose: (branch) => this.#choose(branch),
      },
      replay.training == null ? null : () => this.#continue(),
    );
    this.#stage = new Stage(replay.scene, picturesOf(replay.blobs), kept, (step) => this.#painted(step));
    this.#chart = new Chart((step, branch) => this.#chosen(step, branch), kept);
    this.#chart.marks = happened(replay);
    this.#chart.onAxis = (axis) => this.#bar.align(axis);
    this.element.append(
      this.#failure.element,
      this.#stage.element,
      this.#bar.element,
      this.#chart.element,
      this.#foot(),
    );
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", `Replay of ${replay.title}`);
    this.element.dataset.state = "replay";
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.#failure.update(replay.failure);
    this.#stage.probe(this.element, this.#pixels());
    const { patches, buffers } = seriesPatches(replay.series);
    this.#chart.patch(patches, buffers);
    this.#chartBeside(replay);
    this.#show(this.#steps.length - 1);
  }

  #chartBeside({ rulers, ghosts, scene, last }: ReplayDocument): void {
    const rows: DataView[] = [];
    this.#chart.rule(rulerPatches(rulers, rows), rows);
    const { messages, buffers } = sentGhosts(ghosts);
    this.#chart.haunt(messages.curves, buffers, messages.runs);
    const settings = new CurrentSettings();
    settings.update(scene);
    for (const patch of controlsAt(this.#replay, last)) settings.patch(patch);
    this.#chart.settings = settings.values;
    const told = new Map(ghosts.map((ghost) => [ghost.name, setOtherwise(ghost, settings.values)]));
    this.#bar.offer(this.#replay.branches, (branch) => told.get(branch) ?? "");
  }

  #pixels(): Pixels {
    const pixels = new Pixels(
      (canvas) => this.#stage.picture(canvas),
      () => this.#stage.refresh(),
      savedLives(this.#replay.lives),
    );
    pixels.pins = this.#replay.pins;
    return pixels;
  }

  /** Shows the last frame at or before `step`. */
  seek(step: number): void {
    this.#seekFrame(indexAt(this.#steps, step));
  }

  /** Plays an abandoned branch, or the present one if the name is empty, and shows its last frame. */
  #choose(branch: string): void {
    this.#turn(branch);
    this.#seekFrame(this.#steps.length - 1);
  }

  /** From now on, has the frames of a branch. */
  #turn(branch: string): void {
    const line = along(this.#replay, branch);
    if (line === this.#line) return;
    this.#back();
    this.pause();
    this.#line = line;
    this.#branch = line === this.#replay ? "" : branch;
    this.#steps = line.frames.map((frame) => frame.step);
    this.#blobs = new ShownBlobs(line.frames);
    this.#frame = -1;
    this.#chart.course = this.#branch === "" ? null : courseOf(line);
    this.#bar.set(this.#steps, this.#branch);
    if (this.#branch === "") delete this.element.dataset.vwBranch;
    else this.element.dataset.vwBranch = this.#branch;
  }

  /** The last step that the branch being played shares with the present. */
  get #shared(): number {
    return (
      this.#replay.branches.find(({ name }) => name === this.#branch)?.shared ?? Number.POSITIVE_INFINITY
    );
  }

  #key(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.defaultPrevented || this.#branch === "") return;
    event.preventDefault();
    event.stopPropagation();
    this.#choose("");
  }

  /** Plays from the current frame, or from the beginning if that is the last frame. */
  play(): void {
    if (this.#timer !== null || this.#steps.length < 2) return;
    if (this.#frame === this.#steps.length - 1) this.#show(0);
    this.#bar.playing = true;
    this.#wait();
  }

  pause(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#bar.playing = false;
  }

  #toggle(): void {
    if (this.#timer === null) this.play();
    else this.pause();
  }

  #wait(): void {
    const usual = Math.min(LONGEST, Math.max(SHORTEST, LENGTH / this.#steps.length));
    this.#timer = setTimeout(() => this.#next(), usual / this.#bar.speed);
  }

  #next(): void {
    this.#show(this.#frame + 1);
    if (this.#frame < this.#steps.length - 1) this.#wait();
    else this.pause();
  }

  /** Continues the training from the current frame, or from the last one before it that has weights. */
  #continue(): void {
    this.pause();
    try {
      this.#continuation = new Continuation(
        readTraining(this.#replay.training),
        this.#steps[this.#frame] ?? this.#replay.last,
        this.#around(),
      );
    } catch (error) {
      this.#bar.say(`The training cannot go on here: ${reason(error)}.`);
      return;
    }
    this.#bar.say("");
    this.#bar.element.hidden = true;
    this.#bar.element.after(this.#continuation.bar.element);
    this.element.dataset.state = "continued";
    this.#stage.past = true;
    this.#continuation.begin();
    this.#continuation.bar.focus();
  }

  #around(): Place {
    return {
      paint: (canvas, picture) => this.#stage.overpaint(canvas, picture),
      branch: (name, points, known) => this.#drawTrained(name, points, known),
      recorded: (series, step) => {
        const { steps, values } = this.#replay.series[series] ?? { steps: [], values: [] };
        return (steps[0] ?? Number.POSITIVE_INFINITY) > step ? null : (values[indexAt(steps, step)] ?? null);
      },
      slider: (mapped, step) => sliderAt(this.#replay, mapped, step),
      back: () => this.#back(),
    };
  }

  #drawTrained(name: string, points: ReplayPoints, known: number): void {
    const { patches, buffers } = grownPatch(name, points, known);
    this.#chart.patch(patches, buffers);
    const last = points.steps.at(-1);
    if (last !== undefined) this.#chart.mark(last);
  }

  #back(): void {
    if (this.#continuation === null) return;
    this.#continuation.destroy();
    this.#continuation = null;
    this.element.dataset.state = "replay";
    this.#bar.element.hidden = false;
    this.#bar.focus();
    this.#chart.mark(this.#steps[this.#frame] as number);
    this.#stage.past = false;
  }

  /** A click on the chart, on the curve of a `branch` if that is not null. It does not end a training in the page,
   *  which would be lost. */
  #chosen(step: number, branch: string | null): void {
    if (this.#continuation !== null) return;
    const here = step > this.#shared ? this.#branch : "";
    if (branch !== null && branch !== here) this.#turn(branch);
    this.seek(step);
  }

  #seekFrame(frame: number): void {
    this.#back();
    this.pause();
    this.#show(frame);
  }

  #show(frame: number): void {
    if (frame === this.#frame) return;
    this.#frame = frame;
    const step = this.#steps[frame] as number;
    this.#bar.show(frame);
    this.#chart.mark(step, this.#branch, this.#shared);
    for (const patch of controlsAt(this.#line, step)) this.#stage.patch(patch);
    const annotations = annotationsAt(this.#line.frames, frame);
    this.#stage.show({ step, pictures: this.#blobs.at(frame), annotations });
  }

  #painted(step: number): void {
    this.#stage.until = Math.min(step, this.#shared);
    if (this.element.dataset.vwStep === String(step)) return;
    this.element.dataset.vwStep = String(step);
    this.#stepped(step);
  }

  #foot(): HTMLElement {
    const { title, state, last, steps_per_second: speed, backend: backendName } = this.#replay;
    const items = [`Recorded, ${ENDINGS[state]} at step ${grouped(last)}`];
    if (speed > 0) items.push(`${speedText(speed, "step")} on average`);
    const backend = new BackendDetails();
    backend.show(backendName);
    return element(
      "footer",
      { className: "vw-status" },
      element("span", { className: "vw-state", textContent: title, title }),
      ...items.map((textContent) => element("span", { className: "vw-item", textContent })),
      backend.element,
    );
  }

  destroy(): void {
    this.pause();
    this.#continuation?.destroy();
    this.#stage.destroy();
    this.#chart.destroy();
    this.element.remove();
  }
}
