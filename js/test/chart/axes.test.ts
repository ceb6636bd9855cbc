import { expect, it } from "vitest";
import { axesOf, measured } from "../../src/chart/axes";

it.each([
  ["train/loss", "loss"],
  ["val/loss", "loss"],
  ["val_loss", "loss"],
  ["eval_loss", "loss"],
  ["loss", "loss"],
  ["test", "test"],
  ["train/", "train/"],
  ["loss · rank 1", "loss"],
  ["val/loss · run/7 · rank 0", "loss"],
  [" · rank 1", " · rank 1"],
])("takes %s for a %s", (name, what) => expect(measured(name)).toBe(what));

it("gives each thing an axis, in the order of the series", () => {
  expect(axesOf(["val/psnr", "train/loss", "val/loss"], false)).toEqual({
    names: ["psnr", "loss"],
    of: [0, 1, 1],
  });
  expect(axesOf(["loss", "psnr"], true).of).toEqual([0, 0]);
});
