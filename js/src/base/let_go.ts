// The end of a press, wherever the pointer is by then.

const KINDS = ["pointerup", "pointercancel", "pointermove"] as const;

/** Calls `over` once the pointer of `event`, which was put down, has been let go. A context menu or an open list may
 *  swallow its `pointerup`, so a move without buttons tells it, too. Returns a function that stops the waiting. */
export function whenLetGo({ pointerId }: PointerEvent, over: () => void): () => void {
  const listening = new AbortController();
  const hear = (event: PointerEvent) => {
    if (event.pointerId !== pointerId || (event.type === "pointermove" && event.buttons !== 0)) return;
    listening.abort();
    over();
  };
  for (const kind of KINDS) addEventListener(kind, hear, { capture: true, signal: listening.signal });
  return () => listening.abort();
}
