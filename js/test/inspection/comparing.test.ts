import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Comparing } from "../../src/inspection/comparing";
import { PictureView } from "../../src/pictures/picture";
import { Kept } from "../../src/wire/kept";
import type { Compared } from "../../src/wire/protocol";
import { canvas, FakeObserver } from "../hosts";

const wire = { client: "me", send: () => {} };
const root = document.createElement("div");
let comparing: Comparing;
let pictures: PictureView[];

const asked: Compared = {
  canvas: "GT/image",
  other: "Output/image",
  mode: "wipe",
  difference: "absolute",
  gain: 1,
  colormap: "",
  colors: "",
};
const menu = () => root.querySelector(".vw-menu");
const press = (selector: string) => root.querySelector<HTMLElement>(selector)?.click();

beforeEach(() => {
  vi.stubGlobal("ResizeObserver", FakeObserver);
  FakeObserver.all = [];
  root.className = "vw-root";
  document.body.append(root);
  pictures = ["GT", "Output", "Third"].map(
    (name) => new PictureView(canvas(name), wire, { resized: () => {}, lost: () => {} }),
  );
  root.append(...pictures.map(({ element }) => element));
  for (const picture of pictures) picture.captionTools();
  comparing = new Comparing(wire, new Kept());
  comparing.update(pictures, [asked]);
});

afterEach(() => {
  comparing.destroy();
  root.replaceChildren();
  vi.unstubAllGlobals();
});

it("leaves a picture's menu open when a comparison ends", () => {
  press("[aria-label='Menu of image']");
  expect(menu()).not.toBeNull();
  comparing.update(pictures, []);
  expect(root.querySelector(".vw-compare")).toBeNull();
  expect(menu()).not.toBeNull();
});

it("closes the menu of a comparison that ends", () => {
  press(".vw-compare-button");
  expect(menu()).not.toBeNull();
  comparing.update(pictures, []);
  expect(menu()).toBeNull();
});
