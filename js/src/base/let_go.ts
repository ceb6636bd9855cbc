// Detects the presses that begin a drag, and their end, wherever the pointer is by then.

/** Calls `begin` with each press on `node` that may become a drag: of the main button, a finger or a pen. Other buttons
 *  open menus, which may swallow their release. */
export function whenPressed(node: HTMLElement, begin: (event: PointerEvent) => void): void {
  node.addEventListener("pointerdown", (event) => {
    if (event.button === 0) begin(event);
  });
}

/** Whether the main button is down, as a pointer moves. */
export function drags({ buttons }: PointerEvent): boolean {
  return (buttons & 1) !== 0;
}

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
