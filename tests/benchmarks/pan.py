"""How smoothly a zoomed tensor of 8192 x 8192 texels pans in JupyterLab, and what that takes."""

from __future__ import annotations

from tests.browser.notebook import Notebook

from .bench import Bench, Row, drain

CELL = """
import torch, vultorch_widget as vultorch
torch.set_num_threads(1)
tensor = torch.rand(8192, 8192)
view = vultorch.View("giant", 900, 700)
view.panel("p").canvas("c").bind(tensor)
view
"""
NOTCHES = 4, 4, 3
"""Notches of the wheel before each stretch."""
PAN = """async (seconds) => {
  const canvas = document.querySelector('[data-vw-canvas="p/c"]'), glass = canvas.parentElement;
  const box = glass.getBoundingClientRect(), x = box.left + box.width / 2, y = box.top + box.height / 2;
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  let painted = 0;
  CanvasRenderingContext2D.prototype.drawImage = function (...args) {
    if (this.canvas === canvas) painted += 1;
    return draw.apply(this, args);
  };
  glass.setPointerCapture = () => {};
  const fire = (kind, x, y) =>
    glass.dispatchEvent(
      new PointerEvent(kind, {
        bubbles: true, isPrimary: true, pointerId: 1, clientX: x, clientY: y,
        button: kind === "pointermove" ? -1 : 0, buttons: kind === "pointerup" ? 0 : 1,
      }),
    );
  fire("pointerdown", x, y);
  const begun = performance.now();
  let took = 0, beats = 0;
  for (; took < seconds; beats += 1) {
    await new Promise(requestAnimationFrame);
    took = (performance.now() - begun) / 1000;
    fire("pointermove", x + 120 * Math.cos(took / 0.7), y + 120 * Math.sin(took / 0.7));
  }
  fire("pointerup", x, y);
  CanvasRenderingContext2D.prototype.drawImage = draw;
  return { painted: painted / took, beats: beats / took };
}"""
"""Drags the picture in circles. Pages paint a canvas once for each frame that arrives, and move it every animation
frame."""


def pan(bench: Bench) -> list[Row]:
    """Three depths of zoom in a paused view: only the dragging causes frames."""
    rows: list[Row] = []
    with bench.notebook(CELL) as notebook:
        notebook.run(0)
        notebook.wait_for_lossless("p/c")
        bench.note_backend(notebook)
        box = notebook.page.locator('[data-vw-canvas="p/c"]').locator("xpath=..").bounding_box()
        assert box is not None
        notebook.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        zoomed = 0
        for notches in NOTCHES:
            zoomed += notches
            rows += _stretch(notebook, notches, f"after {zoomed} notches of zoom", 2 if bench.quick else 8)
    return rows


def _stretch(notebook: Notebook, notches: int, figure: str, seconds: float) -> list[Row]:
    page = notebook.page
    page.keyboard.down("Control")
    for _ in range(notches):
        page.mouse.wheel(0, -100)
    page.keyboard.up("Control")
    page.wait_for_timeout(1500)
    drain(notebook)
    before = _sent(notebook)
    rates = page.evaluate(PAN, seconds)
    after = _sent(notebook)
    frames = max(1, after[1] - before[1])
    return [
        Row("pan", f"frames painted, {figure}", f"{rates['painted']:.1f} /s", "≥ 50", rates["painted"] >= 50),
        Row("pan", f"animation frames, {figure}", f"{rates['beats']:.1f} /s"),
        Row("pan", f"bytes a frame, {figure}", f"{(after[0] - before[0]) / frames / 1024:.0f} KiB"),
    ]


def _sent(notebook: Notebook) -> tuple[int, int]:
    """Bytes and frames sent so far."""
    sent, frames = notebook.evaluate("(view._parts.channel.sent_bytes, view._parts.pacer._seq)")
    return int(sent), int(frames)
