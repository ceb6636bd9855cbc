// Detects the end of a press, wherever the pointer is by then.

const KINDS = ["pointerup", "pointercancel", "pointermove"] as const;

/** Calls `over` once the pointer that `event` pressed is released. A context menu or an open list may swallow its
 *  `pointerup`, so a move with no button pressed counts, too. Returns a function that stops waiting. */
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
