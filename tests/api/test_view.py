"""A view driven by Python code and by a page that speaks the protocol; no kernel, no browser."""

from __future__ import annotations

import asyncio
import gc
import time
import weakref
from pathlib import Path

import numpy as np
import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import PATIENCE, wait_until
from vultorch_widget.pages.canvas_pictures import RECHECK_MOST
from vultorch_widget.render import plan


def make_view(**options: object) -> vultorch.View:
    return vultorch.View("test", 640, 360, headless=True, **options)  # type: ignore[arg-type]


# --- frames ----------------------------------------------------------------------------------------------------------


def test_the_seed_s_program_runs_headless() -> None:
    torch.manual_seed(0)
    view = vultorch.View("03 - Tiny Net Live Training", 1200, 700, headless=True)
    left = view.panel("GT")
    right = view.panel("Training Output", side="right", width=0.5)
    gt = torch.rand(32, 32, 3)
    left.canvas("gt").bind(gt)
    pred = vultorch.create_tensor(32, 32, channels=4, device="cpu", name="pred", window=view.window)
    pred[:, :, 3] = 1.0
    right.canvas("pred").bind(pred)
    seen = []

    @view.on_frame
    def train_and_render() -> None:
        with torch.no_grad():
            pred[:, :, :3] += 0.1 * (gt - pred[:, :, :3])
        seen.append(view.frame_count)

    view.run(max_frames=5)
    assert seen == [0, 1, 2, 3, 4]
    assert view.frame_count == 5
    assert view.state == "stopped"
    assert torch.allclose(pred[:, :, :3], gt * (1 - 0.9**5), atol=1e-6)
    view.close()


def test_callbacks_run_in_order_and_the_last_registered_wins() -> None:
    view = make_view()
    calls: list[str] = []
    view.on_frame(lambda: calls.append("first"))
    view.on_frame(lambda: calls.append("view"))
    view.panel("a").on_frame(lambda: calls.append("a"))
    view.panel("b").on_frame(lambda: calls.append("b"))
    view.run(max_frames=2)
    assert calls == ["view", "a", "b"] * 2


def test_a_callback_may_add_panels_and_bind_again_while_running() -> None:
    view = make_view()

    @view.on_frame
    def frame() -> None:
        view.panel(f"panel {view.frame_count}").canvas("c").bind(torch.zeros(4, 4))

    view.run(max_frames=3)
    page = Page(view).open()
    view._parts.hearing.drain()
    view._parts.showing.publish(resting=True)
    assert [panel["name"] for panel in page.scenes[-1]["panels"]] == ["panel 0", "panel 1", "panel 2"]


def test_run_raises_what_a_callback_raises_and_keeps_it() -> None:
    view = make_view()

    @view.on_frame
    def frame() -> None:
        if view.frame_count == 2:
            raise ZeroDivisionError("two")

    with pytest.raises(ZeroDivisionError, match="two"):
        view.run(max_frames=10)
    assert view.frame_count == 2
    assert isinstance(view.last_error, ZeroDivisionError)
    assert view.state == "failed"


def test_step_and_end_step_make_frames_until_stopped() -> None:
    view = make_view()
    count = 0
    while view.step():
        count += 1
        if count == 4:
            view._parts.runner.stop()
        view.end_step()
    assert (count, view.frame_count) == (4, 4)


def test_a_step_that_was_not_ended_is_ended_by_the_next() -> None:
    view = make_view()
    for _ in range(3):
        assert view.step()
    view.close()
    assert not view.step()
    assert view.frame_count == 3


def test_close_inside_a_callback_ends_the_run() -> None:
    view = make_view()
    view.on_frame(view.close)
    view.run(max_frames=5)
    assert view.state == "closed"
    with pytest.raises(RuntimeError, match="closed"):
        view.run(max_frames=1)


def test_tick_rate_paces_a_blocking_run() -> None:
    view = make_view(tick_rate=100)
    view.on_frame(lambda: None)
    start = time.monotonic()
    view.run(max_frames=20)
    assert 0.18 < time.monotonic() - start < PATIENCE


# --- pictures --------------------------------------------------------------------------------------------------------


def test_a_page_gets_what_is_in_the_tensor_exactly_at_rest() -> None:
    view = make_view()
    picture = torch.randint(0, 256, (40, 60, 3), dtype=torch.uint8)
    view.panel("p").canvas("c").bind(picture)
    page = Page(view).open(room=(60, 40))
    view.run(max_frames=1)
    assert np.array_equal(page.pixels("p/c", lossless=True), picture.numpy())


def test_a_write_is_seen_in_the_next_frame_and_what_does_not_change_costs_no_byte() -> None:
    view = make_view()
    still, moving = torch.rand(64, 64, 3), torch.zeros(64, 64, 3)
    view.panel("a").canvas("still").bind(still)
    view.panel("b").canvas("moving").bind(moving)
    page = Page(view).open()

    @view.on_frame
    def frame() -> None:
        moving.fill_(view.frame_count / 100)
        time.sleep(0.01)
        page.report()

    view.run(max_frames=60)
    sent = [p["canvas"] for content, _ in page.updates for p in content["pictures"]]
    assert sent.count("a/still") == 2  # once at first, once losslessly
    assert sent.count("b/moving") > 10
    assert np.all(np.abs(page.pixels("b/moving").astype(int) - round(0.59 * 255)) <= 2)


def test_nothing_is_composited_or_sent_while_no_page_shows_the_view() -> None:
    view = make_view()
    tensor = view.panel("p").canvas("c").alloc(8, 8, device="cpu")
    composed = []

    @view.on_frame
    def frame() -> None:
        composed.append((view._parts.pictures.composed, len(page.updates)))
        tensor.add_(0.01)

    page = Page(view).open()
    page.report(visible=False)
    view.run(max_frames=50)
    # The first frame is sent, so that the view does not jump when it is scrolled to.
    assert composed == [(0, 0), *[(1, 1)] * 49]
    page.report(visible=True)
    view._parts.hearing.drain()
    view._parts.showing.publish(resting=True)
    assert page.pixels("p/c").shape == (8, 8, 3)


def test_a_second_page_gets_everything() -> None:
    view = make_view()
    view.panel("p").canvas("c").bind(torch.rand(8, 8, 3))
    first = Page(view).open()
    view.log(loss=1.0)
    view.run(max_frames=1)
    before = len(first.updates)
    first.client = "page-2"  # messages reach all pages, so one object can listen for both
    first.open()
    view._parts.hearing.drain()
    view._parts.showing.publish(resting=True)
    contents = [content for content, _ in first.updates[before:]]
    assert any(content["pictures"] for content in contents)
    assert any(content["series"] for content in contents)
    assert len(first.scenes) == 2


@pytest.mark.parametrize("fit", ["contain", "stretch", "natural"])
def test_fit_reaches_the_page(fit: str) -> None:
    view = make_view()
    canvas = view.panel("p").canvas("c", fit=fit)  # type: ignore[arg-type]
    assert canvas.spec().fit == fit
    canvas.fit = False
    assert canvas.spec().fit == "natural"


def test_an_empty_tensor_is_an_empty_canvas() -> None:
    view = make_view()
    view.panel("p").canvas("c").bind(torch.zeros(0, 5, 3))
    page = Page(view).open()
    view.on_frame(lambda: None)
    view.run(max_frames=1)
    assert all(not content["pictures"] for content, _ in page.updates)
    assert page.scenes[-1]["panels"][0]["canvases"][0]["error"] == ""


def test_a_tensor_resized_between_frames_is_shown_at_its_new_size() -> None:
    view = make_view()
    tensor = torch.zeros(8, 8, 3)
    view.panel("p").canvas("c").bind(tensor)
    page = Page(view).open()
    view.run(max_frames=1)
    tensor.resize_(4, 6, 3).fill_(1.0)
    view.invalidate()
    wait_until(lambda: view._parts.showing.publish(resting=True))
    assert page.pixels("p/c").shape == (4, 6, 3)
    assert (page.scenes[-1]["panels"][0]["canvases"][0]["width"]) == 6


def test_a_tensor_resized_to_something_that_cannot_be_shown_says_so_and_training_goes_on() -> None:
    view = make_view()
    tensor = torch.zeros(8, 8, 3)
    view.panel("p").canvas("c").bind(tensor)
    page = Page(view).open()

    @view.on_frame
    def frame() -> None:
        if view.frame_count == 1:
            tensor.resize_(4, 4, 7)

    view.run(max_frames=3)
    view._parts.showing.publish(resting=True)
    assert "7" in page.scenes[-1]["panels"][0]["canvases"][0]["error"]
    assert view.frame_count == 3


# --- controls --------------------------------------------------------------------------------------------------------


def test_a_slider_moved_in_the_page_is_what_the_next_frame_reads() -> None:
    view = make_view()
    panel = view.panel("controls")
    page = Page(view).open()
    values = []

    @view.on_frame
    def frame() -> None:
        values.append(panel.slider("lr", 0.0, 1.0, default=0.5))
        if view.frame_count == 1:
            page.set("controls", panel.store.specs()[0].id, 0.25)

    view.run(max_frames=4)
    assert values == [0.5, 0.5, 0.25, 0.25]


def test_of_many_moves_only_the_newest_is_applied_but_each_click_counts() -> None:
    view = make_view()
    panel = view.panel("controls")
    page = Page(view).open()
    panel.slider("lr")
    panel.button("go")
    slider, button = (spec.id for spec in panel.store.specs())
    for i in range(1000):
        page.set("controls", slider, i / 1000, revision=i + 1)
    page.set("controls", button, True)
    assert len(view._parts.hearing.inbox) < 10
    view._parts.hearing.drain()
    assert panel.get("lr") == pytest.approx(0.999)
    assert panel.button("go")
    assert not panel.button("go")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("not a message", "object"),
        ({"kind": "explode"}, "unknown kind 'explode'"),
        ({"kind": "ready", "client": 7, "protocol": 1}, "Ready.client"),
        ({"kind": "ready", "client": "a", "protocol": 1, "extra": 1}, "extra"),
        ({"kind": "command", "client": "a", "name": "pause", "value": float("nan")}, "nan"),
        ({"kind": "command", "client": "a", "name": "rm -rf", "value": 0}, "rm -rf"),
        ({"kind": "set_control", "client": "a", "panel": "no", "control": "x", "value": 1, "revision": 1}, "'no'"),
        ({"kind": "set_control", "client": "a", "panel": "p", "control": "zz", "value": 1, "revision": 1}, "zz"),
    ],
)
def test_what_a_page_should_not_send_is_refused_counted_and_not_applied(content: object, reason: str) -> None:
    view = make_view()
    view.panel("p").slider("lr", 0, 1, default=0.5)
    page = Page(view).open()
    view._parts.hearing.drain()
    view._parts.hearing.receive(content)
    view._parts.hearing.drain()
    channel = view._parts.channel
    assert channel.refused == 1
    assert reason in channel.last_refusal
    assert view.panel("p").get("lr") == 0.5
    assert page.scenes == []


@pytest.mark.parametrize("value", [1.5, -0.1, "half", True, 10**30])
def test_a_value_out_of_range_or_of_another_type_is_refused(value: object) -> None:
    view = make_view()
    panel = view.panel("p")
    panel.slider("lr", 0, 1, default=0.5)
    page = Page(view).open()
    page.set("p", panel.store.specs()[0].id, value)
    view._parts.hearing.drain()
    assert panel.get("lr") == 0.5
    assert view._parts.channel.refused == 1


# --- logging, errors, lives ------------------------------------------------------------------------------------------


def test_log_counts_iterations_and_reaches_the_page() -> None:
    view = make_view()
    page = Page(view).open()

    @view.on_frame
    def frame() -> None:
        for _ in range(6):
            view.log(loss=torch.tensor(0.5), psnr=20.0)

    view.run(max_frames=3)
    assert view.iteration == 18
    names = {patch["name"] for content, _ in page.updates for patch in content["series"]}
    assert names == {"loss", "psnr"}
    content, buffers = next((c, b) for c, b in page.updates if c["series"])
    points = np.frombuffer(buffers[content["series"][0]["buffer"]], dtype="<f8").reshape(-1, 5)
    assert np.allclose(points[:, 1:], 0.5)


def test_an_error_is_shown_with_its_place_and_resume_tries_again() -> None:
    view = make_view()
    page = Page(view).open()
    broken = True

    @view.panel("p").on_frame
    def frame() -> None:
        if broken:
            raise ValueError("lr is -3")

    with pytest.raises(ValueError, match="lr is -3"):
        view.run(max_frames=2)
    failure = page.status["failure"]
    assert page.status["state"] == "failed"
    assert failure["where"] == "on_frame of panel 'p'"
    assert failure["summary"] == "ValueError: lr is -3"
    assert "raise ValueError" in failure["traceback"]
    broken = False
    view.run(max_frames=2)
    assert view.frame_count == 2
    assert page.status["failure"] is None


def test_reset_forgets_the_loss_and_calls_back() -> None:
    view = make_view()
    calls = []
    view.reset(lambda: calls.append(1))
    view.log(loss=1.0)
    page = Page(view).open()
    page.command("reset")
    view._parts.hearing.drain()
    assert calls == [1]
    assert view.iteration == 0


def test_no_observer_effect_parameters_are_bit_identical() -> None:
    def train(view: vultorch.View | None) -> list[torch.Tensor]:
        torch.manual_seed(3)
        model = torch.nn.Sequential(torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 3))
        optimiser = torch.optim.Adam(model.parameters(), lr=1e-2)
        x, y = torch.rand(256, 2), torch.rand(256, 3)

        def step() -> None:
            optimiser.zero_grad(set_to_none=True)
            loss = torch.nn.functional.mse_loss(model(x), y)
            loss.backward()
            optimiser.step()
            if view is not None:
                view.log(loss=loss)
                view.panel("out").canvas("c").bind(model(x).reshape(16, 16, 3))
                view.panel("out").slider("lr", 1e-5, 1e-1, default=1e-2, log=True)

        if view is None:
            for _ in range(50):
                step()
        else:
            Page(view).open()
            view.on_frame(step)
            view.run(max_frames=50)
        return [parameter.detach().clone() for parameter in model.parameters()]

    for bare, shown in zip(train(None), train(make_view()), strict=True):
        assert torch.equal(bare, shown)


def test_a_closed_view_is_collected_and_its_tensor_stays_valid() -> None:
    def make() -> tuple[weakref.ref[vultorch.View], torch.Tensor]:
        view = make_view()
        tensor = view.panel("p").canvas("c").alloc(16, 16, device="cpu")
        Page(view).open()
        view.run(max_frames=1)
        view.close()
        return weakref.ref(view), tensor

    for _ in range(3):
        ref, tensor = make()
        gc.collect()
        assert ref() is None
        tensor.fill_(2.0)
        assert float(tensor.sum()) == 16 * 16 * 4 * 2.0


# --- wrong use -------------------------------------------------------------------------------------------------------


def test_wrong_use_says_what_was_wrong() -> None:
    view = make_view()
    with pytest.raises(ValueError, match="middle"):
        view.panel("p", side="middle")
    with pytest.raises(ValueError, match="-5"):
        view.tick_rate = -5
    with pytest.raises(ValueError, match="cubic"):
        view.panel("p").canvas("c", filter="cubic")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="fill"):
        view.panel("p").canvas("c", fit="fill")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"\(2, 3, 7\)"):
        view.panel("p").canvas("c").bind(torch.zeros(2, 3, 7))
    with pytest.raises(ValueError, match="complex64"):
        view.panel("p").canvas("c").bind(torch.zeros(2, 2, dtype=torch.complex64))
    with pytest.raises(ValueError, match="channels 2"):
        vultorch.create_tensor(4, 4, 2, "cpu", window=view)
    with pytest.raises(ValueError, match="height 0"):
        vultorch.create_tensor(0, 4, 4, "cpu", window=view)
    with pytest.raises(ValueError, match="0 and 5"):
        vultorch.View("bad", 0, 5)
    with pytest.raises(ValueError, match="max_fps"):
        vultorch.View("bad", max_fps=0)
    with pytest.raises(ValueError, match="view 'bad': backend must be 'auto', 'vulkan' or 'torch', not 'metal'"):
        vultorch.View("bad", backend="metal")  # type: ignore[arg-type]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_tensor_on_a_gpu_that_is_not_there_says_what_to_pass() -> None:
    view = make_view()
    canvas = view.panel("p").canvas("c")
    with pytest.raises(RuntimeError, match=r"create_tensor\('tensor'\): .* 'cuda:0'; pass device='cpu'"):
        canvas.alloc(4, 4)


@pytest.mark.parametrize(
    ("attribute", "wrong", "right"),
    [
        ("color", "srgb", "'display' or 'linear', not 'srgb'"),
        ("channels", "rgb", "'auto', 'r', 'g', 'b' or 'a', not 'rgb'"),
        ("gain", None, "a finite number, not None"),
        ("offset", float("nan"), "a finite number, not nan"),
        ("colormap", "no such map", "'no such map' is not a colormap"),
        ("filter", "cubic", "'linear' or 'nearest', not 'cubic'"),
        ("fit", "cover", "'natural', not 'cover'"),
    ],
)
def test_a_look_that_there_is_not_is_refused_where_it_is_set(attribute: str, wrong: object, right: str) -> None:
    canvas = make_view().panel("p").canvas("ramp")
    before = getattr(canvas, attribute)
    with pytest.raises(ValueError, match=f"canvas 'ramp': .*{right}"):
        setattr(canvas, attribute, wrong)
    assert getattr(canvas, attribute) == before


def test_create_tensor_and_show_need_a_view(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vultorch_widget.api.open_views._views", {})
    with pytest.raises(RuntimeError, match="needs a view"):
        vultorch.create_tensor(4, 4, device="cpu")
    with pytest.raises(RuntimeError, match="needs a view"):
        vultorch.show(torch.zeros(4, 4))


def test_show_makes_a_panel_of_its_own() -> None:
    view = make_view()
    vultorch.show(torch.zeros(4, 4), name="ramp", filter="nearest", window=view)
    (canvas,) = view._parts.tree.canvases()
    assert (canvas.id, canvas.filter) == ("ramp/ramp", "nearest")


async def test_wait_needs_exactly_one_condition_and_a_running_view() -> None:
    view = make_view()
    with pytest.raises(ValueError, match="exactly one"):
        await view.wait()
    with pytest.raises(ValueError, match="2 were given"):
        await view.wait(frames=1, iterations=1)
    with pytest.raises(RuntimeError, match="run"):
        await view.wait(frames=1)


def test_writes_that_torch_does_not_count_are_followed_at_the_rate_of_frames() -> None:
    view = make_view()
    picture = torch.zeros(4, 4)
    through_numpy = picture.numpy()
    view.panel("p").canvas("c").bind(picture)
    stage = view._parts.pictures
    composed = []
    for number in range(200):  # frames of 10 ms; written to from the hundredth on
        if number >= 100:
            through_numpy[:] = number / 200
        before = stage.composed
        stage.compose(view._parts.tree.canvases(), {"p/c": (4, 4)}, now=number / 100)
        composed.append(stage.composed - before)
    assert 2 <= sum(composed[:100]) <= 5  # at 0, 0.1, 0.3, 0.7 s
    found = composed[100:].index(1)
    assert found <= 100 * RECHECK_MOST
    assert all(composed[100 + found :])


def test_input_on_the_comm_of_the_pictures_is_heard_and_said() -> None:
    view = make_view()
    page = Page(view).open()
    assert "input" not in view.backend
    view.panel("p").slider("x")
    view._parts.hearing.receive_beside({"kind": "command", "client": page.client, "name": "tick_rate", "value": 7.0})
    view._parts.hearing.drain()
    assert view.tick_rate == 7
    assert view.backend.endswith("input on the pictures' comm")


def test_another_host_shows_the_widget_of_a_view() -> None:
    view = make_view()
    assert view._display_() is view.widget
    view.close()


def test_what_cannot_be_shown_ends_no_training_and_is_told_once() -> None:
    view = make_view()
    canvas = view.panel("p").canvas("c").bind(torch.rand(8, 8))
    view.panel("p").slider("lr", 0.0, 1.0)
    page = Page(view).open()
    canvas._colormap = "no such map"  # as if a plug-in had removed it
    view.on_frame(lambda: canvas.bind(torch.rand(8, 8)))
    view.run(max_frames=10)
    assert (view.frame_count, view.state) == (10, "stopped")
    (notice,) = (notice for notice in view._parts.tree.notices if "could not be shown" in notice)
    assert "ValueError: 'no such map' is not a colormap" in notice
    assert notice in page.scenes[-1]["notices"]
    assert page.status["state"] in ("running", "stopped")
    canvas.colormap = "magma"
    view.run(max_frames=10)
    assert page.pixels("p/c").shape == (8, 8, 3)
    view.close()


async def test_what_fails_at_the_end_of_a_frame_fails_the_view_and_resuming_tries_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = make_view()
    view.on_frame(lambda: None)

    def lost() -> None:
        raise RuntimeError("the device is lost")

    with monkeypatch.context() as patched:
        patched.setattr(view._parts.session, "limit_backlog", lost)
        view._parts.runner.start(0)
        with pytest.raises(RuntimeError, match="the view is failed"):
            await view.wait(frames=100, timeout=PATIENCE)
    assert (view.state, str(view.last_error)) == ("failed", "the device is lost")
    view.resume()
    await view.wait(frames=view.frame_count + 5, timeout=PATIENCE)
    assert view.state == "running"
    view.close()


@pytest.mark.parametrize(
    "wrong",
    [{"tick_rate": -1}, {"quality": "best"}, {"replay_frames": 1}, {"backend": "metal"}, {"max_fps": 0}],
    ids=str,
)
def test_a_wrong_argument_leaves_the_running_view_of_that_title(
    wrong: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vultorch_widget.api.view.in_notebook", lambda: True)
    old = vultorch.View("title")
    with pytest.raises(ValueError, match=str(next(iter(wrong.values())))):
        vultorch.View("title", **wrong)  # type: ignore[arg-type]
    assert old.state == "idle"
    vultorch.View("title").close()
    assert old.state == "closed"


def test_a_run_goes_on_after_its_last_frame_where_it_is_resumed() -> None:
    view = make_view()

    @view.on_frame
    def frame() -> None:
        if view.frame_count == 7:
            view.stop()

    view.run(max_frames=5)
    view.resume()
    while view.state == "running":
        view._parts.runner.tick()
    assert view.frame_count == 8
    view.close()


def test_a_tensor_that_lost_a_dimension_is_neither_pointed_at_nor_saved(tmp_path: Path) -> None:
    view = make_view()
    lost, other = torch.zeros(8, 8), torch.ones(8, 8)
    canvas = view.panel("p").canvas("c").bind(lost)
    view.panel("p").canvas("d").bind(other)
    canvas.on_pointer(lambda event: None)
    page = Page(view).open()
    lost.resize_(64)
    where = {"x": 0.5, "y": 0.5, "button": "", "buttons": [], "wheel": 0.0, "modifiers": [], "stroke": 0}
    page.say("pointed", canvas="p/c", action="move", **where)
    view.run(max_frames=1)
    assert "canvas 'p/c' that wants a pointer" in view._parts.channel.last_refusal
    with pytest.raises(ValueError, match=r"canvas 'c' cannot be saved: a tensor of shape \(64,\)"):
        canvas.save(tmp_path / "c.png")
    assert view.snapshot().size[0] >= 8
    view.close()


async def test_a_loop_that_a_cell_keeps_busy_collects_one_call_for_all_messages() -> None:
    view = make_view()
    page = Page(view).open()
    loop = asyncio.get_running_loop()
    waiting = len(loop._ready)  # type: ignore[attr-defined]
    for _ in range(50):
        page.report()
    assert len(loop._ready) <= waiting + 1  # type: ignore[attr-defined]
    await asyncio.sleep(0)
    page.set("p", "lr", 0.5)
    assert len(loop._ready) >= 1  # type: ignore[attr-defined]
    view.close()


def test_a_giant_is_composited_when_it_is_written_and_not_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even though each frame's plan makes another view of it."""
    monkeypatch.setattr(plan, "MOST_TEXELS", 1 << 12)
    view = make_view()
    giant = torch.zeros(200, 200)
    view.panel("p").canvas("c").bind(giant)
    stage = view._parts.pictures
    composed = []
    for number in range(10):  # all within a time in which none is rechecked on suspicion
        if number in (4, 7):
            giant[0, 0] = number / 10
        stage.compose(view._parts.tree.canvases(), {"p/c": (16, 16)}, now=number / 200)
        composed.append(stage.composed)
    assert composed == [1, 1, 1, 1, 2, 2, 2, 3, 3, 3]


def test_a_giant_is_saved_to_its_last_texel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "MOST_TEXELS", 1 << 12)
    view = make_view()
    giant = torch.randint(0, 256, (150, 200, 3), dtype=torch.uint8)
    canvas = view.panel("p").canvas("c").bind(giant)
    canvas.save(tmp_path / "giant.png")
    assert (vultorch.imread(tmp_path / "giant.png", channels=3, device="cpu").mul(255).round() == giant).all()
