// Key frames of the recorder, as the kernel sends them on request. What has arrived is kept, within bounds.

import type { RecordedPicture } from "../replay/replay_painter";
import type { Moment } from "../replay/stage";
import type { Wire } from "../wire/connection";
import type { ControlsPatch, KeyFrameSteps, Moment as Sent } from "../wire/protocol";

/** Most bytes of picture files that are kept. */
const MOST_BYTES = 64 << 20;
/** Most moments that the kernel is told of: it names the pictures that they share. */
const MOST_TOLD = 64;
/** Milliseconds between two requests. Each costs the training about as much as a frame. */
export const LEAST = 60;

/** A moment with all controls of each panel. */
export interface Recorded extends Moment {
  readonly controls: readonly ControlsPatch[];
}

export class Moments {
  #wire: Wire;
  #arrived: (moment: Recorded | null, asked: number) => void;
  #run = -1;
  #steps = new Set<number>();
  #known = new Map<number, Recorded>(); // by step, those that were used last at the end
  #files = new Map<number, { picture: RecordedPicture; bytes: number }>(); // by number
  #numbers = 0;
  #bytes = 0;
  #wanted: number | null = null;
  #asked: number | null = null; // unanswered
  #timer: ReturnType<typeof setTimeout> | null = null;
  #rests = false; // until the next request may be sent

  /** Calls `arrived` with what the kernel has at or before the step that it was `asked` for: null if nothing. */
  constructor(wire: Wire, arrived: (moment: Recorded | null, asked: number) => void) {
    this.#wire = wire;
    this.#arrived = arrived;
  }

  /** The steps of all key frames, in order. */
  get steps(): number[] {
    return [...this.#steps].sort((a, b) => a - b);
  }

  /** The recorded picture of a number. */
  readonly picture = (number: number): RecordedPicture | undefined => this.#files.get(number)?.picture;

  /** Takes what the kernel says of its key frames. Returns whether they belong to a new run. */
  take({ run, whole, taken, dropped }: KeyFrameSteps): boolean {
    const another = run !== this.#run;
    if (another) this.forget();
    if (whole) this.#steps.clear();
    this.#run = run;
    for (const step of dropped) this.#steps.delete(step);
    for (const step of taken) this.#steps.add(step);
    return another;
  }

  /** Whether the kernel still has to answer. */
  get waiting(): boolean {
    return this.#wanted !== null || this.#asked !== null;
  }

  /** Returns the moment of a key frame. If it is not known yet, asks the kernel, and returns null. */
  ask(step: number): Recorded | null {
    const known = this.#known.get(step);
    this.#wanted = known === undefined ? step : null;
    if (known === undefined) this.#send();
    else this.#use(step, known);
    return known ?? null;
  }

  #send(): void {
    if (this.#wanted === null || this.#asked !== null || this.#rests) return;
    this.#asked = this.#wanted;
    this.#wanted = null;
    const have = [...this.#known.keys()].slice(-MOST_TOLD);
    this.#wire.send({ kind: "fetch_moment", step: this.#asked, have });
    this.#rests = true;
    this.#timer = setTimeout(() => {
      this.#rests = false;
      this.#send();
    }, LEAST);
  }

  /** Takes the kernel's answer. */
  receive(sent: Sent, buffers: readonly DataView[]): void {
    const asked = this.#asked;
    this.#asked = null;
    const moment = sent.step < 0 || sent.run !== this.#run ? null : this.#keep(sent, buffers);
    if (asked !== null) this.#arrived(moment, asked);
    this.#send();
  }

  #keep({ step, pictures, annotations, controls }: Sent, buffers: readonly DataView[]): Recorded {
    const shown = new Map<string, number>();
    for (const { canvas, format, lossless, buffer, like } of pictures) {
      const same = this.#known.get(like)?.pictures.get(canvas);
      const bytes = buffers[buffer];
      if (same !== undefined) shown.set(canvas, same);
      else if (bytes !== undefined) {
        const copy = new DataView(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
        this.#files.set(this.#numbers, {
          picture: { format, lossless, bytes: () => copy as DataView<ArrayBuffer> },
          bytes: copy.byteLength,
        });
        this.#bytes += copy.byteLength;
        shown.set(canvas, this.#numbers++);
      }
    }
    const moment: Recorded = {
      step,
      pictures: shown,
      annotations: new Map(annotations.map(({ canvas, pictures }) => [canvas, pictures])),
      controls,
    };
    this.#use(step, moment);
    this.#prune();
    return moment;
  }

  #use(step: number, moment: Recorded): void {
    this.#known.delete(step);
    this.#known.set(step, moment);
  }

  #prune(): void {
    while (this.#bytes > MOST_BYTES && this.#known.size > 1) {
      const [oldest] = this.#known.keys();
      this.#drop(oldest as number);
    }
  }

  /** Forgets a moment, and the files that no other has. */
  #drop(step: number): void {
    const moment = this.#known.get(step);
    if (moment === undefined) return;
    this.#known.delete(step);
    const used = new Set([...this.#known.values()].flatMap(({ pictures }) => [...pictures.values()]));
    for (const number of moment.pictures.values()) {
      if (used.has(number)) continue;
      this.#bytes -= this.#files.get(number)?.bytes ?? 0;
      this.#files.delete(number);
    }
  }

  /** Wants nothing any more. */
  rest(): void {
    this.#wanted = null;
  }

  /** Forgets everything: the kernel may be a new one. */
  forget(): void {
    this.#steps.clear();
    this.#known.clear();
    this.#files.clear();
    this.#bytes = 0;
    this.#wanted = this.#asked = null;
  }

  destroy(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.forget();
  }
}
