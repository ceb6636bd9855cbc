"""Panels on all sides, every control, its own loop, and a value set by the program."""

import tempfile
from pathlib import Path

import torch

import vultorch_widget as vultorch

folder = Path(tempfile.mkdtemp())
view = vultorch.View("Controls", 1000, 700)
left = view.panel("left", side="left", width=0.3)
top = view.panel("top", side="top")
bottom = view.panel("bottom", side="bottom", width=0.25)
right = view.panel("right", side="right")
main = view.panel("main")
canvas = main.canvas("noise", filter="nearest", fit=False)
tensor = canvas.alloc(24, 32, channels=3, device="cpu")
order = []
values = {}
left.set("LR", 1)


@view.on_frame
def first():
    order.append("view")


@left.on_frame
def draw():
    order.append("left")
    left.text("hello")
    left.text_colored(1.0, 0.5, 0.0, 1.0, "warm")
    left.text_wrapped("a long line " * 20)
    left.separator()
    with left.row():
        values["button"] = left.button("go", width=80, height=24)
        values["checkbox"] = left.checkbox("box", default=True)
    values["slider"] = left.slider("LR", 0.0, 2.0, default=0.5)
    values["slider_int"] = left.slider_int("count", 0, 10, default=3)
    values["combo"] = left.combo("mode", ["a", "b", "c"], default=1)
    values["color"] = left.color_picker("tint", default=(0.25, 0.5, 0.75))
    values["text"] = left.input_text("name", default="net", max_length=16)
    left.plot([3.0, 1.0, 2.0], label="##plot", overlay="falling", height=60)
    left.plot(torch.tensor([1.0, 2.0]), label="tensor")
    left.progress(0.5, overlay="half")
    values["record"] = left.record_button(canvas, str(folder / "run.gif"), fps=10)


while view.step():
    tensor.uniform_()
    right.text(f"{view.time:.2f} s, {view.fps:.0f} fps")
    if view.frame_count == 20:
        left.set("name", "another")
        view.close()
    view.end_step()

canvas.save(folder / "noise.png", size=(64, 48))
again = vultorch.imread(folder / "noise.png", channels=3, device="cpu")
vultorch.imwrite(folder / "map.png", vultorch.colormap(again[..., 0], cmap="viridis"))
print(view.frame_count, order[:2], tuple(again.shape), sorted(path.name for path in folder.iterdir()))
print(values, left.get("LR"), left.get("name"), left.get("nothing", default=7))
