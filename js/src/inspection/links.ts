// Which canvases zoom and pan together.

import type { PictureView } from "../pictures/picture";

/** `picture` and the pictures linked with it, in the order of `pictures`: those of the same size with the same link. */
export function linked(picture: PictureView, pictures: Iterable<PictureView>): PictureView[] {
  const { link, width, height } = picture.spec;
  return [...pictures].filter(
    (other) =>
      other === picture ||
      (link !== null &&
        other.spec.link === link &&
        other.spec.width === width &&
        other.spec.height === height),
  );
}
