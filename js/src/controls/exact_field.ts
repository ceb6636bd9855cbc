// A field for an exact value, beside something that is quicker to the hand.

export interface Exact {
  /** A hand is on it. */
  hold(): void;
  /** What the field shows where nobody types. */
  text(): string;
  /** Something is typed. */
  edited(): void;
  /** What stands in the field is meant. */
  typed(): void;
  /** The hand has left. */
  release(): void;
}

/** What is typed holds on Enter and where the focus leaves a changed field; Escape takes it back. After either the field
 * shows what comes, until there is typed again. */
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
    if (event.key === "Enter") value.typed();
    if (event.key === "Enter" || event.key === "Escape") leave();
  });
}
