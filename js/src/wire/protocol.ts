// Generated from vultorch_widget/protocol/messages.py by `make protocol`. Do not edit.

export const PROTOCOL_VERSION = 2;

/** The whole structure of a view. Sent in reply to `Ready`, and whenever the structure changes. ``width`` and ``height`` are the view's nominal size in CSS pixels; a narrower page scales the height in proportion. ``notices`` are sentences for the user, such as why a slower back end is in use. */
export interface Scene {
  kind: "scene";
  protocol: number;
  title: string;
  width: number;
  height: number;
  layout: Leaf | Split | null;
  panels: PanelSpec[];
  notices: string[];
  compared: Compared[];
}

/** A panel's place in the layout. */
export interface Leaf {
  kind: "leaf";
  panel: string;
}

/** Children side by side (``row``) or one above the other (``column``). ``weights`` are their shares and sum to 1. */
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
  controls: (Text | TextColored | TextWrapped | Row | Separator | Button | RecordButton | FileDialog | SaveFileDialog | Checkbox | Slider | SliderInt | RangeSlider | Combo | ColorPicker | InputText | Progress | Plot | Measures | Network)[];
}

/** A canvas in a panel. ``width`` and ``height`` are texels of the bound tensor, 0 without one. ``fit``: ``contain`` fills the available space and keeps the aspect ratio, ``stretch`` fills it completely, ``natural`` shows one CSS pixel per texel, or less if there is not enough space. ``detail`` briefly describes the tensor (dtype, device); ``error`` says why it cannot be shown, and is otherwise empty. ``pointer``: whether pages send pointer events on it, and whether these include the wheel, which then does not scroll the page. ``link``: canvases of the same size and ``link`` zoom and pan together; one with None moves alone. */
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
  legends: Legend[];
  link: string | null;
}

/** The labels of a canvas's ``layer``: its picture, or the overlay over it. Label ``n`` is ``labels[n]``. ``alpha``: how opaque the labels are, 0..1; 1 for a picture. */
export interface Legend {
  layer: "picture" | "overlay";
  alpha: number;
  labels: LegendLabel[];
}

/** A label of a mask. ``color`` is as in ``#1f77b4``; a ``hidden`` one is not painted. */
export interface LegendLabel {
  name: string;
  color: string;
  hidden: boolean;
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

/** A paragraph. Lines wrap between words, runs of spaces collapse, and line breaks are kept. */
export interface TextWrapped {
  kind: "text_wrapped";
  id: string;
  text: string;
}

/** Controls shown side by side: ``controls`` holds their ids. They are listed after the row. */
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

/** A push button. ``width`` and ``height`` are in CSS pixels, 0 for the natural size. The last click that the kernel has handled is change ``revision`` of ``origin``. */
export interface Button {
  kind: "button";
  id: string;
  label: string;
  width: number;
  height: number;
  origin: string;
  revision: number;
}

/** A push button that starts or stops a recording, depending on ``state``; disabled while ``saving``. The last click that the kernel has handled is change ``revision`` of ``origin``. */
export interface RecordButton {
  kind: "record_button";
  id: string;
  label: string;
  state: "ready" | "recording" | "saving";
  origin: string;
  revision: number;
}

/** A button for choosing a file of at most ``most_bytes``, which the page then uploads. The browser proposes files with ``extensions`` (lower case, with the dot), or any if there are none. ``name`` and ``size`` in bytes describe the last file received; the name is empty before the first. ``title`` is a tooltip. */
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

/** A text field for a file name, initially ``suggested``, and a button that requests the file. The last request was change ``revision`` of ``origin``. After it, ``state`` is ``asked`` until the program has written the file, with ``size`` bytes, to ``path`` on the kernel's machine. ``token`` is for `Fetch`; it is empty while there is no file, or if the file is too large to fetch. ``title`` is a tooltip. */
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

/** A box that is checked or not. */
export interface Checkbox {
  kind: "checkbox";
  id: string;
  label: string;
  value: boolean;
  origin: string;
  revision: number;
}

/** A float in ``min``..``max``. ``log`` makes the track logarithmic; ``step`` is the grid of values, 0 for none. ``initial`` is the default, to which the user can reset it; None in replays of earlier versions. */
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

/** Two floats in ``min``..``max``, the lower first. ``log`` and ``step`` as in `Slider`. ``value`` is the pair, and ``initial`` the pair to which the user can reset it. */
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

/** One of ``items``, selected by its index ``value``. */
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

/** A text field for one line of at most ``max_length`` characters. */
export interface InputText {
  kind: "input_text";
  id: string;
  label: string;
  max_length: number;
  value: string;
  origin: string;
  revision: number;
}

/** A bar filled to ``fraction`` (0..1), with the text ``overlay``. */
export interface Progress {
  kind: "progress";
  id: string;
  fraction: number;
  overlay: string;
}

/** A small line plot with all curves on one scale. A ``width`` of 0 fills the panel. */
export interface Plot {
  kind: "plot";
  id: string;
  label: string;
  overlay: string;
  curves: Curve[];
  width: number;
  height: number;
}

/** One line of a plot. A value that is not finite is ``None`` and leaves a gap. ``length`` is the number of values before some were dropped. All curves start together, and a shorter one ends earlier. ``name`` is empty for an unnamed line. */
export interface Curve {
  name: string;
  values: (number | null)[];
  length: number;
}

/** Numbers that say how far one picture is from another, as readable ``items``: "PSNR 31.20 dB". The label names the pictures. */
export interface Measures {
  kind: "measures";
  id: string;
  label: string;
  items: string[];
}

/** The layers of a network as of ``step``: the ``rows`` of those that look worst, worst first. ``layers`` is how many there are, and ``unwell`` how many of them look wrong. ``note`` says what measuring costs. ``strips`` refer to rows by ``at``, and have a column for each of ``steps``, which may reach beyond ``step``. */
export interface Network {
  kind: "network";
  id: string;
  label: string;
  step: number;
  note: string;
  layers: number;
  unwell: number;
  rows: NetworkRow[];
  steps: number[];
  bins: number;
  strips: NetworkStrips[];
}

/** A layer of a network as last measured. ``at`` is its index in the model, from 0. ``numbers`` are the norms of its weights and gradients, its update relative to its weights, and the shares of dead units and of saturated values, 0..1; None if there is none. ``strange`` counts the examined values that are not finite. ``level`` is from 0, healthy, to 3, and ``why`` says in a few words what is wrong. */
export interface NetworkRow {
  at: number;
  name: string;
  numbers: (number | null)[];
  strange: number;
  level: number;
  why: string;
}

/** How the values of layer ``at`` were distributed over time; ``about`` describes the layer. Each strip is a text of columns with ``bins`` characters each. For every bin, from the most negative values to the most positive, a base-36 digit gives the square root of its share of the values, 0 for none. A dot means not measured. */
export interface NetworkStrips {
  at: number;
  about: string;
  weights: string;
  gradients: string;
  activations: string;
}

/** The program wants ``canvas`` to be compared with ``other``, shown in place of ``canvas``. ``mode``: ``side`` by side, ``wipe`` with a divider, ``flicker`` in turn, or their ``difference``, multiplied by ``gain`` and coloured by ``colormap``, a name or empty for none. ``colors`` has its colours for pages without a kernel: evenly spaced, in hexadecimal red, green and blue. */
export interface Compared {
  canvas: string;
  other: string;
  mode: "side" | "wipe" | "flicker" | "difference";
  difference: "signed" | "absolute" | "squared" | "relative";
  gain: number;
  colormap: string;
  colors: string;
}

/** Everything new since the last message. ``seq`` increases by one with every update that contains pictures or annotations, which are painted together. ``made`` is when the tensors of the pictures were ready, in seconds since the epoch by the kernel's clock. ``moves`` are those of the whole run, and replace earlier ones. */
export interface Update {
  kind: "update";
  seq: number;
  made: number;
  pictures: Picture[];
  annotations: Annotations[];
  controls: ControlsPatch[];
  series: SeriesPatch[];
  status: Status | null;
  key_frames: KeyFrameSteps | null;
  moves: ControlMove[] | null;
  rulers: RulerPatch[];
}

/** The pixels of one canvas. ``buffer`` is the index of a JPEG or PNG file among the message's buffers. ``crop`` is the part that they show: left, top, right and bottom in texels. None means the whole canvas. */
export interface Picture {
  canvas: string;
  width: number;
  height: number;
  format: "jpeg" | "png";
  lossless: boolean;
  buffer: number;
  crop: number[] | null;
}

/** What is drawn over the pictures of a canvas from now on. Pictures without marks are left out. */
export interface Annotations {
  canvas: string;
  pictures: Marks[];
}

/** What is drawn over one picture of a canvas. All coordinates are texels of the canvas, from its top left corner. ``area`` is the picture's rectangle: left, top, right, bottom. Nothing is drawn outside it. ``boxes`` has these four numbers for each box, ``points`` two for each point: x, y. ``box_texts`` and ``point_texts`` have a text for each, which may be empty, and ``box_colors`` and ``point_colors`` a colour, as the number 0xRRGGBB. */
export interface Marks {
  area: number[];
  caption: string;
  boxes: number[];
  box_texts: string[];
  box_colors: number[];
  points: number[];
  point_texts: string[];
  point_colors: number[];
}

/** Changes to a panel's controls: ``changed`` replaces or adds by id. ``order`` lists all ids if their order changed. */
export interface ControlsPatch {
  panel: string;
  changed: (Text | TextColored | TextWrapped | Row | Separator | Button | RecordButton | FileDialog | SaveFileDialog | Checkbox | Slider | SliderInt | RangeSlider | Combo | ColorPicker | InputText | Progress | Plot | Measures | Network)[];
  order: string[] | null;
}

/** Points of one logged scalar. The page keeps its first ``start`` points and replaces the rest with these. Buffer ``buffer`` holds one float64 little-endian row (step, low, high, ema, last) per point. A point covers several steps: ``step`` is the last of them, ``low`` and ``high`` are the extremes of their values, and ``ema`` and ``last`` are the exponential moving average and the value at the last step. ``best`` is None if no value counts as best. */
export interface SeriesPatch {
  name: string;
  start: number;
  buffer: number;
  best: BestValue | null;
}

/** The best ``value`` that a scalar ever had, and the first ``step`` that had it. ``highest``: higher is better. */
export interface BestValue {
  step: number;
  value: number;
  highest: boolean;
}

/** The content of the status line and the toolbar. ``tick_rate`` is in ticks per second, 0 for unlimited. ``latency_ms`` is the time from finished tensors to painted pictures, None until a page has reported. ``steps_per_second`` counts logged steps, ``ticks_per_second`` callbacks. ``began`` is when the run began, in seconds since the epoch, 0 before. */
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
  began: number;
}

/** An exception in a callback: ``where`` it was raised, its one-line ``summary``, and the full ``traceback``. */
export interface Failure {
  where: string;
  summary: string;
  traceback: string;
}

/** A recording in progress or ended: ``path`` on the kernel's machine, ``seconds`` and ``bytes`` so far. ``token`` is for `Fetch`. It is empty until the file is saved, and stays empty if the file is too large to fetch. */
export interface RecordingStatus {
  subject: string;
  path: string;
  state: "recording" | "saving" | "saved" | "failed" | "empty";
  frames: number;
  seconds: number;
  bytes: number;
  token: string;
}

/** The steps at which the recorder has taken key frames, and those whose key frames it has ``dropped`` since. With ``whole``, these are all of them, and the page forgets any others. ``run`` increases with every new run. ``branches`` are all abandoned branches, or None if nothing has changed. */
export interface KeyFrameSteps {
  run: number;
  whole: boolean;
  taken: number[];
  dropped: number[];
  branches: BranchSteps[] | null;
}

/** The steps of the key frames on the way to the end of an abandoned branch, at step ``last``: those of the present up to ``shared`` (-1 if there are none), and ``steps`` of its own. ``marks`` and ``moves`` are what happened after ``shared``, by step; a mark for the beginning of the branch may be at ``shared``. */
export interface BranchSteps {
  name: string;
  shared: number;
  steps: number[];
  last: number;
  marks: StepMark[];
  moves: ControlMove[];
  bests: BranchBest[];
}

/** Something that happened at ``step``, with a short ``text`` for the user: a note of the program, an alarm, a checkpoint, or the beginning of a branch. */
export interface StepMark {
  step: number;
  kind: "note" | "alarm" | "checkpoint" | "branch";
  text: string;
}

/** A control showed ``text`` from ``step`` on: its label and its value, set by the user or the program. */
export interface ControlMove {
  step: number;
  text: string;
}

/** The ``best`` value of the scalar ``series`` on the whole way to the end of a branch. */
export interface BranchBest {
  series: string;
  best: BestValue;
}

/** Another measure that goes with steps: seconds of the run without pauses, or epochs. It is linear between rows. The page keeps its first ``start`` rows. Buffer ``buffer`` has the rest: float64 little-endian (step, value), both increasing. */
export interface RulerPatch {
  measure: "seconds" | "epochs";
  start: number;
  buffer: number;
}

/** A part of a file, in reply to `Fetch`: buffer ``buffer`` starts at ``offset``. ``size`` is the size of the whole file. If ``error`` is not empty, there is no buffer and nothing more to fetch. */
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

/** The reply to each `Upload`: ``bytes`` of the file have arrived. An ``error`` means that it was cancelled. */
export interface Received {
  kind: "received";
  client: string;
  upload: string;
  bytes: number;
  error: string;
}

/** The kernel is alive, but its main thread is busy: in a frame for ``seconds``, or with something else (0). Sent by the thread that reads messages from pages, if there is one, on the comm that the pages use. */
export interface Busy {
  kind: "busy";
  client: string;
  seconds: number;
}

/** Values that a page has asked for and does not have yet. They were all read between the same two frames, after ``frame`` frames and ``step`` logged steps. Values of an overlay are reported under a canvas ``%overlay/ID``. */
export interface Probed {
  kind: "probed";
  client: string;
  frame: number;
  step: number;
  texels: TexelValues[];
}

/** What the tensor of a canvas holds in columns ``left`` to ``right`` and rows ``top`` to ``bottom``, excluding ``right`` and ``bottom``. They belong to one picture: ``picture`` is its index in a batch, -1 if there is only one, and ``column`` and ``row`` are where the block begins in it. Buffer ``buffer`` has ``channels`` numbers per texel, row by row, little-endian: float64 if ``dtype`` is float64, float32 for other floats, int64 for anything else. All hold the tensor's values exactly. */
export interface TexelValues {
  canvas: string;
  left: number;
  top: number;
  right: number;
  bottom: number;
  picture: number;
  column: number;
  row: number;
  dtype: string;
  channels: number;
  buffer: number;
}

/** All pinned texels, and their new values. Sent when either changes. */
export interface Pins {
  kind: "pins";
  pins: PinnedTexel[];
  lives: LifePatch[];
}

/** A texel that is pinned, in this canvas and all canvases linked with it. */
export interface PinnedTexel {
  canvas: string;
  x: number;
  y: number;
}

/** The values of one channel of a pinned texel over the run. ``start`` and ``buffer`` are as in `SeriesPatch`. */
export interface LifePatch {
  canvas: string;
  x: number;
  y: number;
  channel: number;
  start: number;
  buffer: number;
}

/** The values of a canvas before ``gain`` and ``offset``, which are the program's. ``low`` and ``high`` are the percentiles 1 and 99; ``counts`` is a histogram of equal bins from ``least`` to ``most``; ``strange`` values are not finite. */
export interface Measured {
  kind: "measured";
  client: string;
  canvas: string;
  least: number;
  most: number;
  low: number;
  high: number;
  counts: number[];
  strange: number;
  gain: number;
  offset: number;
  error: string;
}

/** A file with the values of a canvas, for `Fetch`. With an ``error`` there is no file. */
export interface Offered {
  kind: "offered";
  client: string;
  canvas: string;
  token: string;
  error: string;
}

/** Everything that happened at steps of the run, sorted by step, and the active alarms. Sent when it has changed; it replaces the previous one. */
export interface Timeline {
  kind: "timeline";
  marks: StepMark[];
  alarms: StandingAlarm[];
}

/** An alarm that the user has not answered: what is wrong with ``series`` at ``step``, as a sentence ``text``. ``paused`` tells whether it has paused the run. ``checkpoint`` is the step of the last checkpoint before it, None if there is none. */
export interface StandingAlarm {
  series: string;
  step: number;
  text: string;
  paused: boolean;
  checkpoint: number | null;
}

/** What a view showed at a key frame, in reply to `FetchMoment`. ``step`` is -1 if nothing is recorded. ``controls`` has all controls of each panel. ``run`` is as in `KeyFrameSteps`, ``branch`` as in `FetchMoment`. */
export interface Moment {
  kind: "moment";
  client: string;
  run: number;
  step: number;
  pictures: MomentPicture[];
  annotations: Annotations[];
  controls: ControlsPatch[];
  branch: string;
}

/** The recorded picture of a canvas, or of a layer of it. ``buffer`` is the index of a JPEG or PNG file among the message's buffers. If it is -1, the picture is the one in the page's moment of step ``like``, which is -1 otherwise. */
export interface MomentPicture {
  canvas: string;
  format: "jpeg" | "png";
  lossless: boolean;
  buffer: number;
  like: number;
}

/** All curves of abandoned branches and other runs, and those runs, newest last. Sent when they have changed. */
export interface Ghosts {
  kind: "ghosts";
  curves: GhostCurve[];
  runs: GhostRun[];
}

/** The values of ``series`` in an abandoned branch or in another run: buffer ``buffer`` has float64 little-endian rows (step, value). */
export interface GhostCurve {
  branch: string;
  series: string;
  buffer: number;
}

/** What the curves of ``name`` belong to: a ``branch`` of this run, an earlier ``run``, or one from a ``file``. ``began`` is in seconds since the epoch, 0 if unknown. ``rulers`` are whole. */
export interface GhostRun {
  name: string;
  kind: "branch" | "run" | "file";
  began: number;
  controls: GhostControl[];
  rulers: RulerPatch[];
}

/** The ``value`` that the control with this ``label`` had at the end of a run. */
export interface GhostControl {
  label: string;
  value: boolean | number | string | number[];
}

/** The progress of an exploration of futures. Sent when it has changed. Until it is over, the view runs frames of futures, and users cannot change anything. ``steps`` is the length of each future, and ``step`` is where all begin. ``best`` is the index of the best one by the scalar ``by``, or -1 if that cannot be decided. ``said`` is why it failed. A ``dismissed`` exploration is no longer shown. */
export interface Exploration {
  kind: "exploration";
  run: number;
  state: "running" | "done" | "cancelled" | "failed" | "dismissed";
  said: string;
  step: number;
  steps: number;
  by: string;
  best: number;
  futures: FutureLine[];
}

/** One of the futures being explored, with its own values for controls, which ``name`` lists. ``steps`` is how many have run. It ``ended`` early because of an alarm, or ``failed`` with an exception: ``said`` says why. ``values`` has the last value of each scalar, as text, and ``branch`` the branch that it became, empty until then. */
export interface FutureLine {
  name: string;
  state: "waiting" | "running" | "done" | "ended" | "failed";
  said: string;
  steps: number;
  values: string[][];
  branch: string;
}

/** The result of future number ``future`` of exploration ``run``. Sent once it has ended. The curves cover its own steps only. */
export interface FutureShown {
  kind: "future_shown";
  run: number;
  future: number;
  pictures: FuturePicture[];
  curves: GhostCurve[];
}

/** The last picture of a canvas in a future. ``buffer`` is the index of a JPEG or PNG file. */
export interface FuturePicture {
  canvas: string;
  format: "jpeg" | "png";
  buffer: number;
}

/** Says why an `Explore` was not started. */
export interface ExploreRefused {
  kind: "explore_refused";
  client: string;
  said: string;
}

/** A page has been laid out and needs a `Scene`. ``client`` is its random name, new with every rendering. */
export interface Ready {
  kind: "ready";
  client: string;
  protocol: number;
}

/** The space available for a page's canvases, sent when it has changed. */
export interface Resize {
  kind: "resize";
  client: string;
  sizes: CanvasSize[];
}

/** Device pixels available for one canvas in a page. */
export interface CanvasSize {
  canvas: string;
  width: number;
  height: number;
}

/** The panels that a page does not show, because they are hidden or behind another. Sent when they have changed. */
export interface Unseen {
  kind: "unseen";
  client: string;
  panels: string[];
}

/** All differences that a page shows. Sent when they have changed. */
export interface Differences {
  kind: "differences";
  client: string;
  differences: CanvasDifference[];
}

/** A page shows how ``canvas`` differs from ``other``. The kernel sends the difference as the `Picture` of a canvas ``id``. ``colormap`` is a name, or empty for none. */
export interface CanvasDifference {
  id: string;
  canvas: string;
  other: string;
  difference: "signed" | "absolute" | "squared" | "relative";
  gain: number;
  colormap: string;
}

/** The visible parts of a page's zoomed canvases; all others are shown whole. Sent when it has changed, at most once per animation frame. */
export interface Viewports {
  kind: "viewports";
  client: string;
  viewports: CanvasViewport[];
}

/** The part of a canvas's picture that a page shows, in texels. x goes right, y down, (0, 0) is the outer top left corner. */
export interface CanvasViewport {
  canvas: string;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The highest ``seq`` that a page has painted, its age in milliseconds, and the number of frames painted in total. ``visible`` is true if the view is on screen. Sent at once when that changes or no update has come for long, otherwise at most four times a second, or every two seconds while the page paints every update. If anything is painted, the next report follows within ``next_ms``. ``resync`` requests complete pictures, because the page may show wrong ones. ``beat_ms`` is the display's refresh interval. ``early_ms`` is how much later frames could be sent and still be in time for the same refresh; it is negative if they come too late. Both are 0 if unknown. */
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

/** Whether a page looks back, and so wants no pictures of the present. Repeated every few seconds while it does. */
export interface LookBack {
  kind: "look_back";
  client: string;
  back: boolean;
}

/** A page that looks back wants the key frame at or before ``step``. It has those of the steps ``have``. They lie on the way to the end of ``branch``, or to the present if it is empty. Answered by `Moment`. */
export interface FetchMoment {
  kind: "fetch_moment";
  client: string;
  step: number;
  have: number[];
  branch: string;
}

/** The user changed a control. ``revision`` is the page's count of its changes to this control, from 1. */
export interface SetControl {
  kind: "set_control";
  client: string;
  panel: string;
  control: string;
  value: boolean | number | string | number[];
  revision: number;
}

/** A pointer event on a canvas whose ``pointer`` is not ``off``. ``x`` and ``y`` are texels from the picture's top left corner, and may lie outside it. Moves are sent at most once per animation frame. ``button`` is the button of a ``press``, ``release`` or ``click``; ``buttons`` are those held down afterwards. ``wheel`` counts notches, positive away from the user. ``stroke`` is the page's count of presses: only moves of the same stroke may be merged. */
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

/** The user has hidden or shown label ``label`` in the legend of a canvas's ``layer``. */
export interface HideLabel {
  kind: "hide_label";
  client: string;
  canvas: string;
  layer: "picture" | "overlay";
  label: number;
  hidden: boolean;
}

/** The user changed how a canvas looks: ``exposure`` is in stops, and ``offset`` is added after that. ``colormap`` is a name, or empty for grey. ``program`` keeps the program's. */
export interface SetLook {
  kind: "set_look";
  client: string;
  canvas: string;
  exposure: number;
  offset: number;
  colormap: string;
  channels: "program" | "auto" | "r" | "g" | "b" | "a";
}

/** A page wants to know how the values of a canvas are distributed. Answered by `Measured`. */
export interface Measure {
  kind: "measure";
  client: string;
  canvas: string;
}

/** The user wants the true values of a canvas as a file. Answered by `Offered`. */
export interface SaveTexels {
  kind: "save_texels";
  client: string;
  canvas: string;
}

/** The texel under a page's pointer, whose values it wants to know in all linked canvases, until it says otherwise. ``canvas`` is empty once the pointer is over no picture. Always answered by `Probed`, and again when values change. */
export interface ProbeTexel {
  kind: "probe_texel";
  client: string;
  canvas: string;
  x: number;
  y: number;
}

/** All blocks of texels whose values a page wants until it says otherwise. Answered like `ProbeTexel`. Together they have at most 8,192 texels. What lies outside a picture is left out of the answer. */
export interface WatchTexels {
  kind: "watch_texels";
  client: string;
  blocks: TexelBlock[];
}

/** Columns ``left`` to ``right`` and rows ``top`` to ``bottom`` of a canvas, excluding ``right`` and ``bottom``. */
export interface TexelBlock {
  canvas: string;
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The user pins a texel, or removes the pin there. ``alone`` removes all other pins first. */
export interface PinTexel {
  kind: "pin_texel";
  client: string;
  canvas: string;
  x: number;
  y: number;
  pinned: boolean;
  alone: boolean;
}

/** A toolbar button, or ``save``: the host is saving the notebook, and the stored copy of the view must be up to date. ``value`` is the rate for ``tick_rate``, otherwise 0. */
export interface Command {
  kind: "command";
  client: string;
  name: "pause" | "resume" | "step" | "stop" | "reset" | "tick_rate" | "save";
  value: number;
}

/** The user wants to continue from ``step`` of a branch, which is empty for the present one. -1 is the end of a branch. Everything after that step stays, as an abandoned branch. */
export interface Rewind {
  kind: "rewind";
  client: string;
  step: number;
  branch: string;
}

/** The user wants to run ``steps`` steps with every combination of these values. */
export interface Explore {
  kind: "explore";
  client: string;
  trials: Trial[];
  steps: number;
}

/** Values for a control, each to be tried in its own futures. */
export interface Trial {
  panel: string;
  control: string;
  values: (boolean | number | string | number[])[];
}

/** The user cancels exploration ``run``, keeps one ``future`` of it, or keeps none; otherwise ``future`` is -1. */
export interface AnswerFutures {
  kind: "answer_futures";
  client: string;
  run: number;
  answer: "cancel" | "keep" | "dismiss";
  future: number;
}

/** A page has the run that an earlier kernel has left in the notebook, where this view is now. Buffer ``buffer`` has its replay document in UTF-8, without pictures. A view takes one such run. */
export interface EarlierRun {
  kind: "earlier_run";
  client: string;
  buffer: number;
}

/** A page requests the part of a file from ``offset`` on. ``token`` is the kernel's identifier of the file. */
export interface Fetch {
  kind: "fetch";
  client: string;
  token: string;
  offset: number;
}

/** A part of a file for a file dialog: buffer ``buffer`` starts at ``offset``. Each is answered by `Received`. ``upload`` is the page's identifier of the file, new for each one. ``name`` and ``size``, in bytes, describe the whole file. */
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

/** A page has cancelled an upload. */
export interface CancelUpload {
  kind: "cancel_upload";
  client: string;
  upload: string;
}

/** A page has removed its view. */
export interface Gone {
  kind: "gone";
  client: string;
}

export type Control = Text | TextColored | TextWrapped | Row | Separator | Button | RecordButton | FileDialog | SaveFileDialog | Checkbox | Slider | SliderInt | RangeSlider | Combo | ColorPicker | InputText | Progress | Plot | Measures | Network;

export type KernelMessage = Scene | Update | Chunk | Received | Busy | Probed | Pins | Measured | Offered | Timeline | Moment | Ghosts | Exploration | FutureShown | ExploreRefused;

export type ClientMessage = Ready | Resize | Unseen | Differences | Viewports | Report | LookBack | FetchMoment | SetControl | Pointed | HideLabel | SetLook | Measure | SaveTexels | ProbeTexel | WatchTexels | PinTexel | Command | Rewind | Explore | AnswerFutures | EarlierRun | Fetch | Upload | CancelUpload | Gone;
