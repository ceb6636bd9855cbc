// Decodes pictures off the main thread and paints those of one update together.
//
// A frame is painted as soon as it is decoded: waiting for the next animation frame would show it up to 17 ms later.
// But the browser shows only what was painted last before it draws, and frames arrive with the jitter of the
// training's ticks. So if two arrive between two animation frames, the second waits for the next one; otherwise a
// fifth of all frames would never be seen. If more than that are waiting, the page is behind and paints only the
// newest.

import type { Annotations, Marks, Picture, Update } from "../wire/protocol";
import { type Decode, type Decoded, decode } from "./decode";
import type { Viewport } from "./viewport";

export interface Surface {
  /** Paints a picture of `crop` in texels, or of the whole. */
  paint(picture: Decoded, lossless: boolean, crop: Viewport | null): void;
}

/** Maximum frames that wait to be painted, and animation frames in a row that find one waiting. With more, every frame
 *  would be shown one animation frame late; instead, one frame replaces the one before it. */
const WAITING = 1;
const BEHIND = 1;
/** After this many milliseconds without an animation frame, the browser is assumed not to be painting this page. */
export const STALLED = 1000;

/** A decoded picture. */
interface Ready {
  seq: number;
  decoded: Decoded;
  lossless: boolean;
  crop: Viewport | null;
}

/** Pictures and annotations that are painted together. */
interface Frame {
  seq: number;
  pictures: Map<string, Ready>; // by canvas
  annotations: Map<string, readonly Marks[]>; // by canvas
}

/** An update whose pictures are being decoded, less those that a newer update replaces. */
interface Job {
  seq: number;
  wanted: Set<string>;
  ready: Map<string, Ready>;
  annotations: Map<string, readonly Marks[]>;
  done: boolean;
}

export interface PainterEvents {
  surface(canvas: string): Surface | undefined;
  /** Draws `pictures` over a canvas. */
  annotate(canvas: string, pictures: readonly Marks[]): void;
  painted(seq: number): void;
  /** An animation frame has begun at `at`. Frames became `ready` at these times since the previous one. */
  drawn(at: number, ready: readonly number[]): void;
  /** A picture could not be decoded. */
  failed(): void;
  /** The browser has stopped painting the page, or has resumed. */
  drawing(alive: boolean): void;
}

export class Painter {
  #events: PainterEvents;
  #decode: Decode;
  #jobs: Job[] = []; // by seq
  #waiting: Frame[] = []; // to be painted, one between two animation frames
  #ready: number[] = []; // decoding times since the last animation frame
  #behind = 0; // animation frames in a row that found one waiting
  #shown = new Map<string, number>(); // canvas -> seq of what it shows
  #frame: number | null = null; // until then, the browser has not shown the last paint
  #late: ReturnType<typeof setTimeout> | undefined;
  #alive = true;
  #destroyed = false;

  constructor(events: PainterEvents, decodes: Decode = decode) {
    this.#events = events;
    this.#decode = decodes;
  }

  async take(update: Update, buffers: readonly DataView[]): Promise<void> {
    const wanted = new Set(update.pictures.map((picture) => picture.canvas));
    const annotations = byCanvas(update.annotations);
    const job: Job = { seq: update.seq, wanted, ready: new Map(), annotations, done: false };
    this.#jobs.push(job);
    this.#jobs.sort((a, b) => a.seq - b.seq);
    await Promise.all(update.pictures.map((picture) => this.#load(job, picture, buffers[picture.buffer])));
    job.done = true;
    if (this.#destroyed) this.#drop();
    else this.#settle();
  }

  async #load(job: Job, picture: Picture, bytes: DataView | undefined): Promise<void> {
    try {
      if (bytes === undefined) throw new Error(`update ${job.seq} has no buffer ${picture.buffer}`);
      const decoded = await this.#decode(bytes, picture.format);
      if (job.wanted.has(picture.canvas)) {
        const { lossless, crop } = picture;
        job.ready.set(picture.canvas, { seq: job.seq, decoded, lossless, crop: part(crop) });
      } else decoded.close();
    } catch (error) {
      console.warn(`vultorch_widget: a picture of ${picture.canvas} could not be decoded`, error);
      job.wanted.delete(picture.canvas);
      if (!this.#destroyed) this.#events.failed(); // the kernel sends it again
    }
  }

  // An update need not contain every canvas, so a newer one does not replace an older one entirely. Updates are
  // painted in order, or panels would show different moments; pictures that a newer, decoded update covers are
  // skipped.
  #settle(): void {
    const covered = new Set<string>();
    for (const job of [...this.#jobs].reverse()) {
      for (const canvas of job.wanted) if (covered.has(canvas)) forget(job, canvas);
      if (job.done) for (const canvas of job.wanted) covered.add(canvas);
    }
    while (this.#jobs[0]?.done || isEmpty(this.#jobs[0])) this.#make(this.#jobs.shift() as Job);
    this.#schedule();
  }

  #make(job: Job): void {
    const { seq, ready: pictures, annotations } = job;
    if (pictures.size === 0 && annotations.size === 0) return; // nothing in it is left to paint
    this.#waiting.push({ seq, pictures, annotations });
    this.#ready.push(performance.now());
    if (this.#waiting.length > WAITING) this.#catchUp();
  }

  /** Merges all waiting frames into one, with the newest picture of each canvas. */
  #catchUp(): void {
    const newest = this.#waiting.pop() as Frame;
    for (const { pictures, annotations } of this.#waiting.splice(0).reverse()) {
      for (const [canvas, marks] of annotations)
        if (!newest.annotations.has(canvas)) newest.annotations.set(canvas, marks);
      for (const [canvas, ready] of pictures) {
        if (newest.pictures.has(canvas)) ready.decoded.close();
        else newest.pictures.set(canvas, ready);
      }
    }
    this.#waiting.push(newest);
  }

  #schedule(): void {
    if (this.#waiting.length === 0) return;
    if (this.#frame !== null) {
      if (this.#behind < BEHIND) return;
      this.#behind = 0;
    } else {
      this.#frame = requestAnimationFrame((at) => this.#drawn(at));
      this.#late ??= setTimeout(() => this.#tell(false), STALLED);
    }
    this.#paint();
  }

  #drawn(at: number): void {
    this.#frame = null;
    this.#events.drawn(at, this.#ready.splice(0));
    clearTimeout(this.#late);
    this.#late = undefined;
    this.#behind = this.#waiting.length > 0 ? this.#behind + 1 : 0;
    this.#tell(true);
    this.#schedule();
  }

  #paint(): void {
    const { seq, pictures, annotations } = this.#waiting.shift() as Frame;
    for (const [canvas, { seq, decoded, lossless, crop }] of pictures) {
      if (seq >= (this.#shown.get(canvas) ?? 0)) {
        this.#events.surface(canvas)?.paint(decoded, lossless, crop);
        this.#shown.set(canvas, seq);
      }
      decoded.close();
    }
    for (const [canvas, marks] of annotations) this.#events.annotate(canvas, marks);
    this.#events.painted(seq);
  }

  #tell(alive: boolean): void {
    if (alive !== this.#alive) this.#events.drawing(alive);
    this.#alive = alive;
  }

  #drop(): void {
    for (const job of this.#jobs) for (const canvas of job.wanted) forget(job, canvas);
    for (const { pictures } of this.#waiting) for (const { decoded } of pictures.values()) decoded.close();
    this.#waiting = [];
  }

  destroy(): void {
    this.#destroyed = true;
    clearTimeout(this.#late);
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#drop();
  }
}

/** The part of a canvas that a picture shows. */
function part(crop: Picture["crop"]): Viewport | null {
  if (crop == null) return null;
  const [left = 0, top = 0, right = 0, bottom = 0] = crop;
  return { left, top, right, bottom };
}

function byCanvas(annotations: readonly Annotations[]): Map<string, readonly Marks[]> {
  return new Map(annotations.map(({ canvas, pictures }) => [canvas, pictures]));
}

/** Whether newer updates have replaced everything in a job. */
function isEmpty(job: Job | undefined): boolean {
  return job?.wanted.size === 0 && job.annotations.size === 0;
}

function forget(job: Job, canvas: string): void {
  job.wanted.delete(canvas);
  job.ready.get(canvas)?.decoded.close();
  job.ready.delete(canvas);
}
