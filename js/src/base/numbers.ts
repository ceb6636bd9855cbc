// Numbers as people read them.

/** About `digits` significant digits, never fewer than the whole part; exponents where zeros would hide the number. */
export function short(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (wantsExponent(size)) return exponential(value.toExponential(Math.max(0, digits - 1)));
  const whole = Math.floor(Math.log10(size)) + 1;
  return trimmed(value.toFixed(Math.max(0, digits - whole)));
}

/** All the digits that tell `value` from any other number, which are those that it was written with. */
export function full(value: number): string {
  return value !== 0 && wantsExponent(Math.abs(value)) ? exponential(value.toExponential()) : String(value);
}

/** As many of `digits` significant digits as there are: a number that can be typed again. */
export function exact(value: number, digits: number): string {
  const kept = Number(value.toPrecision(digits)); // without the rounding of sums: 0.1 + 0.2 is meant as 0.3
  return Math.abs(kept) < 1e-3 ? short(kept, digits) : String(kept);
}

const GROUPED = /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/;

/** What was typed as a number. A comma groups the digits of a `whole` number and is the decimal sign of any other; NaN
 *  for what is no number, and for what could be two: 1,234. */
export function typed(text: string, whole: boolean): number {
  const bare = text.trim();
  const groups = GROUPED.test(bare);
  if (bare === "" || (groups && !whole)) return Number.NaN;
  return Number(groups ? bare.replaceAll(",", "") : whole ? bare : bare.replace(",", "."));
}

/** Always `decimals` decimals, so that a number that changes does not make what follows it jump. */
export function fixed(value: number, decimals: number): string {
  return Number.isFinite(value) ? value.toFixed(decimals) : "–";
}

/** Thousands in groups: 12,345. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
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
