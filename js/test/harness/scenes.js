// Scenes for the harness: what a kernel would say of a few views.

const canvas = (panel, name, extra = {}) => ({
  id: `${panel}/${name}`,
  name,
  filter: "linear",
  fit: "contain",
  width: 256,
  height: 256,
  detail: "float32 · cpu",
  error: "",
  pointer: "off",
  link: null,
  legends: [],
  ...extra,
});
const panel = (name, canvases = [canvas(name, "image")], controls = []) => ({
  id: name,
  name,
  canvases,
  controls,
});
const leaf = (name) => ({ kind: "leaf", panel: name });
const held = { origin: "", revision: 0 };

// As the kernel sends a label: what is shown of it, and all of it in the id.
const called = (kind, label) => ({ kind, id: `${kind}:${label}`, label: label.split("##")[0] });

const slider = (label, value, extra = {}) => ({
  ...called("slider", label),
  min: 1e-5,
  max: 0.1,
  log: true,
  step: 0,
  initial: 1e-3,
  value,
  ...held,
  ...extra,
});
const integer = (label, value, min = 1, max = 64) => ({
  ...called("slider_int", label),
  min,
  max,
  initial: 4,
  value,
  ...held,
});
const text = (content, id = "text:0") => ({ kind: "text", id, text: content });
const tick = (label, value) => ({ ...called("checkbox", label), value, ...held });
const combo = (label, items) => ({ ...called("combo", label), items, value: 0, ...held });
const button = (label) => ({ ...called("button", label), width: 0, height: 0 });
const rule = (id) => ({ kind: "separator", id });
const wave = Array.from({ length: 80 }, (_, i) => (i === 40 ? null : Math.exp(-i / 30) + 0.05 * Math.sin(i)));
const plot = {
  kind: "plot",
  id: "plot:0",
  label: "gradient norm",
  overlay: "last 80 steps",
  curves: [{ name: "", values: wave, length: 80 }],
  width: 0,
  height: 80,
};

const training = [slider("learning rate", 2e-3), integer("steps per frame", 6)];
const all = [
  text("hidden width 64, 12,739 parameters"),
  slider("learning rate", 2e-3),
  slider("weight decay of the first layer, which has a rather long label", 0.25, {
    min: 0,
    max: 1,
    log: false,
  }),
  slider("dropout", 0.3, { min: 0, max: 1, log: false, step: 0.05 }),
  integer("steps per frame", 6),
  tick("show the error", true),
  tick("freeze the first layer", false),
  rule("separator:0"),
  combo("optimiser", [
    "Adam",
    "AdamW",
    "SGD with momentum",
    "a choice with a name that is much too long for its box",
  ]),
  { kind: "progress", id: "progress:0", fraction: 0.42, overlay: "epoch 42 of 100" },
  plot,
  button("Reset weights"),
  button("Save a checkpoint"),
];

const long = "weights_of_the_first_layer_".repeat(6);
const path = `/data/experiments/${"a_run_with_a_very_long_name_".repeat(4)}/film.mp4`;
const names = [
  slider("##lr", 0.25, { min: 0, max: 1, log: false }),
  combo("##optimiser", ["Adam", "SGD"]),
  tick(long, true),
  button(long),
  combo(long, ["Adam", "SGD"]),
  { ...plot, label: long, curves: [{ ...plot.curves[0], name: long }] },
  { kind: "progress", id: "progress:0", fraction: 0.42, overlay: "epoch 42 of 100" },
];

const linear = { log: false, step: 0 };
const line = (label, values, extra = {}) => ({
  ...plot,
  ...called("plot", label),
  overlay: "",
  curves: [{ name: "", values, length: values.length }],
  ...extra,
});
const few = [...Array(8).keys()].map((i) => ({
  name: `run ${i}`,
  values: [null, i, null, 8 - i],
  length: 4,
}));
const exact = [
  slider("decay of the average", 0.9992345, { min: 0.999, max: 0.9999 }),
  slider("far from zero", 1_000_000.996, { min: 1e6, max: 1e6 + 1, ...linear }),
  integer("seed", 2 ** 53 - 1, 0, 2 ** 53),
  slider("share", 0.25, { min: 0, max: 1, ...linear }),
  line("one value", [3], { width: 200 }),
  line("with gaps", [1, null, 3, null, null, 2, 4, null, 1], { width: 240 }),
  line("eight series", [], { curves: few, height: 60 }),
  line("all of it", wave),
];

const scene = (layout, panels, notices = []) => ({
  kind: "scene",
  protocol: 1,
  title: "Fit an image",
  width: 1280,
  height: 720,
  layout,
  panels,
  notices,
  compared: [],
});
const row = (weights, ...children) => ({ kind: "split", direction: "row", weights, children });
const column = (weights, ...children) => ({ kind: "split", direction: "column", weights, children });
const pair = row([0.5, 0.5], leaf("GT"), leaf("Training Output"));

export const scenes = {
  training: scene(pair, [panel("GT"), panel("Training Output", undefined, training)]),
  controls: scene(
    pair,
    [panel("GT"), panel("Training Output", undefined, all)],
    [
      "Vulkan was not found, so pictures are composited by torch. `apt install mesa-vulkan-drivers` installs a software driver.",
    ],
  ),
  sidebar: scene(row([0.22, 0.39, 0.39], leaf("Settings"), leaf("GT"), leaf("Training Output")), [
    panel("Settings", [], all),
    panel("GT"),
    panel("Training Output"),
  ]),
  grid: scene(
    column(
      [0.5, 0.5],
      pair,
      row([0.5, 0.5], leaf("Error, absolute, multiplied by four"), leaf("Nothing yet")),
    ),
    [
      panel("GT"),
      panel("Training Output"),
      panel("Error, absolute, multiplied by four", [
        canvas("Error, absolute, multiplied by four", "image", { filter: "nearest", width: 32, height: 32 }),
      ]),
      panel(
        "Nothing yet",
        [canvas("Nothing yet", "image", { width: 0, height: 0, detail: "" })],
        [integer("layer", 3, 0, 7)],
      ),
    ],
  ),
  several: scene(leaf("Layers"), [
    panel(
      "Layers",
      ["first", "second", "third"]
        .map((name) => canvas("Layers", name))
        .concat([
          canvas("Layers", "broken", {
            error: "a tensor of shape (2, 3, 4, 5) is not a picture; (H, W) or (H, W, 1|3|4) is",
          }),
        ]),
    ),
  ]),
  wide: scene(leaf("Panorama"), [
    panel("Panorama", [canvas("Panorama", "image", { width: 2048, height: 512 })], training),
  ]),
  names: scene(leaf("Settings"), [panel("Settings", [], names)], [`Not recorded: ${path}`]),
  exact: scene(leaf("Settings"), [panel("Settings", [], exact)]),
  nothing: scene(null, []),
};
