// Draws boxes, points and texts on a canvas, in CSS pixels of the context.

import type { Marks } from "../wire/protocol";
import { css, type Drawing, drawings, ink, type Label, PAD, type Placement, RADIUS, STROKE } from "./layout";

export const FONT = "12px system-ui, -apple-system, 'Segoe UI', sans-serif";
/** Keeps lines and points visible on pictures of any colour. */
const HALO = "rgb(0 0 0 / 60%)";

/** Draws `pictures` where `placement` says. */
export function draw(
  context: CanvasRenderingContext2D,
  pictures: readonly Marks[],
  placement: Placement,
): void {
  context.font = FONT;
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.direction = "ltr"; // file exports use LTR whatever the page's direction
  for (const drawing of drawings(pictures, placement, (text) => context.measureText(text).width)) {
    context.save();
    const { left, top, right, bottom } = drawing.area;
    context.beginPath();
    context.rect(left, top, right - left, bottom - top);
    context.clip();
    drawBoxes(context, drawing);
    drawPoints(context, drawing);
    for (const label of drawing.labels) drawLabel(context, label);
    context.restore();
  }
}

function drawBoxes(context: CanvasRenderingContext2D, { boxes }: Drawing): void {
  for (const { rect, color } of boxes) {
    const sides = [rect.left, rect.top, rect.right - rect.left, rect.bottom - rect.top] as const;
    context.strokeStyle = HALO;
    context.lineWidth = STROKE + 2;
    context.strokeRect(...sides);
    context.strokeStyle = css(color);
    context.lineWidth = STROKE;
    context.strokeRect(...sides);
  }
}

function drawPoints(context: CanvasRenderingContext2D, { points }: Drawing): void {
  for (const { x, y, color } of points) {
    context.beginPath();
    context.arc(x, y, RADIUS, 0, 2 * Math.PI);
    context.strokeStyle = HALO;
    context.lineWidth = 2;
    context.stroke();
    context.fillStyle = css(color);
    context.fill();
  }
}

function drawLabel(context: CanvasRenderingContext2D, { text, rect, color }: Label): void {
  const { left, top, right, bottom } = rect;
  context.fillStyle = css(color);
  context.fillRect(left, top, right - left, bottom - top);
  context.fillStyle = ink(color);
  context.fillText(cut(context, text, right - left - 2 * PAD), left + PAD, (top + bottom) / 2 + 0.5);
}

/** The beginning of `text` that fits in `width`, with an ellipsis if it is cut. */
function cut(context: CanvasRenderingContext2D, text: string, width: number): string {
  const fits = (part: string) => context.measureText(part).width <= width + 0.5; // for rounding
  if (fits(text)) return text;
  const letters = [...text];
  let low = 0;
  let high = letters.length;
  const shown = (count: number) => `${letters.slice(0, count).join("").trimEnd()}…`;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(shown(middle))) low = middle;
    else high = middle - 1;
  }
  return low > 0 ? shown(low) : "";
}
