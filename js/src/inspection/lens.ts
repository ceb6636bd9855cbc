// Zoom and pan of one picture: gestures, the overview, and the edges of texels.

import type { PictureView } from "../pictures/picture";
import type { Viewport } from "../pictures/viewport";
import { Gestures } from "./gestures";
import { Lattice } from "./lattice";
import { Overview } from "./overview";
import type { Source } from "./source";

export class Lens {
  #picture: PictureView;
  #gestures: Gestures;
  #lattice: Lattice;
  #overview: Overview;

  /** Calls `show` with the part of the picture that the user wants to see. */
  constructor(picture: PictureView, show: (viewport: Viewport) => void) {
    this.#picture = picture;
    this.#gestures = new Gestures(picture, show);
    this.#lattice = new Lattice(picture);
    this.#overview = new Overview(picture, show);
    picture.addLayer(this.#lattice);
    picture.addLayer(this.#overview);
  }

  /** Writes the values that `source` knows into large texels. */
  showValues(source: Source): void {
    this.#lattice.show(source);
  }

  destroy(): void {
    this.#gestures.destroy();
    this.#picture.removeLayer(this.#lattice);
    this.#picture.removeLayer(this.#overview);
  }
}
