// Key frames from the recorder, sent by the kernel on request. Those that have arrived are cached, within limits.

import type { RecordedPicture } from "../replay/replay_painter";
import type { Moment } from "../replay/stage";
import type { Wire } from "../wire/connection";
import type { BranchSteps, ControlsPatch, KeyFrameSteps, Moment as Sent } from "../wire/protocol";

/** Maximum bytes of picture files that are kept. */
const MOST_BYTES = 64 << 20;
/** Maximum number of cached moments that are reported to the kernel, which refers to the pictures they share. */
const MOST_TOLD = 64;
/** Milliseconds between two requests. Each costs the training about as much as a frame. */
export const LEAST = 60;

/** A moment with all controls of each panel. */
export interface Recorded extends Moment {
  readonly controls: readonly ControlsPatch[];
}

/** A step on the way to the end of a branch, or to the present if the name is empty. */
export interface Place {
  readonly step: number;
  readonly branch: string;
}

interface Known {
  readonly place: Place; // of the present, if both share it
  readonly moment: Recorded;
}

export class Moments {
  #wire: Wire;
  #arrived: (moment: Recorded | null, asked: Place) => void;
  #run = -1;
  #steps = new Set<number>();
  #branches = new Map<string, BranchSteps>();
  #known = new Map<string, Known>(); // by place, most recently used last
  #files = new Map<number, { picture: RecordedPicture; bytes: number }>(); // by number
  #numbers = 0;
  #bytes = 0;
  #wanted: Place | null = null;
  #asked: Place | null = null; // unanswered
  #timer: ReturnType<typeof setTimeout> | null = null;
  #rests = false; // until the next request may be sent

  /** Calls `arrived` with what the kernel has at or before the step it was `asked` for: null if nothing. */
  constructor(wire: Wire, arrived: (moment: Recorded | null, asked: Place) => void) {
    this.#wire = wire;
    this.#arrived = arrived;
  }

  /** The steps of the key frames on the way to the present, in order. */
  get steps(): number[] {
    return [...this.#steps].sort((a, b) => a - b);
  }

  /** The abandoned branches. */
  get branches(): readonly BranchSteps[] {
    return [...this.#branches.values()];
  }

  /** An abandoned branch. */
  branch(name: string): BranchSteps | undefined {
    return this.#branches.get(name);
  }

  /** The steps of the key frames on the way to the end of a branch, in order. */
  along(branch: string): number[] {
    const left = this.#branches.get(branch);
    if (left === undefined) return this.steps;
    return [...this.steps.filter((step) => step <= left.shared), ...left.steps];
  }

  /** The recorded picture with a number. */
  readonly picture = (number: number): RecordedPicture | undefined => this.#files.get(number)?.picture;

  /** Takes the kernel's report on its key frames. Returns whether they belong to a new run. */
  take({ run, whole, taken, dropped, branches }: KeyFrameSteps): boolean {
    const another = run !== this.#run;
    if (another) this.#forgetRun();
    if (whole) this.#steps.clear();
    if (branches != null) this.#takeBranches(branches);
    this.#run = run;
    for (const step of dropped) this.#steps.delete(step);
    for (const step of taken) this.#steps.add(step);
    return another;
  }

  // A name may be reused once the branch that had it is forgotten.
  #takeBranches(branches: readonly BranchSteps[]): void {
    const before = this.#branches;
    this.#branches = new Map(branches.map((branch) => [branch.name, branch]));
    for (const [name, { place }] of this.#known) {
      if (place.branch === "") continue;
      const left = this.#branches.get(place.branch);
      if (left?.last !== before.get(place.branch)?.last || !left?.steps.includes(place.step))
        this.#drop(name);
    }
  }

  /** Whether an answer from the kernel is pending. */
  get waiting(): boolean {
    return this.#wanted !== null || this.#asked !== null;
  }

  /** Returns the moment of a key frame. If it is not known yet, asks the kernel, and returns null. */
  ask(place: Place): Recorded | null {
    const known = this.#known.get(key(this.shared(place)));
    this.#wanted = known === undefined ? place : null;
    if (known === undefined) this.#send();
    else this.#use(known);
    return known?.moment ?? null;
  }

  /** `place`, as one of the present if it lies on the way there. */
  shared(place: Place): Place {
    const left = this.#branches.get(place.branch);
    return left !== undefined && place.step > left.shared ? place : { ...place, branch: "" };
  }

  /** Steps on the way to the end of `branch` whose moments are known, most recently used last. */
  #have(branch: string): number[] {
    const places = [...this.#known.values()].map(({ place }) => place);
    const along = places.filter((place) => key(this.shared({ ...place, branch })) === key(place));
    return along.slice(-MOST_TOLD).map(({ step }) => step);
  }

  #send(): void {
    if (this.#wanted === null || this.#asked !== null || this.#rests) return;
    this.#asked = this.#wanted;
    this.#wanted = null;
    const { step, branch } = this.#asked;
    this.#wire.send({ kind: "fetch_moment", step, branch, have: this.#have(branch) });
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

  #keep({ step, branch, pictures, annotations, controls }: Sent, buffers: readonly DataView[]): Recorded {
    const shown = new Map<string, number>();
    for (const { canvas, format, lossless, buffer, like } of pictures) {
      const same = this.#known.get(key(this.shared({ step: like, branch })))?.moment.pictures.get(canvas);
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
    this.#use({ place: this.shared({ step, branch }), moment });
    this.#prune();
    return moment;
  }

  #use(known: Known): void {
    this.#known.delete(key(known.place));
    this.#known.set(key(known.place), known);
  }

  #prune(): void {
    while (this.#bytes > MOST_BYTES && this.#known.size > 1) {
      const [oldest] = this.#known.keys();
      this.#drop(oldest as string);
    }
  }

  /** Forgets a moment, and the files that only it uses. */
  #drop(place: string): void {
    const gone = this.#known.get(place);
    if (gone === undefined) return;
    this.#known.delete(place);
    const used = new Set([...this.#known.values()].flatMap(({ moment }) => [...moment.pictures.values()]));
    for (const number of gone.moment.pictures.values()) {
      if (used.has(number)) continue;
      this.#bytes -= this.#files.get(number)?.bytes ?? 0;
      this.#files.delete(number);
    }
  }

  /** Cancels any pending wish. */
  rest(): void {
    this.#wanted = null;
  }

  /** Forgets everything: the kernel may be a new one. */
  forget(): void {
    this.#branches.clear();
    this.#forgetRun();
  }

  #forgetRun(): void {
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

function key({ step, branch }: Place): string {
  return `${step} ${branch}`;
}
