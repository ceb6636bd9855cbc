"""When a view's replay is saved in the notebook, and that recording changes nothing."""

from __future__ import annotations

import base64
import gc
import io
import json
import time
import weakref

import numpy as np
import pytest
import torch
from PIL import Image

import vultorch_widget as vultorch
from tests.executed import executed
from tests.page import Page
from tests.replay.runs import fit, replay_of
from vultorch_widget.basics.budget import Budget
from vultorch_widget.pictures.sheet import GAP
from vultorch_widget.replay.poster import MOST_BYTES, poster
from vultorch_widget.run.saving import Kept

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"


def stepping_view() -> tuple[vultorch.View, list[Kept]]:
    """A view whose frames paint their own number, and what it saves."""
    view = vultorch.View("steps", headless=True)
    view._parts.offscreen.replay.budget = Budget(0.9, 100.0)  # a busy machine does not afford all
    picture = torch.zeros(32, 40, 3)
    view.panel("P").canvas("c").bind(picture)

    @view.on_frame
    def frame() -> None:
        picture.fill_((view.frame_count + 1) / 255)

    kept: list[Kept] = []
    view._parts.saving.write = kept.append
    return view, kept


def decoded(blob: dict[str, object]) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(str(blob["data"])))).convert("RGB"))


def test_frames_are_those_that_were_shown() -> None:
    view, kept = stepping_view()
    view.run(max_frames=200)
    replay = json.loads(kept[-1].replay)
    view.close()
    assert len(replay["frames"]) > 20
    for frame in replay["frames"]:
        (picture,) = frame["pictures"]
        pixels = decoded(replay["blobs"][picture["blob"]])
        assert pixels.shape == (32, 40, 3)
        assert abs(pixels.astype(int) - frame["step"]).max() <= 1  # flat colours survive JPEG
    assert (replay["first"], replay["last"], replay["state"]) == (1, 200, "stopped")
    poster = Image.open(io.BytesIO(base64.b64decode(kept[-1].poster.partition(",")[2])))
    assert poster.getpixel((5, 5))[:3] == (200, 200, 200)


def test_it_is_saved_where_the_run_rests_and_only_if_something_changed() -> None:
    view, kept = stepping_view()
    view.run(max_frames=3)
    assert [json.loads(one.replay)["state"] for one in kept] == ["stopped"]
    view._parts.saving.now()
    assert len(kept) == 1
    view.run(max_frames=2)
    view.close()
    assert [json.loads(one.replay)["state"] for one in kept] == ["stopped", "stopped", "closed"]
    assert [json.loads(one.replay)["last"] for one in kept] == [3, 5, 5]
    assert kept[1].summary == "steps: stopped at step 5"


def test_what_a_hand_changed_while_it_was_paused_is_saved_when_the_notebook_is() -> None:
    view = vultorch.View("paused", headless=True)
    panel = view.panel("P")
    picture = torch.zeros(8, 8, 3)
    panel.canvas("c").bind(picture)

    @view.on_frame
    def frame() -> None:
        panel.slider("brightness", 0.0, 1.0, default=0.5)

    kept: list[Kept] = []
    view._parts.saving.write = kept.append
    view.run(max_frames=3)
    panel.store.apply(panel.store.specs()[0].id, 0.25, "page", 1)
    picture.fill_(1.0)
    view._parts.saving.asked()
    replay = json.loads(kept[-1].replay)
    view.close()
    assert [change["value"] for change in replay["controls"]] == [0.25]
    assert decoded(replay["blobs"][replay["frames"][-1]["pictures"][0]["blob"]]).min() == 255


@pytest.mark.parametrize("way", ["hidden", "gone"])
def test_nothing_is_saved_in_passing_while_pages_are_there_that_do_not_show_it(
    monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr("vultorch_widget.run.saving.INTERVAL", 0.0)
    monkeypatch.setattr("vultorch_widget.run.saving.SHARE", 1e6)
    view, kept = stepping_view()
    page = Page(view)

    def saved(frames: int, *, shown: bool = False) -> int:
        before = len(kept)
        if shown:
            view.panel("P").on_frame(page.report)  # one that says nothing for long counts as not showing the view
        view.run(max_frames=frames)
        view.panel("P").on_frame(lambda: None)
        return len(kept) - before

    assert saved(20) > 5  # there was no page: the notebook is being executed
    page.open()
    assert saved(20, shown=True) > 5
    if way == "hidden":
        page.report(visible=False)
    else:
        page.say("gone")
    assert saved(20) == 1  # at the end of the run
    page.open()
    assert saved(20, shown=True) > 5
    view.close()


def test_in_the_course_of_a_run_it_is_saved_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    interval = 0.2
    monkeypatch.setattr("vultorch_widget.run.saving.INTERVAL", interval)
    monkeypatch.setattr("vultorch_widget.run.saving.SHARE", 1e6)  # on a busy machine, one save may take seconds
    view, kept = stepping_view()
    view.panel("P").on_frame(lambda: time.sleep(0.005))
    view._parts.saving.soon()
    view.run(max_frames=200)
    most = 2 + view._parts.offscreen.replay.seconds / interval
    view.close()
    states = [json.loads(one.replay)["state"] for one in kept]
    assert 2 <= states.count("running") <= most  # of 200 frames
    assert states[-2:] == ["stopped", "closed"]


def test_a_page_that_watches_sees_its_output_left_alone() -> None:
    view, kept = stepping_view()
    page = Page(view).open((40, 32))
    view._parts.runner.begin(0)
    view._parts.runner.tick()
    page.report(visible=True)
    view._parts.runner.tick()
    view._parts.saving.now()
    assert not kept[-1].settled
    view.pause()
    assert kept[-1].settled
    view.close()


def test_a_failure_is_told() -> None:
    view, kept = stepping_view()

    def fail() -> None:
        if view.frame_count == 2:
            raise ValueError("no <b>more</b>")

    view.panel("P").on_frame(fail)
    with pytest.raises(ValueError, match="no <b>more"):
        view.run()
    replay = json.loads(kept[-1].replay)
    view.close()
    assert replay["state"] == "failed"
    assert replay["failure"]["summary"] == "ValueError: no <b>more</b>"


def test_a_reset_begins_a_new_replay() -> None:
    view, _ = stepping_view()
    view.panel("P").on_frame(lambda: view.log(loss=1.0 / (1 + view.iteration)))
    view.run(max_frames=50)
    assert replay_of(view)["last"] == 50
    view._parts.runner.reset()
    view.run(max_frames=4)
    replay = replay_of(view)
    view.close()
    assert (replay["first"], replay["last"], len(replay["series"]["loss"]["steps"])) == (1, 4, 4)


def test_a_run_that_begins_again_is_recorded_from_its_beginning_though_the_replay_was_full() -> None:
    view, _ = stepping_view()
    builder = view._parts.offscreen.replay.builder
    builder.key_frames.most = 10
    view._parts.offscreen.replay.budget = Budget(0.9, 100.0)
    view.panel("P").on_frame(lambda: view.log(loss=1.0))
    view.run(max_frames=150)
    assert not builder.wants(view.iteration + 1)
    view._parts.runner.reset()
    view.run(max_frames=40)
    steps = [frame["step"] for frame in replay_of(view)["frames"]]
    view.close()
    assert steps[0] <= 2
    assert len(steps) > 5


def test_a_view_that_is_closed_by_its_own_callback_is_saved_as_it_was() -> None:
    view, kept = stepping_view()

    @view.panel("P").on_frame
    def controls() -> None:
        view.panel("P").text("first")
        if view.frame_count == 19:
            view.close()
            return
        view.panel("P").slider("second", 0.0, 1.0)

    never: list[int] = []
    view.panel("Q").on_frame(lambda: never.append(view.frame_count))
    view.run(max_frames=100)
    assert (view.state, view.frame_count, never[-1]) == ("closed", 20, 18)
    replay = json.loads(kept[-1].replay)
    assert (replay["state"], replay["last"]) == ("closed", 20)
    (picture,) = replay["frames"][-1]["pictures"]
    assert (decoded(replay["blobs"][picture["blob"]]) == 20).all()
    (panel,) = (panel for panel in replay["scene"]["panels"] if panel["name"] == "P")
    assert [control["kind"] for control in panel["controls"]] == ["text", "slider"]


def test_an_exception_after_closing_reaches_who_runs_the_view() -> None:
    view, _ = stepping_view()

    @view.panel("P").on_frame
    def close_and_fail() -> None:
        view.close()
        raise KeyError("too late")

    with pytest.raises(KeyError, match="too late"):
        view.run()
    assert view.state == "closed"


RUN = """
import torch, vultorch_widget as vultorch
view = vultorch.View("short", 300, 200)
picture = torch.zeros(32, 40, 3)
view.panel("P").canvas("c").bind(picture)

@view.on_frame
def frame():
    picture.fill_((view.frame_count + 1) / 255)

view.run(max_frames=100)
"""
ENDINGS = {
    "waited for": ["await view.wait(frames=100)"],
    "over before": [
        "import asyncio\nwhile view.state != 'stopped':\n    await asyncio.sleep(0.05)",
        "await view.wait(frames=100)",
    ],
    "stopped": [
        "await view.wait(frames=20)",
        "import asyncio\nwhile view.state != 'stopped':\n    await asyncio.sleep(0.05)",
        "await view.wait(frames=100)",
    ],
}


@pytest.mark.usefixtures("quick_kernels")
@pytest.mark.parametrize("cells", ENDINGS.values(), ids=ENDINGS)
def test_a_notebook_that_is_executed_has_the_end_of_the_run(cells: list[str]) -> None:
    notebook = executed(RUN, *cells)
    (state,) = (
        model["state"] for model in notebook.metadata["widgets"][STATE]["state"].values() if "_replay" in model["state"]
    )
    replay = json.loads(state["_replay"])
    assert (replay["last"], replay["state"]) == (100, "stopped")
    assert state["_poster"].startswith("data:image/png")
    (output,) = (output for output in notebook.cells[0].outputs if VIEW in output.get("data", {}))
    picture = Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"])))
    assert picture.getpixel((5, 5))[:3] == (100, 100, 100)


def test_what_cannot_be_recorded_stops_no_training() -> None:
    view, _ = stepping_view()
    gray = view.panel("Q").canvas("gray").bind(torch.zeros(4, 4))
    gray._colormap = "no such map"  # as if a plug-in had removed it
    view.run(max_frames=5)
    assert view.frame_count == 5
    assert any("replay ends" in notice for notice in view._parts.tree.notices)
    view.close()


def test_what_cannot_be_saved_is_told_once_ends_nothing_and_is_saved_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vultorch_widget.run.saving.INTERVAL", 1e9)
    view, kept = stepping_view()
    refused: list[Kept] = []

    def refuse(one: Kept) -> None:
        refused.append(one)
        raise OSError(f"no room for the {len(refused)}.")

    saving = view._parts.saving
    saving.write = refuse
    view.run(max_frames=5)
    assert (view.state, view.frame_count, len(refused)) == ("stopped", 5, 1)
    for _ in range(3):
        saving.now()  # as in each turn while a page watches
    assert len(refused) == 1
    saving.asked()
    saving.again()
    view.run(max_frames=1)
    assert len(refused) == 4
    told = "The replay could not be saved in the notebook; it is tried again. OSError: no room for the 1."
    assert view._parts.tree.notices == [told]
    saving.write = kept.append
    view.close()
    (one,) = kept
    replay = json.loads(one.replay)
    assert (replay["state"], replay["last"]) == ("closed", 6)
    assert (replay["frames"][0]["step"], replay["frames"][-1]["step"]) == (1, 6)


def test_recording_holds_no_tensor() -> None:
    view, _ = stepping_view()
    canvas = view.panel("P").canvases["c"]
    first = weakref.ref(canvas.tensor)
    view.run(max_frames=5)
    view._parts.tree.on_frame = None
    canvas.bind(torch.zeros(8, 8, 3))
    view.run(max_frames=1)
    gc.collect()
    assert first() is None
    view.close()


def test_a_training_is_the_same_with_and_without_a_replay() -> None:
    recorded = fit(40)
    final = [canvas.tensor.clone() for canvas in recorded._parts.tree.canvases() if canvas.tensor is not None]
    recorded.close()
    bare = fit(40, replay_frames=2)
    assert all(
        torch.equal(one, canvas.tensor)
        for one, canvas in zip(final, bare._parts.tree.canvases(), strict=True)
        if canvas.tensor is not None
    )
    bare.close()


@pytest.mark.kernel
@pytest.mark.usefixtures("quick_kernels")
@pytest.mark.parametrize("ending", ["await view.wait(frames=30)", "await view.wait(frames=30)\nview.close()"])
def test_an_executed_notebook_keeps_the_replay_and_the_poster(ending: str) -> None:
    setup = """
import torch, vultorch_widget as vultorch
view = vultorch.View("executed")
picture = torch.zeros(8, 8, 3)
view.panel("P").canvas("c").bind(picture)
@view.on_frame
def frame():
    picture.fill_((view.frame_count % 100) / 100)
    view.log(loss=1 / (1 + view.frame_count))
view.run()
"""
    notebook = executed(setup, ending)
    (output,) = [out for out in notebook.cells[0].outputs if VIEW in out.get("data", {})]
    state = notebook.metadata.widgets[STATE]["state"][output.data[VIEW]["model_id"]]["state"]
    replay = json.loads(state["_replay"])
    assert replay["last"] >= 30
    assert len(replay["frames"]) > 1
    assert state["_poster"].startswith("data:image/png;base64,")
    assert state["_poster"].endswith(output.data["image/png"].strip())
    assert output.data["text/plain"].startswith("executed: ")


@pytest.mark.usefixtures("quick_kernels")
def test_what_a_cell_draws_after_pausing_is_kept() -> None:
    notebook = executed(
        "import torch, vultorch_widget as vultorch\n"
        "view = vultorch.View('drawn')\n"
        "picture = torch.zeros(16, 16, 3)\n"
        "view.panel('P').canvas('c').bind(picture)\n"
        "view.on_frame(lambda: None)\n"
        "view.run()",
        "await view.wait(frames=3)\nview.pause()\npicture[..., 0] = 1",
    )
    (output,) = [o for o in notebook.cells[0].outputs if VIEW in o.get("data", {})]
    state = notebook.metadata["widgets"][STATE]["state"][output["data"][VIEW]["model_id"]]["state"]
    replay = json.loads(state["_replay"])
    (picture,) = replay["frames"][-1]["pictures"]
    assert (decoded(replay["blobs"][picture["blob"]]) == [255, 0, 0]).all()
    assert Image.open(io.BytesIO(base64.b64decode(state["_poster"].partition(",")[2]))).getpixel((9, 9))[0] == 255


def test_a_poster_of_noise_is_made_smaller_until_it_is_a_megabyte() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (700, 700, 4), np.uint8)
    noise[..., 3] = 255
    file = poster([noise, noise])
    assert 0.7 * MOST_BYTES < len(file) <= MOST_BYTES
    width, height = Image.open(io.BytesIO(file)).size
    assert width / height == pytest.approx((2 * 700 + GAP) / 700, rel=0.01)
