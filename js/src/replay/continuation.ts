// A training that continues in the page from kept weights, as a branch of the replay, which it leaves untouched.

import { Average } from "../chart/average";
import type { Frame, Working } from "../training/answers";
import { WISHES, type Wish } from "../training/engine";
import type { Obstacle } from "../training/gpu_device";
import { Trainer, type TrainingWorker } from "../training/trainer";
import type { Slider, SliderInt } from "../wire/protocol";
import { ContinueBar } from "./continue_bar";
import type { ReplayPoints } from "./document";
import type { KeptTraining, KeptWeights, Mapped } from "./training";

/** Maximum points of the branch in the chart. Beyond it, every other point is dropped. */
const MOST_POINTS = 4_000;
/** Maximum workers that an address can ask for. */
const MOST_WORKERS = 64;
/** Weight of the newest frame in the speed that is shown. */
const NEWEST = 0.2;

/** Why WebGPU, which may be faster, is not used for training. */
const OBSTACLES: Record<Obstacle, string> = {
  insecure: "WebGPU needs a page from a file, or over HTTPS",
  unused: "WebGPU needs a graphics card, and the browser's hardware acceleration",
  lost: "The graphics card gave up, so this goes on without it",
};

/** The replay that surrounds it. */
export interface Place {
  /** Shows a picture in a canvas. */
  paint(canvas: string, picture: ImageData): void;
  /** Shows the points of the branch so far. The first `known` of them are already shown. */
  branch(name: string, points: ReplayPoints, known: number): void;
  /** The recorded value of a series at `step`, if there is one. */
  recorded(series: string, step: number): number | null;
  /** The slider of the recorded view as it was at `step`, if there is one. */
  slider(mapped: Mapped, step: number): Slider | SliderInt | null;
  back(): void;
}

export class Continuation {
  readonly bar: ContinueBar;
  #kept: KeptTraining;
  #from: KeptWeights;
  #place: Place;
  #start: (() => TrainingWorker) | undefined;
  #trainer: Trainer | null = null;
  #points = noPoints();
  #average = new Average();
  #speed = 0; // steps per second
  #wish = wished();

  /** Continues from the last kept weights at or before `step`, or else from the first. */
  constructor(kept: KeptTraining, step: number, place: Place, start?: () => TrainingWorker) {
    this.#kept = kept;
    this.#place = place;
    this.#start = start;
    this.#from = kept.weights.filter((each) => each.step <= step).at(-1) ?? (kept.weights[0] as KeptWeights);
    const { step: begun, lr } = this.#from;
    const sliders = kept.controls.map((mapped) => [mapped.setting, place.slider(mapped, begun)] as const);
    this.bar = new ContinueBar(
      { ...kept.problem.optimizer, lr, steps: kept.stepsPerFrame },
      new Map(sliders),
      {
        toggle: () => this.#run(!this.#trainer?.running),
        step: () => this.#trainer?.step(),
        reset: () => this.begin(),
        back: () => place.back(),
      },
    );
  }

  /** Starts from the kept weights, also after a failure. */
  begin(): void {
    this.#trainer?.destroy();
    this.#trainer = null;
    this.#speed = 0;
    const loss = this.#place.recorded(this.#kept.series, this.#from.step);
    this.#points = noPoints();
    this.#average = new Average();
    if (loss !== null) this.#add(this.#from.step, loss);
    this.#place.branch(this.#name, this.#points, 0);
    this.bar.say("");
    this.bar.show(this.#from.step, null, 0);
    const { output } = this.#kept;
    try {
      this.#trainer = new Trainer(
        this.#kept.problem,
        this.#from.weights,
        { wish: this.#wish, workers: wantedWorkers() },
        {
          working: (working) => this.#works(working),
          frame: (frame) => this.#take(frame),
          failed: (reason) => this.#end(`The training cannot go on here: ${reason}.`),
          wanted: () => ({ ...this.bar.wanted, shown: output !== null, colors: output?.colors ?? [] }),
        },
        this.#start,
      );
    } catch (error) {
      const said = error instanceof Error ? error.message : String(error);
      this.#end(`The training cannot go on here: ${said}.`);
      return;
    }
    this.#run(true);
  }

  /** Beside the recorded series on their axis, since it measures the same thing. */
  get #name(): string {
    return `in this page/${this.#kept.series}`;
  }

  #run(running: boolean): void {
    if (this.#trainer === null) return;
    this.#trainer.running = running;
    this.bar.state = running ? "running" : "paused";
  }

  #works({ engine, obstacle, lost }: Working): void {
    const notes = [`Trained in this page by ${engine}`];
    if (lost === 1) notes.push("A worker gave up, so the others do its part");
    if (lost > 1) notes.push(`${lost} workers gave up, so the others do their part`);
    if (obstacle !== null) notes.push(OBSTACLES[obstacle]);
    this.bar.say(notes.join(". "));
    if (obstacle === "lost") this.#wish = "webassembly"; // Reset does not try it again
  }

  #take({ count, loss, pixels, milliseconds }: Frame): void {
    const before = this.#points.steps.at(-1) ?? this.#from.step;
    const step = this.#from.step + count - this.#from.weights.count;
    const speed = (1000 * (step - before)) / Math.max(1, milliseconds);
    this.#speed += (this.#speed === 0 ? 1 : NEWEST) * (speed - this.#speed);
    this.bar.show(step, loss, this.#speed);
    if (!Number.isFinite(loss)) {
      this.#end(
        `The loss is ${Number.isNaN(loss) ? "not a number" : "infinite"} from step ${step} on. Lower the learning rate, then press Reset.`,
      );
      return;
    }
    const { output } = this.#kept;
    if (output !== null && pixels !== null)
      this.#place.paint(output.canvas, new ImageData(pixels, output.width, output.height));
    const known = this.#points.steps.length;
    this.#add(step, loss);
    const thinned = this.#thin();
    this.#place.branch(this.#name, this.#points, thinned ? 0 : known);
  }

  #add(step: number, loss: number): void {
    this.#points.steps.push(step);
    this.#points.values.push(loss);
    this.#points.averages.push(this.#average.after(step, loss));
  }

  /** Drops every other point if there are too many. Returns whether it did. */
  #thin(): boolean {
    if (this.#points.steps.length <= MOST_POINTS) return false;
    const { steps, values, averages } = this.#points;
    const every = (column: number[]) => column.filter((_, i) => i % 2 === 0);
    this.#points = { steps: every(steps), values: every(values), averages: every(averages) };
    return true;
  }

  /** After this, only Reset starts again. */
  #end(why: string): void {
    this.#trainer?.destroy();
    this.#trainer = null;
    this.bar.state = "ended";
    this.bar.say(why);
  }

  destroy(): void {
    this.#trainer?.destroy();
    this.#trainer = null;
    this.#place.branch(this.#name, noPoints(), 0);
    this.bar.destroy();
  }
}

function noPoints(): { steps: number[]; values: number[]; averages: number[] } {
  return { steps: [], values: [], averages: [] };
}

/** The engine requested in the page's address, for tests and the curious: `?engine=webgpu`. */
function wished(): Wish {
  const found = new URLSearchParams(location.search).get("engine");
  return WISHES.find((wish) => wish === found) ?? "fastest";
}

/** How many workers the page's address wants: `?workers=3`. */
function wantedWorkers(): number | null {
  const found = Number(new URLSearchParams(location.search).get("workers"));
  return Number.isInteger(found) && found > 0 && found <= MOST_WORKERS ? found : null;
}
