// A field for an exact value, beside something that is quicker to the hand.

export interface Exact {
  /** A hand is on it. */
  hold(): void;
  /** What the field shows where nobody types. */
  text(): string;
  /** What stands in the field is meant. */
  typed(): void;
  /** The hand has left. */
  release(): void;
}

/** What is typed holds on Enter and where the focus leaves a changed field; Escape takes it back. */
export function listenToField(field: HTMLInputElement, value: Exact): void {
  field.addEventListener("focus", () => {
    value.hold();
    field.select();
  });
  field.addEventListener("change", () => value.typed());
  field.addEventListener("blur", () => {
    field.value = value.text();
    value.release();
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") value.typed();
    else if (event.key === "Escape") field.value = value.text();
  });
}
