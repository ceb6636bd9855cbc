// Generated from vultorch_widget/transport/messages.py by `make protocol`. Do not edit.

export const PROTOCOL_VERSION = 2;

/** The whole structure of a view. Sent to a page that has said `Ready` and whenever the structure changes. ``width`` and ``height`` are the view's nominal size in CSS pixels; a page narrower than that scales the height with the width. ``notices`` are sentences for the user, such as why a slower back end is in use. */
export interface Scene {
  kind: "scene";
  protocol: number;
  title: string;
  width: number;
  height: number;
  layout: Leaf | Split | null;
  panels: PanelSpec[];
  notices: string[];
}

/** A panel's place in the layout. */
export interface Leaf {
  kind: "leaf";
  panel: string;
}

/** Children side by side (``row``) or one above the other (``column``); ``weights``, their shares, sum to 1. */
export interface Split {
  kind: "split";
  direction: "row" | "column";
  weights: number[];
  children: (Leaf | Split)[];
}

/** A panel: its canvases above, its controls below them. */
export interface PanelSpec {
  id: string;
  name: string;
  canvases: CanvasSpec[];
  controls: (Text | TextColored | TextWrapped | Row | Separator | Button | RecordButton | FileDialog | SaveFileDialog | Checkbox | Slider | SliderInt | RangeSlider | Combo | ColorPicker | InputText | Progress | Plot)[];
}

/** A canvas as the page lays it out. ``width`` and ``height`` are texels of the bound tensor, 0 where there is none. ``fit``: ``contain`` fills the room and keeps the aspect ratio, ``stretch`` fills it altogether, ``natural`` shows one CSS pixel for each texel, less where the room is smaller. ``detail`` is a short description of the tensor (dtype, device); ``error`` says why it cannot be shown, if so. ``pointer``: whether pages tell what the pointer does on it, and whether it has the wheel, which then does not scroll the page. */
export interface CanvasSpec {
  id: string;
  name: string;
  filter: "nearest" | "linear";
  fit: "contain" | "stretch" | "natural";
  width: number;
  height: number;
  detail: string;
  error: string;
  pointer: "off" | "on" | "wheel";
}

/** A line of text. */
export interface Text {
  kind: "text";
  id: string;
  text: string;
}

/** A line of text in a colour: ``color`` is red, green, blue and opacity, 0..1 each. */
export interface TextColored {
  kind: "text_colored";
  id: string;
  text: string;
  color: number[];
}

/** A paragraph: breaks between words; runs of spaces are one, line breaks are kept. */
export interface TextWrapped {
  kind: "text_wrapped";
  id: string;
  text: string;
}

/** Controls that stand side by side: ``controls`` are the ids of those, which are listed after it. */
export interface Row {
  kind: "row";
  id: string;
  controls: string[];
}

/** A thin horizontal rule. */
export interface Separator {
  kind: "separator";
  id: string;
}

/** A push button. ``width`` and ``height`` are CSS pixels, 0 for the natural size. The last click that the kernel has taken is change ``revision`` of ``origin``. */
export interface Button {
  kind: "button";
  id: string;
  label: string;
  width: number;
  height: number;
  origin: string;
  revision: number;
}

/** A push button that starts a recording or stops it, whichever ``state`` allows; ``saving`` allows neither. The last click that the kernel has taken is change ``revision`` of ``origin``. */
export interface RecordButton {
  kind: "record_button";
  id: string;
  label: string;
  state: "ready" | "recording" | "saving";
  origin: string;
  revision: number;
}

/** A button by which a hand chooses a file that the page then sends, of ``most_bytes`` at most. ``extensions`` (lower case, with their dot) are what the browser proposes, none for any. ``name`` and ``size`` in bytes are those of the last file that arrived, empty where none did. ``title`` is a hint. */
export interface FileDialog {
  kind: "file_dialog";
  id: string;
  label: string;
  title: string;
  extensions: string[];
  most_bytes: number;
  name: string;
  size: number;
}

/** A name that is typed, ``suggested`` at first, and a button by which a hand asks for a file of that name. ``origin`` asked by its change ``revision``. Then ``state`` is ``asked`` until the program has written the file, of ``size`` bytes, to ``path`` on the kernel's machine. ``token`` is what to `Fetch` it by, empty while it is not there and where it is too large for that. ``title`` is a hint. */
export interface SaveFileDialog {
  kind: "save_file_dialog";
  id: string;
  label: string;
  title: string;
  suggested: string;
  state: "ready" | "asked" | "written";
  path: string;
  size: number;
  token: string;
  origin: string;
  revision: number;
}

/** A box that is ticked or not. */
export interface Checkbox {
  kind: "checkbox";
  id: string;
  label: string;
  value: boolean;
  origin: string;
  revision: number;
}

/** A float in ``min``..``max``. ``log`` spaces the track by ratio; ``step`` (0: free) is the grid of values. ``initial`` is the default, to which a hand can go back; None where a replay of an earlier version has none. */
export interface Slider {
  kind: "slider";
  id: string;
  label: string;
  min: number;
  max: number;
  log: boolean;
  step: number;
  initial: number | null;
  value: number;
  origin: string;
  revision: number;
}

/** An integer in ``min``..``max``, both included; ``initial`` as in `Slider`. */
export interface SliderInt {
  kind: "slider_int";
  id: string;
  label: string;
  min: number;
  max: number;
  initial: number | null;
  value: number;
  origin: string;
  revision: number;
}

/** Two floats in ``min``..``max``, the lower first. ``log`` and ``step`` as in `Slider`. ``value`` and ``initial``, to which a hand can go back, have both. */
export interface RangeSlider {
  kind: "range_slider";
  id: string;
  label: string;
  min: number;
  max: number;
  log: boolean;
  step: number;
  initial: number[];
  value: number[];
  origin: string;
  revision: number;
}

/** One of ``items``, chosen by its index ``value``. */
export interface Combo {
  kind: "combo";
  id: string;
  label: string;
  items: string[];
  value: number;
  origin: string;
  revision: number;
}

/** A colour: ``value`` is red, green and blue, 0..1 each. */
export interface ColorPicker {
  kind: "color_picker";
  id: string;
  label: string;
  value: number[];
  origin: string;
  revision: number;
}

/** A line that is typed, of ``max_length`` characters at most. */
export interface InputText {
  kind: "input_text";
  id: string;
  label: string;
  max_length: number;
  value: string;
  origin: string;
  revision: number;
}

/** A bar filled to ``fraction`` (0..1) with ``overlay`` written on it. */
export interface Progress {
  kind: "progress";
  id: string;
  fraction: number;
  overlay: string;
}

/** A small line plot, all curves on one scale. ``width`` 0 fills the panel. */
export interface Plot {
  kind: "plot";
  id: string;
  label: string;
  overlay: string;
  curves: Curve[];
  width: number;
  height: number;
}

/** One line of a plot. A value that is not finite is ``None`` and leaves a gap. ``length`` is how many values there were before some were left out; curves begin together and one that is shorter ends earlier. ``name`` is empty where the line has none. */
export interface Curve {
  name: string;
  values: (number | null)[];
  length: number;
}

/** Whatever is new since the message before. ``seq`` rises by one with every update that carries pictures. ``made`` is the kernel's clock, in seconds since the epoch, when the tensors of the pictures were ready. */
export interface Update {
  kind: "update";
  seq: number;
  made: number;
  pictures: Picture[];
  controls: ControlsPatch[];
  series: SeriesPatch[];
  status: Status | null;
}

/** The pixels of one canvas: ``buffer`` is the index of its JPEG or PNG file among the message's buffers. */
export interface Picture {
  canvas: string;
  width: number;
  height: number;
  format: "jpeg" | "png";
  lossless: boolean;
  buffer: number;
}

/** Changes in one panel's controls: ``changed`` replaces or adds by id; ``order`` lists all ids where it changed. */
export interface ControlsPatch {
  panel: string;
  changed: (Text | TextColored | TextWrapped | Row | Separator | Button | RecordButton | FileDialog | SaveFileDialog | Checkbox | Slider | SliderInt | RangeSlider | Combo | ColorPicker | InputText | Progress | Plot)[];
  order: string[] | null;
}

/** Points of one logged scalar. The page keeps its first ``start`` points and replaces the rest by these. Buffer ``buffer`` holds float64 little-endian rows (step, low, high, ema, last), one a point: the last of the steps that the point stands for, the extremes of their values, and after the last of them the exponential moving average and its value. */
export interface SeriesPatch {
  name: string;
  start: number;
  buffer: number;
}

/** What the status line and the toolbar show. ``tick_rate`` is ticks a second, 0 for as fast as they go; ``latency_ms`` is from tensors ready to painted, None until a page has reported. ``steps_per_second`` counts logged steps, ``ticks_per_second`` callbacks. */
export interface Status {
  state: "idle" | "running" | "paused" | "stopped" | "failed" | "closed";
  iteration: number;
  frame: number;
  seconds: number;
  steps_per_second: number;
  ticks_per_second: number;
  shown_per_second: number;
  latency_ms: number | null;
  tick_rate: number;
  can_reset: boolean;
  backend: string;
  backend_detail: string;
  failure: Failure | null;
  recordings: RecordingStatus[];
}

/** An exception in a callback: ``where`` it was raised, its one-line ``summary``, and the whole ``traceback``. */
export interface Failure {
  where: string;
  summary: string;
  traceback: string;
}

/** A recording, while it is made and after: ``path`` on the kernel's machine, ``seconds`` and ``bytes`` so far. ``token`` is what to `Fetch` the file by, empty until it is saved and where it is too large for that. */
export interface RecordingStatus {
  subject: string;
  path: string;
  state: "recording" | "saving" | "saved" | "failed" | "empty";
  frames: number;
  seconds: number;
  bytes: number;
  token: string;
}

/** A part of a file, for the page that asked for it by `Fetch`: buffer ``buffer`` is what begins at ``offset``. ``size`` is that of the whole file. Where ``error`` is not empty there is no buffer, and nothing more to ask for. */
export interface Chunk {
  kind: "chunk";
  client: string;
  token: string;
  name: string;
  size: number;
  offset: number;
  buffer: number;
  error: string;
}

/** The answer to each `Upload`: ``bytes`` of the file are there. With an ``error`` it is given up. */
export interface Received {
  kind: "received";
  client: string;
  upload: string;
  bytes: number;
  error: string;
}

/** The kernel hears the page, and its main thread has no time to answer: it has been in a frame for ``seconds``, or does something else (0). Sent by the thread that hears pages, where there is one, and on the comm that pages speak on. */
export interface Busy {
  kind: "busy";
  client: string;
  seconds: number;
}

/** A page has been laid out and wants a `Scene`. ``client`` is its own random name, new with every rendering. */
export interface Ready {
  kind: "ready";
  client: string;
  protocol: number;
}

/** The room that a page has for its canvases, sent when it has changed. */
export interface Resize {
  kind: "resize";
  client: string;
  sizes: CanvasSize[];
}

/** Device pixels that a page has for one canvas. */
export interface CanvasSize {
  canvas: string;
  width: number;
  height: number;
}

/** What a page has painted: the highest ``seq``, how many milliseconds ago, and how many frames in all. ``visible`` is whether the view is on a screen. Sent at once when that changes or the page has waited long for an update, else at most four times a second, or every two seconds while it paints all that comes: the next follows within ``next_ms`` if anything is painted. ``resync`` asks for whole pictures: the page cannot trust what it shows. ``beat_ms`` is the time between two refreshes of the display, and ``early_ms`` how much later frames could be sent and still be there in time for the same refresh, below zero where they come too late. Unknown, both are 0. */
export interface Report {
  kind: "report";
  client: string;
  seq: number;
  age_ms: number;
  painted: number;
  visible: boolean;
  resync: boolean;
  next_ms: number;
  beat_ms: number;
  early_ms: number;
}

/** A hand on a control. ``revision`` is the page's own count of its changes to this control, from 1. */
export interface SetControl {
  kind: "set_control";
  client: string;
  panel: string;
  control: string;
  value: boolean | number | string | number[];
  revision: number;
}

/** What a pointer did on a canvas whose ``pointer`` is not ``off``. ``x`` and ``y`` are texels from the left top corner of the picture, which may lie elsewhere. Moves are sent once an animation frame at most. ``button`` is the one that ``press``, ``release`` and ``click`` are about, ``buttons`` are those that are down after it; ``wheel`` counts notches, positive away from the user. ``stroke`` is the page's own count of presses: only moves of one stroke may stand in for each other. */
export interface Pointed {
  kind: "pointed";
  client: string;
  canvas: string;
  action: "move" | "press" | "release" | "click" | "wheel" | "leave";
  x: number;
  y: number;
  button: "" | "left" | "middle" | "right";
  buttons: ("left" | "middle" | "right")[];
  wheel: number;
  modifiers: ("shift" | "ctrl" | "alt" | "meta")[];
  stroke: number;
}

/** A toolbar button, or ``save``: the host saves the notebook, and what it keeps of the view is to be as of now. ``value`` is the rate for ``tick_rate`` and 0 elsewhere. */
export interface Command {
  kind: "command";
  client: string;
  name: "pause" | "resume" | "step" | "stop" | "reset" | "tick_rate" | "save";
  value: number;
}

/** A page wants the part of a file from ``offset`` on. ``token`` is the kernel's own word for the file. */
export interface Fetch {
  kind: "fetch";
  client: string;
  token: string;
  offset: number;
}

/** A part of a file for a file dialog: buffer ``buffer`` is what begins at ``offset``. `Received` answers each. ``upload`` is the page's own word for it, new with every file; ``name`` and ``size``, in bytes, are of the whole. */
export interface Upload {
  kind: "upload";
  client: string;
  panel: string;
  control: string;
  upload: string;
  name: string;
  size: number;
  offset: number;
  buffer: number;
}

/** A page will not send the rest of a file. */
export interface CancelUpload {
  kind: "cancel_upload";
  client: string;
  upload: string;
}

/** A page has taken its view down. */
export interface Gone {
  kind: "gone";
  client: string;
}

export type Control = Text | TextColored | TextWrapped | Row | Separator | Button | RecordButton | FileDialog | SaveFileDialog | Checkbox | Slider | SliderInt | RangeSlider | Combo | ColorPicker | InputText | Progress | Plot;

export type KernelMessage = Scene | Update | Chunk | Received | Busy;

export type ClientMessage = Ready | Resize | Report | SetControl | Pointed | Command | Fetch | Upload | CancelUpload | Gone;
