// The worker's side of a training. It does nothing until it is asked for the next frame, so a page that asks for none,
// such as one behind another tab, stands still.

import { audition, type Candidate, COMPARED, type Sample, tells } from "./audition";
import type { Settings, Weights } from "./definition";
import type { Progress, Wish } from "./engine";
import type { Obstacle } from "./gpu_device";
import { Network } from "./network";
import { type PackedProblem, type PackedWeights, unpacked } from "./packed";
import { type Color, classPixelsOf, pixelsOf } from "./picture";

/** What the page asks for: to begin, or to take `steps` more steps with `settings` and, if it is `shown`, the picture
 *  of the network's output for all samples. Classes are painted in `colors`. */
export type Request =
  | { kind: "begin"; problem: PackedProblem; weights: PackedWeights; wish: Wish }
  | { kind: "frame"; steps: number; settings: Settings; shown: boolean; colors: readonly Color[] };

export interface Frame extends Progress {
  /** RGBA, one pixel per sample. */
  pixels: Uint8ClampedArray<ArrayBuffer> | null;
  milliseconds: number;
}

/** The engine that trains from now on, and why it is not WebGPU, if a reader could do something about that. */
export interface Working {
  engine: string;
  obstacle: Obstacle | null;
}

export type Reply =
  | ({ kind: "working" } & Working)
  | ({ kind: "frame" } & Frame)
  | { kind: "failed"; reason: string };

/** Finds an engine on the graphics card, or says why there is none. */
export type Search = (network: Network, wanted: boolean) => Promise<Candidate | Obstacle | null>;

/** Milliseconds that a search may take. It blocks nothing. */
const SEARCH = 20_000;
/** The graphics card is dropped after this many frames in a row that take this many times as long as the other
 *  engine's. */
const SLOW_FRAMES = 3;
const SLOWER = 1.5;
/** A frame may always take this many milliseconds longer than the other engine's. */
const UNNOTICED = 20;

type FrameRequest = Extract<Request, { kind: "frame" }>;

export class Answers {
  #network: Network | null = null;
  #graphics: Candidate | null = null; // while it trains
  #candidate: Candidate | null = null; // null until it has been measured
  #speed: { step: number; picture: number } | null = null; // of the other network, in milliseconds
  #slow = 0;
  #search: Search;
  #reply: (reply: Reply) => void;
  #last: Promise<void> = Promise.resolve();

  constructor(reply: (reply: Reply) => void, search: Search) {
    this.#reply = reply;
    this.#search = search;
  }

  /** Answers one request after another. Resolves when this one is done. */
  take(request: Request): Promise<void> {
    this.#last = this.#last.then(() => this.#answer(request)).catch((error) => this.#failed(error));
    return this.#last;
  }

  async #answer(request: Request): Promise<void> {
    if (request.kind === "begin") await this.#begin(request);
    else if (this.#network !== null) await this.#frame(this.#network, request);
  }

  #failed(error: unknown): void {
    const few = error instanceof RangeError;
    const said = error instanceof Error ? error.message : String(error);
    this.#reply({ kind: "failed", reason: few ? "there is too little memory" : said });
  }

  async #begin({ problem, weights, wish }: Extract<Request, { kind: "begin" }>): Promise<void> {
    const network = new Network(...unpacked(problem, weights));
    this.#network = network;
    if (wish === "webgpu") {
      const found = await this.#found(network, true);
      if (isCandidate(found)) this.#graphics = found;
      this.#say(isCandidate(found) ? null : found);
      return;
    }
    this.#say(null);
    if (wish === "webassembly") return;
    // The search runs in parallel, since it may take longer than the first frames.
    this.#found(network, false).then((found) => {
      if (isCandidate(found)) this.#candidate = found;
      else if (found !== null) this.#say(found);
    });
  }

  /** A search that fails or takes too long counts as finding nothing. */
  async #found(network: Network, wanted: boolean): Promise<Candidate | Obstacle | null> {
    let late = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const search = this.#search(network, wanted).catch(() => null);
    search.then((found) => {
      clearTimeout(timer);
      if (late && isCandidate(found)) found.destroy();
    });
    const out = new Promise<null>((resolve) => {
      timer = setTimeout(() => {
        late = true;
        resolve(null);
      }, SEARCH);
    });
    return await Promise.race([search, out]);
  }

  #say(obstacle: Obstacle | null): void {
    const { name } = this.#graphics ?? (this.#network as Network);
    this.#reply({ kind: "working", engine: name, obstacle });
  }

  async #frame(network: Network, request: FrameRequest): Promise<void> {
    if (this.#graphics !== null && (await this.#byGraphics(this.#graphics, network, request))) return;
    const candidate = this.#speed === null ? null : this.#candidate; // the first frame warms the network up
    const sample = this.#byNetwork(network, request, candidate !== null);
    if (candidate === null || sample === null) return;
    this.#candidate = null;
    const verdict = await audition(candidate, sample).catch(() => null);
    if (verdict === "faster") {
      candidate.load(network.weights);
      this.#graphics = candidate;
      this.#slow = 0;
      this.#say(null);
    } else candidate.destroy();
  }

  /** Replies with a frame. Returns a sample to compare a candidate with, if `asked` for and possible. */
  #byNetwork(network: Network, request: FrameRequest, asked: boolean): Sample | null {
    const { steps, settings, shown } = request;
    const start = asked ? copied(network.weights) : null;
    const few = asked ? Math.min(COMPARED, steps) : steps;
    const begun = performance.now();
    let progress = network.train(few, settings);
    const { loss } = progress;
    const parameters = asked ? network.weights.parameters.slice() : null;
    if (few < steps && Number.isFinite(progress.loss)) progress = network.train(steps - few, settings);
    const trained = performance.now();
    const made = shown ? network.predict() : null;
    const pictured = performance.now();
    this.#speed = { step: (trained - begun) / steps, picture: pictured - trained };
    this.#deliver(network, request, progress, made, begun);
    if (start === null || parameters === null || !Number.isFinite(progress.loss)) return null;
    const compared = { steps: few, loss, parameters };
    if (!tells({ start, compared })) return null;
    return { start, steps, compared, settings, end: copied(network.weights), made, ...this.#speed };
  }

  /** Returns whether it has replied. A card that fails, is lost, or has become slow is dropped. */
  async #byGraphics(graphics: Candidate, network: Network, request: FrameRequest): Promise<boolean> {
    const { steps, settings, shown } = request;
    const begun = performance.now();
    let progress: Progress;
    let made: Float32Array<ArrayBuffer> | null;
    try {
      progress = await graphics.train(steps, settings);
      made = shown ? await graphics.predict() : null;
    } catch {
      this.#leave(graphics, network, "lost");
      return false;
    }
    const took = performance.now() - begun;
    this.#deliver(network, request, progress, made, begun);
    if (this.#speed === null) return true; // it was requested explicitly
    const other = steps * this.#speed.step + (shown ? this.#speed.picture : 0);
    this.#slow = took > SLOWER * other + UNNOTICED ? this.#slow + 1 : 0;
    if (this.#slow === SLOW_FRAMES) this.#leave(graphics, network, null);
    return true;
  }

  /** Continues without the card from the last weights that came back. */
  #leave(graphics: Candidate, network: Network, obstacle: Obstacle | null): void {
    network.load(graphics.weights);
    graphics.destroy();
    this.#graphics = null;
    this.#say(obstacle);
  }

  #deliver(
    { loss, outputs }: Network,
    { colors }: FrameRequest,
    progress: Progress,
    made: Float32Array | null,
    begun: number,
  ): void {
    const painted = (found: Float32Array) =>
      loss === "cross_entropy" ? classPixelsOf(found, outputs, colors) : pixelsOf(found, outputs);
    const pixels = made === null ? null : painted(made);
    this.#reply({ kind: "frame", ...progress, pixels, milliseconds: performance.now() - begun });
  }
}

const isCandidate = (found: Candidate | Obstacle | null): found is Candidate =>
  found !== null && typeof found === "object";

const copied = ({ count, parameters, moments }: Weights): Weights => ({
  count,
  parameters: parameters.slice(),
  moments: moments.slice(),
});
