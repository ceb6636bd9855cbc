// Which part of a picture its window shows, and where a texel lies on the screen. Pure.
//
// Coordinates are texels: x to the right, y down, (0, 0) the outer top left corner, so (0.5, 0.5) is the middle of the
// first texel. A viewport has the aspect ratio of its picture, so the window stays as large as that of the whole.

export interface Viewport {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

export interface Size {
  width: number;
  height: number;
}

/** What a window shows: `viewport`, in texels, in `width` x `height` CSS pixels. */
export interface Placement extends Size {
  viewport: Viewport;
}

/** Something drawn over a picture. It lies in the window and follows zoom and pan. */
export interface Layer {
  readonly element: Element;
  /** Called whenever texels have moved on the screen. */
  place(placement: Placement): void;
  /** Draws it over a copy of the picture at the origin of `context`, if it belongs to the picture. */
  copy?(context: CanvasRenderingContext2D, placement: Placement): void;
}

export interface Point {
  x: number;
  y: number;
}

export function whole({ width, height }: Size): Viewport {
  return { left: 0, top: 0, right: width, bottom: height };
}

export function isWhole({ left, top, right, bottom }: Viewport, { width, height }: Size): boolean {
  return left <= 0 && top <= 0 && right >= width && bottom >= height;
}

/** Where a texel position lies, in CSS pixels from the window's top left corner. */
export function toCss({ viewport, width, height }: Placement, { x, y }: Point): Point {
  const { left, top, right, bottom } = viewport;
  return { x: ((x - left) / (right - left)) * width, y: ((y - top) / (bottom - top)) * height };
}

/** Which texel position lies at `x`, `y` CSS pixels from the window's top left corner. */
export function toTexel({ viewport, width, height }: Placement, { x, y }: Point): Point {
  const { left, top, right, bottom } = viewport;
  return { x: left + (x / width) * (right - left), y: top + (y / height) * (bottom - top) };
}

/** `viewport` magnified by `factor`, with the texel position `fixed` held in place. It stays within the picture, and
 *  shows at least the share `least` of it. */
export function zoomed(
  viewport: Viewport,
  factor: number,
  fixed: Point,
  size: Size,
  least: number,
): Viewport {
  const share = (viewport.right - viewport.left) / size.width;
  const wanted = Math.min(1, Math.max(Math.min(share, least), share / factor));
  const ratio = wanted / share;
  const left = fixed.x - (fixed.x - viewport.left) * ratio;
  const top = fixed.y - (fixed.y - viewport.top) * ratio;
  return within(left, top, wanted, size);
}

/** `viewport` moved by `dx`, `dy` texels, as far as the picture goes. */
export function panned(viewport: Viewport, dx: number, dy: number, size: Size): Viewport {
  const share = (viewport.right - viewport.left) / size.width;
  return within(viewport.left + dx, viewport.top + dy, share, size);
}

/** The viewport of the same size whose middle is `middle`, as far as the picture goes. */
export function centred(viewport: Viewport, { x, y }: Point, size: Size): Viewport {
  const dx = x - (viewport.left + viewport.right) / 2;
  const dy = y - (viewport.top + viewport.bottom) / 2;
  return panned(viewport, dx, dy, size);
}

function within(left: number, top: number, share: number, size: Size): Viewport {
  if (share >= 1) return whole(size);
  const width = share * size.width;
  const height = share * size.height;
  const x = Math.min(Math.max(0, left), size.width - width);
  const y = Math.min(Math.max(0, top), size.height - height);
  // The sum may exceed the picture by a rounding error, which the kernel would refuse.
  return {
    left: x,
    top: y,
    right: Math.min(size.width, x + width),
    bottom: Math.min(size.height, y + height),
  };
}
