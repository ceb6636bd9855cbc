"""What a page is told about texels: current values, at once when it asks, and nothing while nothing changes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import wait_until
from vultorch_widget.pages import probing

WIRE = {"float64": "<f8", "float32": "<f4", "int64": "<i8", "uint8": "<i8"}


class Visit:
    """A view that never runs, with two linked canvases, and a page that looks at it."""

    def __init__(self) -> None:
        self.view = vultorch.View("probe", headless=True)
        self.truth, self.prediction = torch.rand(6, 8, 3), torch.zeros(6, 8, 3, dtype=torch.float64)
        self.view.panel("p").canvas("truth").bind(self.truth)
        self.view.panel("p").canvas("prediction").bind(self.prediction)
        self.page = Page(self.view).open()
        self.turn()
        self.page.report()

    def turn(self) -> None:
        self.view._parts.hearing.drain()
        self.view._parts.showing.publish(resting=True)

    def ask(self, x: int = 2, y: int = 3, canvas: str = "p/truth") -> None:
        self.page.say("probe_texel", canvas=canvas, x=x, y=y)
        self.turn()

    def told(self) -> dict[str, list[float]]:
        """What the last answer says, by canvas."""
        content, buffers = self.page.probed[-1]
        return {block["canvas"]: values(block, buffers) for block in content["texels"]}

    @property
    def refusal(self) -> str:
        return self.view._parts.channel.last_refusal


def values(block: dict[str, Any], buffers: list[bytes]) -> list[Any]:
    wire = "<f4" if block["dtype"] in ("float16", "bfloat16") else WIRE[block["dtype"]]
    return list(np.frombuffer(buffers[block["buffer"]], wire).tolist())


@pytest.fixture
def visit(monkeypatch: pytest.MonkeyPatch) -> Visit:
    monkeypatch.setattr(probing, "READ_INTERVAL", 0.0)
    return Visit()


def test_a_page_that_points_is_told_the_texel_of_all_linked_canvases(visit: Visit) -> None:
    visit.ask()
    assert visit.told() == {"p/truth": visit.truth[3, 2].tolist(), "p/prediction": [0.0, 0.0, 0.0]}
    pointed = visit.view.probe.pointed
    assert pointed is not None
    assert (pointed.x, pointed.y) == (2, 3)


def test_a_probe_at_rest_sends_nothing(visit: Visit) -> None:
    visit.ask()
    messages = visit.view._parts.channel.messages
    for _ in range(20):
        visit.turn()
    assert visit.view._parts.channel.messages == messages


def test_only_canvases_whose_values_changed_are_told_again(visit: Visit) -> None:
    visit.ask()
    visit.prediction[3, 2, 1] = 1 / 3
    visit.turn()
    assert visit.told() == {"p/prediction": [0.0, 1 / 3, 0.0]}


def test_a_page_that_asks_again_is_told_everything_again(visit: Visit) -> None:
    visit.ask()
    visit.ask(x=0)
    visit.ask()
    assert len(visit.page.probed) == 3
    assert len(visit.told()) == 2


def test_a_page_that_points_nowhere_is_told_no_more(visit: Visit) -> None:
    visit.ask()
    visit.page.say("probe_texel", canvas="", x=0, y=0)
    visit.truth += 1
    visit.turn()
    assert len(visit.page.probed) == 1
    assert visit.view.probe.pointed is None
    assert not visit.view._parts.probing.busy


def test_the_pointer_of_a_page_that_left_is_forgotten(visit: Visit) -> None:
    visit.ask()
    visit.page.say("gone")
    visit.turn()
    assert visit.view.probe.pointed is None
    assert not visit.view._parts.probing.busy


def test_a_block_is_told_row_by_row_as_far_as_there_are_texels(visit: Visit) -> None:
    block = {"canvas": "p/truth", "left": 6, "top": 4, "right": 20, "bottom": 20}
    visit.page.say("watch_texels", blocks=[block])
    visit.turn()
    ((content, buffers),) = visit.page.probed
    (told,) = content["texels"]
    assert [told[side] for side in ("left", "top", "right", "bottom")] == [6, 4, 8, 6]
    assert values(told, buffers) == visit.truth[4:, 6:].reshape(-1).tolist()


def test_a_block_of_a_batch_is_told_picture_by_picture(visit: Visit) -> None:
    batch = torch.arange(3 * 2 * 2).reshape(3, 2, 2).to(torch.uint8)
    visit.view.panel("b").canvas("batch").bind(batch, layout="NHW", columns=2, gap=1)
    visit.page.say("watch_texels", blocks=[{"canvas": "b/batch", "left": 1, "top": 0, "right": 5, "bottom": 4}])
    visit.turn()
    ((content, buffers),) = visit.page.probed
    told = {block["picture"]: (block["left"], block["top"], values(block, buffers)) for block in content["texels"]}
    assert told == {0: (1, 0, [1, 3]), 1: (3, 0, [4, 5, 6, 7]), 2: (1, 3, [9])}


@pytest.mark.parametrize(
    ("kind", "fields", "reason"),
    [
        ("probe_texel", {"canvas": "p/none", "x": 0, "y": 0}, "has no canvas 'p/none'"),
        ("probe_texel", {"canvas": "p/truth", "x": -1, "y": 0}, r"(-1, 0) is no texel"),
        ("probe_texel", {"canvas": "p/truth", "x": 0.5, "y": 0}, "0.5 is not int"),
        ("pin_texel", {"canvas": "p/none", "x": 0, "y": 0, "pinned": True, "alone": True}, "no canvas 'p/none'"),
    ],
)
def test_a_texel_that_cannot_be_is_refused(visit: Visit, kind: str, fields: dict[str, Any], reason: str) -> None:
    visit.page.say(kind, **fields)
    visit.turn()
    assert reason in visit.refusal
    assert visit.page.probed == []


@pytest.mark.parametrize(
    ("sides", "reason"), [((0, 0, 0, 4), "(0, 0, 0, 4) is no block"), ((0, 0, 100, 100), "10000 texels in 1 blocks")]
)
def test_a_block_that_is_empty_or_too_large_is_refused(visit: Visit, sides: tuple[int, ...], reason: str) -> None:
    block = dict(zip(("left", "top", "right", "bottom"), sides, strict=True))
    visit.page.say("watch_texels", blocks=[{"canvas": "p/truth", **block}])
    visit.turn()
    assert reason in visit.refusal
    assert visit.page.probed == []


def test_a_texel_outside_is_not_told_and_no_fault(visit: Visit) -> None:
    visit.ask(x=800)  # the tensor may have shrunk since the page last heard about it
    assert visit.page.probed == []
    assert visit.view._parts.channel.refused == 0


def test_a_page_pins_a_texel_and_every_page_is_told(visit: Visit) -> None:
    other = Page(visit.view, client="page-2").open()
    visit.turn()
    other.report()
    other.pins, other.probed = visit.page.pins, visit.page.probed  # one comm for all
    visit.page.say("pin_texel", canvas="p/truth", x=5, y=1, pinned=True, alone=True)
    visit.turn()
    content, _ = visit.page.pins[-1]
    assert content["pins"] == [{"canvas": "p/truth", "x": 5, "y": 1}]
    assert {content["client"] for content, _ in visit.page.probed} == {"page-1", "page-2"}
    assert [(reading.x, reading.y) for reading in visit.view.probe.pinned] == [(5, 1)]

    visit.page.say("pin_texel", canvas="p/prediction", x=5, y=1, pinned=False, alone=False)  # linked: the same pin
    visit.turn()
    assert visit.page.pins[-1][0]["pins"] == []


def test_a_page_that_opens_later_is_told_the_pins(visit: Visit) -> None:
    visit.view.probe.pin(next(visit.view._parts.tree.canvases()), 5, 1)
    visit.turn()
    visit.page.pins.clear()
    visit.page.open()
    visit.turn()
    assert visit.page.pins[-1][0]["pins"] == [{"canvas": "p/truth", "x": 5, "y": 1}]


def test_a_page_hears_of_a_pin_before_its_values(visit: Visit) -> None:
    heard: list[str] = []
    visit.page.pins = Heard(heard, "pins")
    visit.page.probed = Heard(heard, "probed")
    visit.view.probe.pin(next(visit.view._parts.tree.canvases()), 5, 1)
    visit.turn()
    assert heard == ["pins", "probed"]  # a page drops values of texels that it does not know


class Heard(list[Any]):
    """Messages of one kind; each is also recorded in a list of all kinds."""

    def __init__(self, heard: list[str], kind: str) -> None:
        super().__init__()
        self._heard, self._kind = heard, kind

    def append(self, message: Any) -> None:
        self._heard.append(self._kind)
        super().append(message)


def test_the_life_of_a_pinned_texel_is_sent_piece_by_piece(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(visit.view._parts.probing._tells, "interval", 0.0)
    monkeypatch.setattr(visit.view._parts.probing._lives, "interval", 0.0)
    visit.page.say("pin_texel", canvas="p/truth", x=5, y=1, pinned=True, alone=True)
    for step in range(1, 4):
        visit.view.log(step=step, loss=0.0)
        visit.prediction.fill_(step)
        visit.turn()
    visit.turn()
    patches = [
        (life["start"], np.frombuffer(buffers[life["buffer"]]).reshape(-1, 5)[:, [0, -1]].tolist())
        for content, buffers in visit.page.pins
        for life in content["lives"]
        if (life["canvas"], life["channel"]) == ("p/prediction", 2)
    ]
    # The last point is sent again with the next one: until then its value could still have been replaced.
    assert patches == [(0, [[1.0, 1.0]]), (0, [[1.0, 1.0], [2.0, 2.0]]), (1, [[2.0, 2.0], [3.0, 3.0]])]


def test_values_are_those_of_the_frame_that_the_answer_names() -> None:
    view = vultorch.View("probe", headless=True)
    tensor = torch.zeros(4, 4)
    view.panel("p").canvas("c").bind(tensor)
    page = Page(view).open()
    while view.step():
        tensor.fill_(view.frame_count + 1)
        page.report()
        page.say("probe_texel", canvas="p/c", x=1, y=1)
        view.end_step()
        if view.frame_count == 20:
            break
    frames = [(content["frame"], values(content["texels"][0], buffers)[0]) for content, buffers in page.probed]
    assert len(frames) > 10
    assert all(frame == value for frame, value in frames)


def test_the_values_refresh_while_nothing_but_the_tensor_moves(visit: Visit) -> None:
    visit.ask()
    told = len(visit.page.probed)

    def refreshed() -> bool:
        visit.truth.add_(1)
        visit.turn()
        return len(visit.page.probed) > told + 3

    wait_until(refreshed)


def test_an_overlay_is_told_beside_its_picture_and_has_no_life_of_its_own(visit: Visit) -> None:
    mask = torch.zeros(6, 8, dtype=torch.int64)
    mask[3, 2] = 7
    visit.view.panel("p").canvas("prediction").overlay(mask, labels=["road", "car"])
    visit.ask()
    assert visit.told()["%overlay/p/prediction"] == [7]
    assert visit.told()["p/prediction"] == [0.0, 0.0, 0.0]
    mask[3, 2] = 1
    visit.turn()
    assert visit.told() == {"%overlay/p/prediction": [1]}
    visit.page.say("pin_texel", canvas="p/truth", x=2, y=3, pinned=True, alone=True)
    visit.turn()
    reading = visit.view.probe.pinned[0]
    assert [texel.canvas for texel in reading.texels] == ["p/truth", "p/prediction"]
    assert {canvas for (canvas, *_), _, _ in visit.view._parts.pins.lives.patches({})} == {"p/truth", "p/prediction"}
