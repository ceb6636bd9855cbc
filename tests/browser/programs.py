"""Notebook cells. Each leaves a `view`; most tests run the first."""

FIT = """
import torch
torch.set_num_threads(1)
torch.manual_seed(0)
import vultorch_widget as vultorch

SIZE = 48
axis = torch.linspace(-1, 1, SIZE)
y, x = torch.meshgrid(axis, axis, indexing="ij")
coordinates = torch.stack([x, y], -1).reshape(-1, 2)
target = torch.stack([(x > 0).float(), (y * 3).sin() * 0.5 + 0.5, ((x**2 + y**2) < 0.5).float()], -1)
model = torch.nn.Sequential(
    torch.nn.Linear(2, 64), torch.nn.ReLU(), torch.nn.Linear(64, 64), torch.nn.ReLU(),
    torch.nn.Linear(64, 3), torch.nn.Sigmoid())
optimiser = torch.optim.Adam(model.parameters(), 5e-3)

view = vultorch.View("fit", 1000, 520)
view.panel("GT").canvas("gt").bind(target)
out = view.panel("Training Output")
controls = view.panel("Controls", side="right", width=0.24)
prediction = vultorch.create_tensor(SIZE, SIZE, 4, "cpu", window=view.window)
prediction[..., 3] = 1
out.canvas("pred").bind(prediction)
used = [(0.0, 0)]  # before the first frame

@view.on_frame
def frame():
    lr = controls.slider("lr", 1e-5, 1e-1, default=5e-3, log=True)
    steps = controls.slider_int("steps per frame", 1, 20, default=4)
    optimiser.param_groups[0]["lr"] = lr
    used.append((lr, steps))
    for _ in range(steps):
        optimiser.zero_grad(set_to_none=True)
        loss = torch.nn.functional.mse_loss(model(coordinates), target.reshape(-1, 3))
        loss.backward()
        optimiser.step()
        view.log(loss=loss)
    with torch.no_grad():
        prediction[..., :3] = model(coordinates).reshape(SIZE, SIZE, 3)
    if view.frame_count % 100 == 0:
        print("at frame", view.frame_count)
"""
DRAWN = "(prediction[..., :3] * 255 + 0.5).floor().int().tolist()"
"""What the prediction is painted as, as far as rounding is known."""
MANY = """
import time
import vultorch_widget as vultorch
view = vultorch.View("many", 900, 400, tick_rate=60)
panel = view.panel("p")
state, heard = {}, {}

@view.on_frame
def frame():
    for i in range(40):
        with panel.row():
            value = panel.slider(f"slider {i}")
            if state.get(i) != value:
                state[i], heard[i] = value, time.time()
            panel.checkbox(f"box {i}")
            state["line", i] = panel.input_text(f"line {i}")
            panel.color_picker(f"colour {i}")
            panel.text(f"{view.frame_count} {i}")  # changes in every frame
view.run()
"""
"""Two hundred controls, five in each of forty rows."""
CHANGING = """
import vultorch_widget as vultorch
view = vultorch.View("changing", 800, 400, tick_rate=60)
panel = view.panel("p")
clicks = 0
lines = []

@view.on_frame
def frame():
    global clicks
    n = view.frame_count
    clicks += panel.button(f"frame {n}###steady")
    line = panel.input_text(f"line, at {n}###line")
    if not lines or lines[-1] != line:
        lines.append(line)
    panel.slider(f"{n}###slider")
    panel.checkbox(f"{n}###box")
    panel.combo(f"{n}###combo", ["a", "b"])
    panel.color_picker(f"{n}###colour")
    for i in range(n % 3):
        panel.slider(f"comes and goes {i}")
    panel.text(f"{clicks} clicks at frame {n}")

view.run()
"""
"""Labels, and a number of controls, that differ in every frame."""
