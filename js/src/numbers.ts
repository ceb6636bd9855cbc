// Numbers as people read them.

/** About `digits` significant digits, never fewer than the whole part; exponents where zeros would hide the number. */
export function short(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size < 1e-3 || size >= 1e6) {
    const [mantissa = "", exponent = "0"] = value.toExponential(Math.max(0, digits - 1)).split("e");
    return `${trimmed(mantissa)}e${Number(exponent)}`;
  }
  const whole = Math.floor(Math.log10(size)) + 1;
  return trimmed(value.toFixed(Math.max(0, digits - whole)));
}

/** Always `decimals` decimals, so that a number that changes does not make what follows it jump. */
export function fixed(value: number, decimals: number): string {
  return Number.isFinite(value) ? value.toFixed(decimals) : "–";
}

/** Thousands in groups: 12,345. */
export function grouped(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function trimmed(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
