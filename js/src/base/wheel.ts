// How far a wheel was turned, whatever unit the browser reports.

/** How far one notch scrolls, by `WheelEvent.deltaMode`: in pixels, lines or pages. */
const NOTCH = [100, 3, 1];

/** The notches of a wheel, positive towards the user. */
export function notches(event: WheelEvent): number {
  return event.deltaY / (NOTCH[event.deltaMode] ?? 1);
}
