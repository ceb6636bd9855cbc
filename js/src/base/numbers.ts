// Numbers as text, and text as numbers.

/** Formats with about `digits` significant digits, but always the whole integer part. Uses an exponent below 1e-3 and
 *  from 1e6 up. */
export function short(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (wantsExponent(size)) return exponential(value.toExponential(Math.max(0, digits - 1)));
  const whole = Math.floor(Math.log10(size)) + 1;
  return trimmed(value.toFixed(Math.max(0, digits - whole)));
}

/** Formats with just enough digits to read the same number back. */
export function full(value: number): string {
  return value !== 0 && wantsExponent(Math.abs(value)) ? exponential(value.toExponential()) : String(value);
}

/** Formats with at most `digits` significant digits, in a form that can be typed back in. */
export function exact(value: number, digits: number): string {
  const kept = Number(value.toPrecision(digits)); // drops rounding errors: 0.1 + 0.2 becomes 0.3
  return Math.abs(kept) < 1e-3 ? short(kept, digits) : String(kept);
}

/** `text` with its digits, signs and commas in ASCII. Chinese and Japanese input methods produce full-width ones. */
export function narrowed(text: string): string {
  return text
    .replace(/[！-～]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .replace(/[、。−]/g, (sign) => ({ "、": ",", "。": ".", "−": "-" })[sign] ?? sign);
}

const GROUPED = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/;

/** Parses what a user typed. A comma groups the digits of a `whole` number and is the decimal sign of any other number.
 *  Returns NaN for anything that is not a number or is ambiguous, such as 1,234. */
export function typed(text: string, whole: boolean): number {
  const bare = narrowed(text).trim();
  const groups = GROUPED.test(bare);
  if (bare === "" || (groups && !whole)) return Number.NaN;
  return Number(groups ? bare.replaceAll(",", "") : whole ? bare : bare.replace(",", "."));
}

/** Formats with exactly `decimals` decimals, so that text after a changing number does not jump. */
export function fixed(value: number, decimals: number): string {
  return Number.isFinite(value) ? value.toFixed(decimals) : "–";
}

/** Rounds to a whole number and groups its thousands: 12,345. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** The value of a control as a short text. */
export function spoken(value: unknown): string {
  if (typeof value === "number") return short(value);
  if (typeof value === "boolean") return value ? "on" : "off";
  if (Array.isArray(value)) return value.map(spoken).join(" to ");
  return typeof value === "string" ? value.slice(0, 40) : JSON.stringify(value);
}

function wantsExponent(size: number): boolean {
  return size < 1e-3 || size >= 1e6;
}

function exponential(text: string): string {
  const [mantissa = "", exponent = "0"] = text.split("e");
  return `${trimmed(mantissa)}e${Number(exponent)}`;
}

function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
