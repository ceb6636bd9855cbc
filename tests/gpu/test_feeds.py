"""Pictures of tensors on a GPU, shown by a feed while the training keeps writing to them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import vultorch_widget as vultorch
from tests.patience import wait_until

pytestmark = pytest.mark.gpu


def test_a_picture_is_that_of_one_step_whatever_stream_the_training_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VULTORCH_FEEDS", str(tmp_path))
    monkeypatch.delenv("RANK", raising=False)
    stream = torch.cuda.Stream()
    seen: list[float] = []
    view = vultorch.View("feeds", headless=True)
    feed = vultorch.feed("run7")
    view.attach("run7")
    step = 0

    def turn() -> int:
        nonlocal step
        with torch.cuda.stream(stream):
            for _ in range(20):
                step += 1
                picture = torch.full((1024, 1024, 3), step % 200 / 200, device="cuda")
                torch.cuda._sleep(100_000)
                feed.show(prediction=picture)
                feed.log(loss=picture[0, 0, 0], step=step)
                picture.fill_(1.0)  # the copy is not affected
                del picture  # so that its memory is reused by the next
        view.step()
        view.end_step()
        panel = view._parts.tree.panels.get("run7 · rank 0")
        shown = None if panel is None else panel.canvas("prediction").tensor
        if shown is not None:
            least, most = shown.min().item(), shown.max().item()
            assert most - least <= 2, (least, most)  # from a single step
            assert most < 254
            if not seen or seen[-1] != most:
                seen.append(most)
        return len(seen)

    try:
        wait_until(lambda: turn() > 20)
        rows = view.history()["loss"]
        assert all(abs(value - number % 200 / 200) < 1e-6 for number, value in rows)
    finally:
        feed.close()
        view.close()


def test_values_are_read_while_the_gpu_has_other_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VULTORCH_FEEDS", str(tmp_path))
    monkeypatch.delenv("RANK", raising=False)
    view = vultorch.View("feeds", headless=True)
    feed = vultorch.feed("run7")
    view.attach("run7")
    step, busy = 0, torch.cuda.Event()
    busy.record()

    def turn() -> bool:
        nonlocal step
        if busy.query():  # it ended before the value came: try again
            step += 1
            feed.log(loss=torch.full((), 1 / step, device="cuda"), half=torch.ones((), device="cuda").half(), step=step)
            torch.cuda._sleep(2_000_000_000)
            busy.record()
        view.step()
        view.end_step()
        rows = view.history().get("loss")
        return rows is not None and rows[-1, 0] == step and not busy.query()

    try:
        wait_until(turn)
        assert view.history()["loss"][:, 1].tolist() == pytest.approx([1 / number for number in range(1, step + 1)])
    finally:
        feed.close()
        view.close()
