// A still picture of a view, made from what the page shows now, for outputs that cannot play a replay.

import { element } from "../base/dom";
import type { ShownPicture } from "../view/display";

/** Pixels between two pictures, and the height of a row, which is enough to recognise something. */
const GAP = 8;
const HEIGHT = 256;
const MOST_COLUMNS = 4;
/** Largest width and height of the still picture in pixels. */
const MOST_SIDE = 1600;

/** Returns a PNG file in base64, or an empty text if there is no picture. */
export function still(pictures: readonly ShownPicture[]): string {
  const seen = pictures
    .filter(({ canvas }) => canvas.width > 0 && canvas.height > 0)
    .map((picture) => placed(picture));
  if (seen.length === 0) return "";
  const columns = Math.min(seen.length, MOST_COLUMNS);
  const rows = Array.from({ length: Math.ceil(seen.length / columns) }, (_, row) =>
    seen.slice(row * columns, (row + 1) * columns),
  );
  const width = Math.max(...rows.map((row) => row.reduce((sum, { width }) => sum + width + GAP, -GAP)));
  const height = rows.length * (HEIGHT + GAP) - GAP;
  const scale = Math.min(1, MOST_SIDE / width, MOST_SIDE / height);
  const sheet = element("canvas", { width: Math.ceil(width * scale), height: Math.ceil(height * scale) });
  const context = sheet.getContext("2d");
  if (context === null) return "";
  context.scale(scale, scale);
  rows.forEach((row, at) => {
    let left = 0;
    for (const { picture, width, height } of row) {
      const { canvas } = picture;
      context.imageSmoothingEnabled = canvas.style.imageRendering !== "pixelated";
      context.save();
      context.translate(left, at * (HEIGHT + GAP));
      context.drawImage(canvas, 0, 0, width, height);
      picture.drawOver(context, { width, height });
      context.restore();
      left += width + GAP;
    }
  });
  return sheet.toDataURL("image/png").split(",")[1] ?? "";
}

/** Scales a picture to the height of its row, or to the largest width. */
function placed(picture: ShownPicture): { picture: ShownPicture; width: number; height: number } {
  const { canvas } = picture;
  const scale = Math.min(HEIGHT / canvas.height, MOST_SIDE / canvas.width);
  return { picture, width: canvas.width * scale, height: canvas.height * scale };
}
