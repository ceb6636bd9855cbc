"""The live-training notebook as a marimo app: `python -m marimo run live_training.py`."""

import marimo

app = marimo.App()


@app.cell
def _():
    import torch

    import vultorch_widget as vultorch

    torch.set_num_threads(1)
    torch.manual_seed(0)
    return torch, vultorch


@app.cell
def _(torch):
    size = 48
    axis = torch.linspace(-1, 1, size)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    coords = torch.stack([x, y], -1).reshape(-1, 2)
    gt = torch.stack([(x > 0).float(), (y * 3).sin() * 0.5 + 0.5, ((x**2 + y**2) < 0.5).float()], -1)
    model = torch.nn.Sequential(torch.nn.Linear(2, 64), torch.nn.ReLU(), torch.nn.Linear(64, 3), torch.nn.Sigmoid())
    optimizer = torch.optim.Adam(model.parameters(), 5e-3)
    return size, coords, gt, model, optimizer


@app.cell
def _(size, coords, gt, model, optimizer, torch, vultorch):
    view = vultorch.View("live training", 1000, 480)
    side = view.panel("Training", side="right", width=0.24)
    view.panel("GT").canvas("gt").bind(gt)
    pred = vultorch.create_tensor(size, size, channels=4, device="cpu", name="pred")
    view.panel("Training Output").canvas("pred").bind(pred)
    pred[..., 3] = 1.0

    @view.on_frame
    def train():
        lr = side.slider("lr", 1e-5, 1e-1, default=5e-3, log=True)
        optimizer.param_groups[0]["lr"] = lr
        for _ in range(side.slider_int("steps per frame", 1, 20, default=4)):
            optimizer.zero_grad(set_to_none=True)
            loss = torch.nn.functional.mse_loss(model(coords), gt.reshape(-1, 3))
            loss.backward()
            optimizer.step()
            view.log(loss=loss)
        with torch.no_grad():
            pred[..., :3] = model(coords).reshape(size, size, 3)
        side.text(f"the optimizer has {optimizer.param_groups[0]['lr']:.5f}")

    view.run()
    return (view,)


@app.cell
def _(view):
    view  # noqa: B018 (a second view of the same: what a marimo cell ends with is its output)


if __name__ == "__main__":
    app.run()
