"""Headless runs that leave a replay."""

from __future__ import annotations

import json
from typing import Any

import torch

import vultorch_widget as vultorch

SIZE = 48


def replay_of(view: vultorch.View) -> dict[str, Any]:
    """The replay document of a view that has run, as a notebook would keep it."""

    kept = view._parts.saving.kept(view._parts.saving.outcome())
    replay: dict[str, Any] = json.loads(kept.replay)
    return replay


def fit(frames: int = 120, *, checkpoints: bool = False, **options: Any) -> vultorch.View:
    """A network that learns a picture for ``frames`` frames of 4 steps; the learning rate is lowered half-way."""
    torch.manual_seed(0)
    axis = torch.linspace(-1, 1, SIZE)
    y, x = torch.meshgrid(axis, axis, indexing="ij")
    coordinates = torch.stack([x, y], -1).reshape(-1, 2)
    target = torch.stack([(x > 0).float(), (y * 3).sin() * 0.5 + 0.5, ((x**2 + y**2) < 0.5).float()], -1)
    model = torch.nn.Sequential(
        torch.nn.Linear(2, 64), torch.nn.ReLU(), torch.nn.Linear(64, 64), torch.nn.ReLU(),
        torch.nn.Linear(64, 3), torch.nn.Sigmoid(),
    )  # fmt: skip
    optimiser = torch.optim.Adam(model.parameters(), 5e-3)
    view = vultorch.View("Fit a picture", 1000, 520, headless=True, **options)
    view.panel("Ground truth").canvas("gt").bind(target)
    prediction = torch.ones(SIZE, SIZE, 4)
    view.panel("Prediction").canvas("pred").bind(prediction)
    controls = view.panel("Controls", side="right", width=0.24)

    if checkpoints:
        view.checkpoint(model, optimiser)

    @view.on_frame
    def frame() -> None:
        if view.frame_count == frames // 2:
            controls.set("lr", 1e-3)
        optimiser.param_groups[0]["lr"] = controls.slider("lr", 1e-5, 1e-1, default=5e-3, log=True)
        controls.checkbox("shuffle")
        for _ in range(4):
            optimiser.zero_grad(set_to_none=True)
            loss = torch.nn.functional.mse_loss(model(coordinates), target.reshape(-1, 3))
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            view.log(loss=loss, mae=loss.sqrt())
        with torch.no_grad():
            prediction[..., :3] = model(coordinates).reshape(SIZE, SIZE, 3)
        controls.text(f"loss {loss.item():.5f}")
        controls.progress((view.frame_count + 1) / frames)

    view.run(max_frames=frames)
    return view
