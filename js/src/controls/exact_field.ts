// A text field for an exact value, next to a quicker input such as a track.

export interface Exact {
  /** The field got the focus or was edited. */
  hold(): void;
  /** The text of the field when it is not being edited. */
  text(): string;
  /** The text is being edited. */
  edited(): void;
  /** The text was committed. */
  typed(): void;
  /** Editing has ended. */
  release(): void;
}

/** Commits the text on Enter and when a changed field loses the focus. Escape reverts it. After either, the field shows
 * new values until it is edited again. */
export function listenToField(field: HTMLInputElement, value: Exact): void {
  field.addEventListener("focus", () => {
    value.hold();
    field.select();
  });
  const leave = () => {
    field.value = value.text();
    value.release();
  };
  field.addEventListener("input", () => {
    value.hold();
    value.edited();
  });
  field.addEventListener("change", () => value.typed());
  field.addEventListener("blur", leave);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return; // an input method takes the key
    if (event.key === "Enter") value.typed();
    if (event.key === "Enter" || event.key === "Escape") leave();
  });
}
