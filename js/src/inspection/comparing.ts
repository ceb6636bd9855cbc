// Which pictures are compared: those that the program asked for, and those that the user has chosen since.

import type { Surface } from "../pictures/painter";
import type { PictureView } from "../pictures/picture";
import type { Wire } from "../wire/connection";
import type { Kept } from "../wire/kept";
import type { Compared } from "../wire/protocol";
import { type Choice, readCompared } from "./compared";
import { Comparison, type Settings, title } from "./comparison";
import { type Entry, menuButton, Popup } from "./menu";

const USUAL: Settings = { mode: "wipe", difference: "absolute", gain: 1, colormap: "", colors: "" };

/** The key of these choices in what the widget keeps. */
const PART = "compared";

/** Returns more entries of the menu of a picture. */
export type Provider = (picture: PictureView) => readonly Entry[];

export class Comparing {
  #pictures = new Map<string, PictureView>();
  #offered = new WeakSet<PictureView>(); // those with a button
  #comparisons = new Map<PictureView, Comparison>();
  #asked = new Map<string, string>(); // what the program last asked for, by canvas
  #chosen: Map<string, Choice>; // by the user, by canvas
  #kept: Kept;
  #popup = new Popup();
  #providers: readonly Provider[];
  #wire: Wire;
  #told = "[]";

  /** The kernel behind `wire` computes differences. `kept` holds the user's choices. The menus also include the entries
   *  that `providers` return. */
  constructor(wire: Wire, kept: Kept, ...providers: readonly Provider[]) {
    this.#wire = wire;
    this.#kept = kept;
    this.#chosen = readCompared(kept.part(PART));
    this.#providers = providers;
  }

  /** Rereads the kept choices. Call `update` afterwards. */
  takeKept(): void {
    this.#chosen = readCompared(this.#kept.part(PART));
    this.#asked.clear();
  }

  /** Takes over the canvases of a scene, and the comparisons that the program asks for. */
  update(pictures: Iterable<PictureView>, compared: readonly Compared[]): void {
    this.#pictures = new Map([...pictures].map((picture) => [picture.spec.id, picture]));
    const present = new Set(this.#pictures.values());
    for (const [picture, comparison] of this.#comparisons)
      if (!present.has(picture) || !present.has(comparison.other)) this.#end(picture);
    for (const picture of present) this.#addButton(picture);
    const wanted = new Map(compared.map((one) => [one.canvas, one]));
    for (const picture of present) {
      const { id } = picture.spec;
      const asked = wanted.get(id);
      const text = asked === undefined ? "" : JSON.stringify(asked);
      if (this.#asked.get(id) === text) continue; // the user's later choice stays
      const chosen = this.#chosen.get(id);
      const wish = (chosen?.asked === text ? chosen.compared : asked) ?? null;
      const other = wish === null ? undefined : this.#pictures.get(wish.other);
      if (wish !== null && other === undefined && asked === undefined) continue; // its panel may come later
      this.#asked.set(id, text);
      if (wish === null || other === undefined) this.#end(picture);
      else this.#compare(picture, other, wish);
    }
    this.#told = "[]"; // the kernel may be a new one
    this.#tell();
  }

  /** The surface on which the kernel's picture of a difference is painted. */
  surface(id: string): Surface | undefined {
    return [...this.#comparisons.values()].find((comparison) => comparison.difference?.id === id);
  }

  #tell(): void {
    const differences = [...this.#comparisons.values()].flatMap(({ difference }) => difference ?? []);
    const text = JSON.stringify(differences);
    if (text === this.#told) return;
    this.#told = text;
    this.#wire.send({ kind: "differences", differences });
  }

  /** Keeps the user's choice for a picture. */
  #keep({ spec }: PictureView, compared: Choice["compared"]): void {
    this.#chosen.set(spec.id, { asked: this.#asked.get(spec.id) ?? "", compared });
    for (const [id, { asked, compared }] of this.#chosen)
      if (asked === "" && compared === null) this.#chosen.delete(id);
    this.#kept.keep(PART, this.#chosen.size > 0 ? Object.fromEntries(this.#chosen) : undefined);
  }

  #addButton(picture: PictureView): void {
    if (this.#offered.has(picture)) return;
    this.#offered.add(picture);
    picture.tools.append(menuButton(picture, this.#popup, () => this.#entries(picture)));
  }

  #entries(picture: PictureView): Entry[] {
    const more = this.#providers.flatMap((provide) => provide(picture));
    const current = this.#comparisons.get(picture);
    const others = [...this.#pictures.values()].filter((other) => other !== picture && other.spec.width > 0);
    const compare = others.map(
      (other): Entry => ({
        label: title(other),
        chosen: current?.other === other,
        act: () => {
          const settings = current?.settings ?? USUAL;
          if (this.#comparisons.get(picture)?.other === other) {
            this.#end(picture);
            this.#keep(picture, null);
          } else {
            this.#compare(picture, other, settings);
            this.#keep(picture, { other: other.spec.id, ...settings });
          }
          this.#popup.close();
        },
      }),
    );
    const head = { label: others.length > 0 ? "Compare with" : "There is nothing to compare with" };
    return [...more, head, ...compare];
  }

  #compare(picture: PictureView, other: PictureView, wish: Settings): void {
    this.#end(picture);
    const { mode, difference, gain, colormap, colors } = wish;
    const settings = { mode, difference, gain, colormap, colors };
    const comparison = new Comparison(picture, other, settings, this.#popup, {
      end: () => {
        this.#end(picture);
        this.#keep(picture, null);
        picture.window.focus({ preventScroll: true });
      },
      changed: (settings) => {
        this.#tell();
        this.#keep(picture, { other: other.spec.id, ...settings });
      },
    });
    this.#comparisons.set(picture, comparison);
    picture.addLayer(comparison);
    this.#tell();
  }

  #end(picture: PictureView): void {
    const comparison = this.#comparisons.get(picture);
    if (comparison === undefined) return;
    this.#comparisons.delete(picture);
    comparison.destroy();
    this.#tell();
    picture.removeLayer(comparison);
  }

  destroy(): void {
    for (const picture of [...this.#comparisons.keys()]) this.#end(picture);
    this.#popup.destroy();
  }
}
