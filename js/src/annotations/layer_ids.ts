// The ids of the layers of canvases with labels, as `vultorch_widget/annotations/layers.py` makes them.

export const LABELS = "%labels/";
export const UNDER = "%under/";
export const OVERLAY = "%overlay/";

/** Whether `id` names a layer, rather than a canvas. */
export function isLayer(id: string): boolean {
  return id.startsWith("%");
}

/** The layers that the canvas `id` may have. */
export function layersOf(id: string): string[] {
  return [LABELS, UNDER, OVERLAY].map((layer) => layer + id);
}
