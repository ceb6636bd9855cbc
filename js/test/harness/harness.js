import make from "../../../vultorch_widget/static/widget.js";
import { scenes } from "./scenes.js";

const query = new URLSearchParams(location.search);
const wanted = scenes[query.get("scene") ?? "training"];
const state = query.get("state") ?? "running";
const theme = query.get("theme");
if (theme) document.body.dataset.jpThemeLight = String(theme === "light");
const cell = document.getElementById("cell");
if (query.has("width")) cell.style.width = `${query.get("width")}px`;

const listeners = new Map();
const sent = [];
let live = null; // the page that said it was ready
const input = { comm_live: state !== "absent", on() {}, off() {}, send: hear };
const model = {
  get: (name) => ({ _input: "IPY_MODEL_1", _poster: query.get("poster") ?? "" })[name],
  send: hear,
  on: (event, callback) => listeners.set(event, [...(listeners.get(event) ?? []), callback]),
  off: (event, callback) =>
    listeners.set(
      event,
      (listeners.get(event) ?? []).filter((known) => known !== callback),
    ),
  widget_manager: { get_model: async () => input },
};
const post = (content, buffers = []) => {
  for (const callback of listeners.get("msg:custom") ?? []) callback(content, buffers);
};

function hear(message) {
  sent.push(message);
  if (state === "absent") return;
  if (message.kind === "ready") {
    live = message.client;
    post({ ...structuredClone(wanted), protocol: message.protocol });
  } else if (message.kind === "set_control") echo(message);
  else if (message.kind === "command") command(message);
}

function echo({ client, panel, control, value, revision }) {
  const spec = wanted.panels
    .find((known) => known.id === panel)
    .controls.find((known) => known.id === control);
  Object.assign(spec, { origin: client, revision });
  if (spec.kind !== "button") spec.value = value;
  setTimeout(() => post(update({ controls: [{ panel, changed: [{ ...spec }], order: null }] })), 60);
}

function command({ name, value }) {
  if (name === "pause" || name === "stop") status.state = name === "pause" ? "paused" : "stopped";
  if (name === "resume") Object.assign(status, { state: "running", failure: null });
  if (name === "tick_rate") status.tick_rate = value;
  post(update({ status: { ...status } }));
}

const traceback = `Traceback (most recent call last):
  File "<ipython-input-7>", line 14, in train
    prediction = model(coordinates)
  File "torch/nn/modules/linear.py", line 125, in forward
    return F.linear(input, self.weight, self.bias)
RuntimeError: mat1 and mat2 shapes cannot be multiplied (65536x2 and 3x64)`;
const status = {
  state,
  iteration: 12345,
  frame: 2057,
  seconds: 83.2,
  steps_per_second: 148.3,
  ticks_per_second: 24.7,
  shown_per_second: 24.6,
  latency_ms: 9.4,
  tick_rate: 0,
  can_reset: true,
  recordings: [],
  backend: "Vulkan · llvmpipe (LLVM 15.0.6, 256 bits) · JPEG 85 (simplejpeg)",
  backend_detail: "Mesa 22.3.6, zero-copy",
  failure:
    state !== "failed"
      ? null
      : {
          where: "view.on_frame",
          traceback,
          summary: "RuntimeError: mat1 and mat2 shapes cannot be multiplied (65536x2 and 3x64)",
        },
};
const update = (news) => ({
  kind: "update",
  seq: 0,
  made: Date.now() / 1000,
  pictures: [],
  controls: [],
  annotations: [],
  series: [],
  status: null,
  ...news,
});

function draw(width, height, blur) {
  const surface = new OffscreenCanvas(width, height);
  const pen = surface.getContext("2d");
  pen.filter = blur > 0.3 ? `blur(${blur}px)` : "none";
  const sky = pen.createLinearGradient(0, 0, width, height);
  sky.addColorStop(0, "#12355b");
  sky.addColorStop(1, "#2a9d8f");
  pen.fillStyle = sky;
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = "#e9c46a";
  pen.beginPath();
  pen.arc(width * 0.35, height * 0.4, height * 0.22, 0, 7);
  pen.fill();
  pen.fillStyle = "#e76f51";
  pen.fillRect(width * 0.5, height * 0.5, width * 0.3, height * 0.3);
  pen.fillStyle = "#fff";
  pen.font = `600 ${height / 9}px sans-serif`;
  pen.fillText("learn", width * 0.1, height * 0.9);
  return surface;
}

async function pictures(seq) {
  const specs = wanted.panels
    .flatMap((panel) => panel.canvases)
    .filter((spec) => spec.width > 0 && !spec.error);
  const blur = 14 * Math.exp(-seq / 40);
  const files = await Promise.all(
    specs.map(async (spec) => {
      const surface = draw(spec.width, spec.height, spec.id.startsWith("GT") ? 0 : blur);
      return new DataView(await (await surface.convertToBlob({ type: "image/png" })).arrayBuffer());
    }),
  );
  const list = specs.map(({ id, width, height }, buffer) => ({
    canvas: id,
    width,
    height,
    format: "png",
    lossless: true,
    buffer,
  }));
  return { list, files };
}

function points(from, to, scale) {
  const rows = new Float64Array(5 * (to - from));
  for (let i = from; i < to; i++) {
    const ema = scale * (0.3 * Math.exp(-i / 120) + 0.002);
    const noise = ema * (0.3 + 0.2 * Math.sin(i * 12.9898));
    rows.set([i * 6, ema - noise * 0.6, ema + noise, ema, ema + noise * Math.sin(i * 7.7)], 5 * (i - from));
  }
  return new DataView(rows.buffer);
}

let seq = 0;
let logged = 0;
async function frame() {
  seq += 1;
  const { list, files } = await pictures(seq);
  const series = [];
  const until = Math.max(logged, Math.min(1500, query.has("short") ? 1 : 400 + seq * 2));
  if (until > logged && query.get("scene") !== "nothing") {
    for (const [name, scale] of query.has("series")
      ? [
          ["loss", 1],
          ["validation", 1.6],
          ["rgb error", 0.4],
        ]
      : [["loss", 1]]) {
      series.push({ name, start: logged, buffer: files.length });
      files.push(points(logged, until, scale));
    }
    logged = until;
  }
  status.iteration += 6;
  post(update({ seq, pictures: list, series, status: seq % 8 === 1 ? { ...status } : null }), files);
}

const widget = make();
let cleanup = await widget.render({ model, el: cell });
globalThis.harness = {
  sent,
  post,
  status,
  update,
  frame,
  points,
  scene: wanted,
  listeners,
  get client() {
    return live;
  },
  async destroy() {
    await cleanup?.();
    cleanup = null;
  },
  async show() {
    cleanup = await widget.render({ model, el: cell });
  },
};
if (state !== "absent" && state !== "waiting") {
  const still = Number(query.get("frames") ?? 60);
  for (let i = 0; i < still; i++) {
    await frame();
    await new Promise((resolve) => setTimeout(resolve, 16));
  }
}
document.body.dataset.done = "true";
