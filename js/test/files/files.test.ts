import { expect, it } from "vitest";
import { sizeText } from "../../src/files/files";

it("sizes have the usual units", () => {
  expect([0, 1, 999, 1000, 12_345, 999_999, 1_000_000].map(sizeText)).toEqual([
    "0 bytes",
    "1 byte",
    "999 bytes",
    "1.0 kB",
    "12 kB",
    "1000 kB",
    "1.0 MB",
  ]);
});
