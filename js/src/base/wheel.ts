// How far a wheel was turned, whatever the browser counts in.

/** What a notch scrolls in pixels, lines or pages, by `WheelEvent.deltaMode`. */
const NOTCH = [100, 3, 1];

/** The notches of a wheel, positive towards the user. */
export function notches(event: WheelEvent): number {
  return event.deltaY / (NOTCH[event.deltaMode] ?? 1);
}
