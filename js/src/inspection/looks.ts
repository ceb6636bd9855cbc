// What a picture's menu offers besides comparing: changing how it looks, and copying or saving it. Pages keep the
// choices; the kernel applies them when it composites.

import { element, setText } from "../base/dom";
import { save } from "../files/download";
import type { Files } from "../files/files";
import type { PictureView } from "../pictures/picture";
import type { Wire } from "../wire/connection";
import type { Kept } from "../wire/kept";
import type { Measured, Offered } from "../wire/protocol";
import { AS_SET, isAsSet, type Look, readLooks } from "./look";
import { LookSheet } from "./look_sheet";
import { type Entry, shielded } from "./menu";

/** The key of these choices in what the widget keeps. */
const PART = "looks";
/** Milliseconds for which a message is shown over a picture. */
const SAID = 6000;
const WATCHED = "A replay has the pictures as they were shown. Run the cell to change how they look.";

export class Looks {
  #wire: Wire;
  #files: Files;
  #kept: Kept;
  #looks: Map<string, Look>; // the user's choices by canvas, if they differ from the program's
  #sheet: { picture: PictureView; sheet: LookSheet } | null = null;
  #live = true;
  #pictures = new Map<string, PictureView>();
  #outside = (event: Event) => {
    const { sheet } = this.#sheet ?? {};
    if (sheet !== undefined && !event.composedPath().includes(sheet.element)) this.#close();
  };

  constructor(wire: Wire, files: Files, kept: Kept) {
    this.#wire = wire;
    this.#files = files;
    this.#kept = kept;
    this.#looks = readLooks(kept.part(PART));
  }

  /** Rereads the kept choices. Call `update` afterwards. */
  takeKept(): void {
    this.#looks = readLooks(this.#kept.part(PART));
  }

  /** Takes over the pictures of a scene, and tells the kernel, which may be a new one, the user's choices for them. */
  update(pictures: readonly PictureView[]): void {
    this.#pictures = new Map(pictures.map((picture) => [picture.spec.id, picture]));
    if (this.#sheet !== null && !pictures.includes(this.#sheet.picture)) this.#close();
    for (const [canvas, look] of this.#looks) if (this.#pictures.has(canvas)) this.#tell(canvas, look);
  }

  /** Whether a kernel can composite and measure. */
  set live(live: boolean) {
    this.#live = live;
    if (!live) this.#close();
  }

  /** The lines in the menu of `picture`. */
  entries(picture: PictureView): Entry[] {
    const { id } = picture.spec;
    const refused = this.#live ? undefined : WATCHED;
    const values = this.#live ? undefined : "A replay has the pictures, not the values.";
    const none = this.#looks.has(id) ? refused : "Nothing was changed";
    const lines: Entry[] = [
      { label: "Exposure, range, colours …", act: () => this.#open(picture), ...why(refused) },
      { label: "As the program set it", act: () => this.#choose(id, AS_SET), ...why(none) },
      { label: "Copy as PNG", act: () => void this.#copy(picture) },
      { label: "Save as PNG", act: () => void this.#savePng(picture) },
      {
        label: "Save the values as NPY",
        act: () => this.#wire.send({ kind: "save_texels", canvas: id }),
        ...why(values),
      },
    ];
    return lines;
  }

  /** The kernel's answer about the values of a canvas. */
  measured(measured: Measured): void {
    if (this.#sheet?.picture.spec.id === measured.canvas) this.#sheet.sheet.take(measured);
  }

  /** The kernel's answer about a file with the values of a canvas. */
  offered({ canvas, token, error }: Offered): void {
    const picture = this.#pictures.get(canvas);
    const told = (said: string) => {
      if (said !== "" && picture !== undefined) say(picture, `Not saved: ${said}`);
    };
    if (token === "") told(error || "the file cannot be fetched");
    else this.#files.download(token, (_, failed) => told(failed));
  }

  #open(picture: PictureView): void {
    this.#close();
    const root = picture.window.closest<HTMLElement>(".vw-root");
    if (root === null) return;
    const { id, name } = picture.spec;
    const sheet = new LookSheet(name, this.#looks.get(id) ?? AS_SET, {
      change: (look) => this.#choose(id, look),
      measure: () => this.#wire.send({ kind: "measure", canvas: id }),
      close: () => {
        this.#close();
        picture.window.focus({ preventScroll: true });
      },
    });
    this.#sheet = { picture, sheet };
    root.append(sheet.element);
    place(sheet.element, root, picture.window);
    this.#wire.send({ kind: "measure", canvas: id });
    sheet.focus();
    addEventListener("pointerdown", this.#outside, true);
  }

  #close(): void {
    removeEventListener("pointerdown", this.#outside, true);
    this.#sheet?.sheet.element.remove();
    this.#sheet = null;
  }

  #choose(canvas: string, look: Look): void {
    if (isAsSet(look)) this.#looks.delete(canvas);
    else this.#looks.set(canvas, look);
    this.#tell(canvas, look);
    this.#kept.keep(PART, this.#looks.size > 0 ? Object.fromEntries(this.#looks) : undefined);
  }

  #tell(canvas: string, look: Look): void {
    const { colormap, channels } = look;
    this.#wire.send({
      kind: "set_look",
      canvas,
      ...look,
      colormap: colormap ?? "program",
      channels: channels ?? "program",
    });
  }

  async #copy(picture: PictureView): Promise<void> {
    try {
      if (navigator.clipboard?.write === undefined)
        throw new Error("this browser lets pages copy pictures only over https or from this machine");
      const file = png(picture).then((blob) => blob ?? Promise.reject(new Error("there is no picture")));
      await navigator.clipboard.write([new ClipboardItem({ "image/png": file })]);
      say(picture, "Copied");
    } catch (error) {
      say(picture, `Not copied: ${error instanceof Error ? error.message : "the browser refused"}`);
    }
  }

  async #savePng(picture: PictureView): Promise<void> {
    const file = await png(picture);
    if (file === null) say(picture, "Not saved: there is no picture");
    else save(`${picture.spec.name.replaceAll(/[\\/:*?"<>|]/g, "_")}.png`, file);
  }

  destroy(): void {
    this.#close();
  }
}

function why(refused: string | undefined): { refused?: string } {
  return refused === undefined ? {} : { refused };
}

/** The picture as the page shows it, as a file. */
function png({ canvas }: PictureView): Promise<Blob | null> {
  if (canvas.hidden || canvas.width === 0) return Promise.resolve(null);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

/** Shows `text` over a picture for a while. */
function say(picture: PictureView, text: string): void {
  const said = element("div", { className: "vw-look-said", attributes: { role: "status" } });
  picture.window.querySelector(".vw-look-said")?.remove();
  picture.window.append(said);
  requestAnimationFrame(() => setText(said, text)); // screen readers announce text that is added to it
  setTimeout(() => said.remove(), SAID);
}

/** Puts the sheet over the right edge of the picture, within the view. */
function place(sheet: HTMLElement, root: HTMLElement, over: HTMLElement): void {
  const frame = root.getBoundingClientRect();
  const picture = over.getBoundingClientRect();
  shielded(sheet);
  sheet.style.maxHeight = `${Math.max(120, frame.height - 12)}px`;
  const { width, height } = sheet.getBoundingClientRect();
  const left = Math.min(picture.right - frame.left - width, frame.width - width - 6);
  const top = Math.min(picture.top - frame.top + 4, frame.height - height - 6);
  sheet.style.left = `${Math.max(6, left)}px`;
  sheet.style.top = `${Math.max(6, top)}px`;
}
