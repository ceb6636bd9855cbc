"""Conway's Game of Life, drawn into with the mouse through `ui`, recorded as a GIF."""

import tempfile
from pathlib import Path

import torch

import vultorch_widget as vultorch
from vultorch_widget import ui

HEIGHT, WIDTH = 32, 48
kernel = torch.ones(1, 1, 3, 3)
kernel[0, 0, 1, 1] = 0
alive = torch.zeros(HEIGHT, WIDTH)
for row, column in ((0, 1), (1, 2), (2, 0), (2, 1), (2, 2)):  # a glider
    alive[row, column] = 1

view = vultorch.View("Life", 800, 600, headless=True)
panel = view.panel("World")
canvas = panel.canvas("world", filter="nearest")
canvas.bind(alive)


@view.on_frame
def evolve():
    padded = torch.nn.functional.pad(alive[None, None], (1, 1, 1, 1), mode="circular")
    count = torch.nn.functional.conv2d(padded, kernel)[0, 0]
    alive.copy_((count == 3) | ((count == 2) & (alive == 1)))


@panel.on_frame
def draw():
    if ui.is_item_hovered() and (ui.is_mouse_clicked(0) or ui.is_mouse_dragging(0)):
        (left, top), (width, height) = ui.get_window_pos(), ui.get_window_size()
        mouse = ui.get_mouse_pos()
        row, column = (mouse[1] - top) / height * HEIGHT, (mouse[0] - left) / width * WIDTH
        alive[int(row), int(column)] = 1
    if panel.button("Clear"):
        alive.zero_()


path = Path(tempfile.mkdtemp()) / "life.gif"
canvas.start_recording(path, fps=30, quality=0.8)
view.run(max_frames=40)
canvas.stop_recording()
view.close()
print(view.frame_count, int(alive.sum()), path.read_bytes()[:3], view.state)
