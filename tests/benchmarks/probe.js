// Put into the page before anything else: records what is painted, what is received and sent, and when keys go down.
// Times are seconds since the epoch, as in the kernel. `cost` counts the time taken by recording.
(() => {
  const BITS = 16;
  const SIDE = 8;
  const now = () => (performance.timeOrigin + performance.now()) / 1000;
  const probe = { frames: [], seen: [], others: [], received: [], sent: [], keys: [], cost: 0 };
  window.probe = probe;

  const scratch = document.createElement("canvas");
  scratch.width = BITS;
  scratch.height = 1;
  const small = scratch.getContext("2d", { willReadFrequently: true });
  small.imageSmoothingEnabled = false;
  const draw = CanvasRenderingContext2D.prototype.drawImage;

  // The number that the canvas shows: the centre of each square of the stamp.
  function read(canvas) {
    draw.call(small, canvas, 0, 0, BITS * SIDE, SIDE, 0, 0, BITS, 1);
    const { data } = small.getImageData(0, 0, BITS, 1);
    let number = 0;
    for (let i = 0; i < BITS; i++) number = number * 2 + (data[4 * i] > 127 ? 1 : 0);
    return number;
  }

  CanvasRenderingContext2D.prototype.drawImage = function (...args) {
    draw.apply(this, args);
    const id = this.canvas.dataset?.vwCanvas;
    if (id === undefined) return;
    const at = now();
    if (id.endsWith("/pred")) probe.frames.push([at, read(this.canvas)]);
    else probe.others.push([at, id]);
    probe.cost += now() - at;
  };

  // What a person sees: in each animation frame, the numbers that the canvases show by then. What is painted in an
  // animation frame is seen in the next one; what is painted before it is seen in the same one.
  probe.look = () => {
    const last = new Map();
    const look = () => {
      const at = now();
      for (const canvas of document.querySelectorAll('canvas[data-vw-canvas$="/pred"]')) {
        const number = read(canvas);
        if (last.get(canvas) !== number) probe.seen.push([at, number]);
        last.set(canvas, number);
      }
      probe.cost += now() - at;
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  };

  window.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      if (!this.url.includes("/channels")) return;
      this.addEventListener("message", ({ data }) => probe.received.push([now(), data.byteLength ?? data.length]));
    }

    send(data) {
      if (this.url.includes("/channels")) probe.sent.push([now(), data.byteLength ?? data.length]);
      super.send(data);
    }
  };

  window.addEventListener("keydown", () => probe.keys.push(now()), { capture: true });

  // Seconds that this clock is behind the kernel's. It is exact at the moment when `Date.now` changes.
  probe.offset = () => {
    const before = Date.now();
    while (Date.now() === before);
    return Date.now() / 1000 - now();
  };
})();
