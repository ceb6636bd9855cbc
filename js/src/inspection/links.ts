// Which canvases are looked into together.

import type { PictureView } from "../pictures/picture";

/** `picture` and those that are linked with it, in the order of `pictures`: of the same size and link. */
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
