// The worker's side of a training. It does nothing until it is asked for the next frame, so a page that asks for none,
// such as one behind another tab, stands still.

import { audition, type Candidate, COMPARED, type Sample, tells } from "./audition";
import type { Outline, Problem, Settings, Weights } from "./definition";
import type { Progress, Wish } from "./engine";
import type { Obstacle } from "./gpu_device";
import { type PackedProblem, type PackedWeights, problemOf } from "./packed";
import { type Color, classPixelsOf, pixelsOf } from "./picture";
import { workersFor } from "./shares";
import { startWorker } from "./starting";
import { Team } from "./team";

/** What the page asks for: to begin, or to take `steps` more steps with `settings` and, if it is `shown`, the picture
 *  of the network's output for all samples. Classes are painted in `colors`. `program` is that of further workers, of
 *  which there are as many as gain something, or as many as are `wanted` in all. */
export type Request =
  | {
      kind: "begin";
      problem: PackedProblem;
      weights: PackedWeights;
      wish: Wish;
      program: string;
      wanted: number | null;
    }
  | { kind: "frame"; steps: number; settings: Settings; shown: boolean; colors: readonly Color[] };

export interface Frame extends Progress {
  /** RGBA, one pixel per sample. */
  pixels: Uint8ClampedArray<ArrayBuffer> | null;
  milliseconds: number;
}

/** The engine that trains from now on, why it is not WebGPU, if a reader could do something about that, and how many
 *  workers it has lost. */
export interface Working {
  engine: string;
  obstacle: Obstacle | null;
  lost: number;
}

export type Reply =
  | ({ kind: "working" } & Working)
  | ({ kind: "frame" } & Frame)
  | { kind: "failed"; reason: string };

/** What a search is for. The data are converted only once there is a card. */
export interface Searched {
  outline: Outline;
  weights: Weights;
  data(): Problem;
}

/** Finds an engine on the graphics card, or says why there is none. */
export type Search = (searched: Searched, wanted: boolean) => Promise<Candidate | Obstacle | null>;

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
  #team: Team | null = null;
  #lost = 0; // workers, as far as the page knows
  #obstacle: Obstacle | null = null;
  #graphics: Candidate | null = null; // while it trains
  #candidate: Candidate | null = null; // null until it has been measured
  #speed: { step: number; picture: number } | null = null; // of the team, in milliseconds
  #slow = 0;
  #search: Search;
  #cores: number;
  #reply: (reply: Reply) => void;
  #last: Promise<void> = Promise.resolve();

  /** For a machine with that many `cores`. */
  constructor(reply: (reply: Reply) => void, search: Search, cores = 1) {
    this.#reply = reply;
    this.#search = search;
    this.#cores = cores;
  }

  /** Answers one request after another. Resolves when this one is done. */
  take(request: Request): Promise<void> {
    this.#last = this.#last.then(() => this.#answer(request)).catch((error) => this.#failed(error));
    return this.#last;
  }

  async #answer(request: Request): Promise<void> {
    if (request.kind === "begin") await this.#begin(request);
    else if (this.#team !== null) await this.#frame(this.#team, request);
  }

  #failed(error: unknown): void {
    const few = error instanceof RangeError;
    const said = error instanceof Error ? error.message : String(error);
    this.#reply({ kind: "failed", reason: few ? "there is too little memory" : said });
  }

  async #begin(request: Extract<Request, { kind: "begin" }>): Promise<void> {
    const { problem, weights, wish, program, wanted } = request;
    const count = wanted ?? workersFor(problem, this.#cores);
    const team = await Team.begin(problem, weights, count, () => startWorker(program));
    this.#team = team;
    const searched = { outline: problem, weights: team.weights, data: () => problemOf(problem) };
    if (wish === "webgpu") {
      const found = await this.#found(searched, true);
      if (isCandidate(found)) this.#graphics = found;
      this.#say(isCandidate(found) ? null : found);
      return;
    }
    this.#say(null);
    if (wish === "webassembly") return;
    // The search runs in parallel, since it may take longer than the first frames.
    this.#found(searched, false).then((found) => {
      if (isCandidate(found)) this.#candidate = found;
      else if (found !== null) this.#say(found);
    });
  }

  /** A search that fails or takes too long counts as finding nothing. */
  async #found(searched: Searched, wanted: boolean): Promise<Candidate | Obstacle | null> {
    let late = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const search = this.#search(searched, wanted).catch(() => null);
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
    const team = this.#team as Team;
    this.#obstacle = obstacle;
    this.#lost = team.lost;
    this.#reply({ kind: "working", engine: (this.#graphics ?? team).name, obstacle, lost: team.lost });
  }

  async #frame(team: Team, request: FrameRequest): Promise<void> {
    if (this.#graphics !== null && (await this.#byGraphics(this.#graphics, team, request))) return;
    const candidate = this.#speed === null ? null : this.#candidate; // the first frame warms the team up
    const sample = await this.#byTeam(team, request, candidate !== null);
    if (candidate === null || sample === null) return;
    this.#candidate = null;
    const verdict = await audition(candidate, sample).catch(() => null);
    if (verdict === "faster") {
      candidate.load(team.weights);
      this.#graphics = candidate;
      this.#slow = 0;
      this.#say(null);
    } else candidate.destroy();
  }

  /** Replies with a frame. Returns a sample to compare a candidate with, if `asked` for and possible. */
  async #byTeam(team: Team, request: FrameRequest, asked: boolean): Promise<Sample | null> {
    const { steps, settings, shown } = request;
    const start = asked ? copied(team.weights) : null;
    const few = asked ? Math.min(COMPARED, steps) : steps;
    const begun = performance.now();
    let progress = await team.train(few, settings);
    const { loss } = progress;
    const parameters = asked ? team.weights.parameters.slice() : null;
    if (few < steps && Number.isFinite(progress.loss)) progress = await team.train(steps - few, settings);
    const trained = performance.now();
    const made = shown ? await team.predict() : null;
    const pictured = performance.now();
    this.#speed = { step: (trained - begun) / steps, picture: pictured - trained };
    this.#deliver(team, request, progress, made, begun);
    if (team.lost > this.#lost) this.#say(this.#obstacle);
    if (start === null || parameters === null || !Number.isFinite(progress.loss)) return null;
    const compared = { steps: few, loss, parameters };
    if (!tells({ start, compared })) return null;
    return { start, steps, compared, settings, end: copied(team.weights), made, ...this.#speed };
  }

  /** Returns whether it has replied. A card that fails, is lost, or has become slow is dropped. */
  async #byGraphics(graphics: Candidate, team: Team, request: FrameRequest): Promise<boolean> {
    const { steps, settings, shown } = request;
    const begun = performance.now();
    let progress: Progress;
    let made: Float32Array<ArrayBuffer> | null;
    try {
      progress = await graphics.train(steps, settings);
      made = shown ? await graphics.predict() : null;
    } catch {
      this.#leave(graphics, team, "lost");
      return false;
    }
    const took = performance.now() - begun;
    this.#deliver(team, request, progress, made, begun);
    if (this.#speed === null) return true; // it was requested explicitly
    const other = steps * this.#speed.step + (shown ? this.#speed.picture : 0);
    this.#slow = took > SLOWER * other + UNNOTICED ? this.#slow + 1 : 0;
    if (this.#slow === SLOW_FRAMES) this.#leave(graphics, team, null);
    return true;
  }

  /** Continues without the card from the last weights that came back. */
  #leave(graphics: Candidate, team: Team, obstacle: Obstacle | null): void {
    team.load(graphics.weights);
    graphics.destroy();
    this.#graphics = null;
    this.#say(obstacle);
  }

  #deliver(
    { loss, outputs }: Team,
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
