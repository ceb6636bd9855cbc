// Which pictures are compared: those that the program has asked for, and those that the user has chosen since.

import type { Surface } from "../pictures/painter";
import type { PictureView } from "../pictures/picture";
import type { Wire } from "../wire/connection";
import type { Compared } from "../wire/protocol";
import { Comparison, type Settings, title } from "./comparison";
import { type Entry, MenuButton, Popup } from "./menu";

const USUAL: Settings = { mode: "wipe", difference: "absolute", gain: 1, colormap: "", colors: "" };

/** Returns more entries of the menu of a picture. */
export type Provider = (picture: PictureView) => readonly Entry[];

export class Comparing {
  #pictures = new Map<string, PictureView>();
  #buttons = new Map<PictureView, MenuButton>();
  #comparisons = new Map<PictureView, Comparison>();
  #asked = new Map<string, string>(); // what the program last asked for, by canvas
  #popup = new Popup();
  #providers: readonly Provider[];
  #wire: Wire;
  #told = "[]";

  /** The kernel of `wire` makes differences. The menus also have what `providers` return. */
  constructor(wire: Wire, ...providers: readonly Provider[]) {
    this.#wire = wire;
    this.#providers = providers;
  }

  /** Takes over the canvases of a scene, and what the program wants to be compared. */
  update(pictures: Iterable<PictureView>, compared: readonly Compared[]): void {
    this.#pictures = new Map([...pictures].map((picture) => [picture.spec.id, picture]));
    const present = new Set(this.#pictures.values());
    for (const [picture, comparison] of this.#comparisons)
      if (!present.has(picture) || !present.has(comparison.other)) this.#end(picture);
    for (const picture of this.#buttons.keys()) if (!present.has(picture)) this.#buttons.delete(picture);
    for (const picture of present) this.#addButton(picture);
    const wanted = new Map(compared.map((one) => [one.canvas, one]));
    for (const picture of present) {
      const { id } = picture.spec;
      const asked = wanted.get(id);
      const text = asked === undefined ? "" : JSON.stringify(asked);
      if ((this.#asked.get(id) ?? "") === text) continue; // what the user has chosen since stays
      this.#asked.set(id, text);
      const other = asked && this.#pictures.get(asked.other);
      if (asked === undefined || other === undefined) this.#end(picture);
      else this.#compare(picture, other, asked);
    }
    this.#told = "[]"; // the kernel may be a new one
    this.#tell();
  }

  /** Where the kernel's picture of a difference is painted. */
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

  #addButton(picture: PictureView): void {
    if (this.#buttons.has(picture)) return;
    const button = new MenuButton(picture, this.#popup, () => this.#entries(picture));
    this.#buttons.set(picture, button);
    picture.addLayer(button);
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
          if (this.#comparisons.get(picture)?.other === other) this.#end(picture);
          else this.#compare(picture, other, current?.settings ?? USUAL);
          this.#popup.close();
        },
      }),
    );
    const head = { label: others.length > 0 ? "Compare with" : "There is nothing to compare with" };
    return [...more, head, ...compare];
  }

  #compare(picture: PictureView, other: PictureView, settings: Settings): void {
    this.#end(picture);
    const comparison = new Comparison(picture, other, settings, this.#popup, {
      end: () => {
        this.#end(picture);
        picture.window.focus({ preventScroll: true });
      },
      changed: () => this.#tell(),
    });
    this.#comparisons.set(picture, comparison);
    picture.addLayer(comparison);
    this.#tell();
    const button = this.#buttons.get(picture);
    if (button !== undefined) picture.addLayer(button); // above it
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
