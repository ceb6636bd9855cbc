import { beforeEach, describe, expect, it } from "vitest";
import { ControlList } from "../../src/controls/control_list";
import type { Measures } from "../../src/wire/protocol";
import { begin, files, wire } from "../senders";

beforeEach(begin);

const measures = (...items: string[]): Measures => ({
  kind: "measures",
  id: "measures:###a b",
  label: "Prediction to Truth",
  items,
});

describe("the metrics of a pair", () => {
  it("stand in a line that is named after the pair, and follow the kernel", () => {
    const controls = new ControlList(document.createElement("div"), "p", wire, files);
    controls.set([measures()]);
    const line = controls.element.querySelector(".vw-measures") as HTMLElement;
    expect(line.getAttribute("aria-label")).toBe("Prediction to Truth");
    const shown = () => [...line.querySelectorAll(".vw-measure")].map((item) => item.textContent);
    expect(shown()).toEqual([]);
    controls.patch({ panel: "p", changed: [measures("PSNR 31.20 dB", "SSIM 0.9100")], order: null });
    const [first] = line.querySelectorAll(".vw-measure");
    controls.patch({ panel: "p", changed: [measures("PSNR 31.30 dB")], order: null });
    expect(shown()).toEqual(["PSNR 31.30 dB"]);
    expect(line.querySelector(".vw-measure")).toBe(first);
  });
});
