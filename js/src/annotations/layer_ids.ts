// Layer ids of labelled canvases, built the same way as in `vultorch_widget/annotations/layers.py`.

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
