"""A network fits a picture: ground truth and prediction side by side, sliders for the learning rate and the steps."""

import torch
from torch import nn

import vultorch_widget as vultorch

torch.manual_seed(0)
SIZE = 32
y, x = torch.meshgrid(torch.linspace(-1, 1, SIZE), torch.linspace(-1, 1, SIZE), indexing="ij")
coords = torch.stack([x, y], dim=-1).reshape(-1, 2)
gt = torch.stack([(x > 0).float(), (y > 0).float(), (x * y > 0).float()], dim=-1)
model = nn.Sequential(nn.Linear(2, 64), nn.ReLU(), nn.Linear(64, 3), nn.Sigmoid())
optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)

view = vultorch.View("Training", 900, 400)
controls = view.panel("Controls", side="left", width=0.25)
view.panel("GT").canvas("gt").bind(gt)
output = view.panel("Output").canvas("pred")
pred = vultorch.create_tensor(SIZE, SIZE, channels=4, device="cpu", name="pred", window=view.window)
output.bind(pred)
pred[..., 3] = 1.0
losses = []


@view.on_frame
def train():
    optimizer.param_groups[0]["lr"] = controls.slider("LR", 1e-4, 1e-1, default=1e-2)
    for _ in range(controls.slider_int("steps", 1, 20, default=4)):
        loss = nn.functional.mse_loss(model(coords), gt.reshape(-1, 3))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        pred[:, :, :3] = model(coords).reshape(SIZE, SIZE, 3)
    controls.text(f"iteration {len(losses)}")
    controls.plot(losses[-100:], label="##loss", overlay=f"{losses[-1]:.4f}")


view.run(max_frames=60)
shown = view.snapshot().size
view.close()
print(view.frame_count, len(losses), losses[-1] < losses[0] / 2, shown)
