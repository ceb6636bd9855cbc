"""Pointer messages from pages: events in texels, in order, and the queries of `ui`."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

import vultorch_widget as vultorch
from tests.page import Page
from tests.patience import wait_until
from vultorch_widget import PointerEvent, ui


def point(page: Page, action: str, x: float, y: float, *, canvas: str = "p/c", **fields: Any) -> None:
    rest = {"button": "", "buttons": [], "wheel": 0.0, "modifiers": [], "stroke": 0}
    page.say("pointed", canvas=canvas, action=action, x=x, y=y, **(rest | fields))


def pressed(page: Page, x: float, y: float, button: str = "left") -> None:
    point(page, "press", x, y, button=button, buttons=[button], stroke=1)


def drawn(**options: Any) -> tuple[vultorch.View, vultorch.Canvas, list[PointerEvent], Page]:
    view = vultorch.View("pointed", 800, 600, headless=True, **options)
    canvas = view.panel("p").canvas("c").bind(torch.zeros(10, 20, 3))
    events: list[PointerEvent] = []
    canvas.on_pointer(events.append)
    return view, canvas, events, Page(view).open()


def test_a_stroke_arrives_in_texels_with_the_way_between() -> None:
    view, _, events, page = drawn()
    point(page, "move", 3.5, 2.25, modifiers=["shift"])
    pressed(page, 4.0, 2.25)
    point(page, "move", 8.0, 5.25, buttons=["left"], stroke=1)
    point(page, "move", 25.0, -1.0, buttons=["left"], stroke=1)
    point(page, "release", 25.0, -1.0, button="left", stroke=1)
    view.run(max_frames=1)
    assert events == [
        PointerEvent(kind="hover", x=3.5, y=2.25, modifiers=("shift",)),
        PointerEvent(kind="press", x=4.0, y=2.25, button="left", buttons=("left",)),
        PointerEvent(kind="drag", x=25.0, y=-1.0, dx=21.0, dy=-3.25, inside=False, buttons=("left",)),
        PointerEvent(kind="release", x=25.0, y=-1.0, inside=False, button="left"),
    ]
    view.close()


def test_moves_of_one_stroke_replace_each_other_and_nothing_else_is_lost() -> None:
    view, _, events, page = drawn()
    for stroke in (1, 2):
        point(page, "press", 0.0, 0.0, button="left", buttons=["left"], stroke=stroke)
        for step in range(50):
            point(page, "move", step / 5, stroke, buttons=["left"], stroke=stroke)
        point(page, "release", 9.8, stroke, button="left", stroke=stroke)
    for _ in range(3):
        point(page, "wheel", 1.0, 1.0, wheel=0.5)
    view.run(max_frames=1)
    assert [event.kind for event in events] == ["press", "drag", "release"] * 2 + ["wheel"] * 3
    assert sum(event.wheel for event in events) == 1.5
    assert [event.dx for event in events if event.kind == "drag"] == [9.8, 9.8]
    view.close()


def test_after_leaving_nothing_is_bridged() -> None:
    view, _, events, page = drawn()
    point(page, "move", 1.0, 1.0)
    point(page, "leave", 30.0, 1.0)
    point(page, "move", 15.0, 9.0)
    view.run(max_frames=1)
    kinds = [(event.kind, event.dx, event.inside) for event in events]
    assert kinds == [("leave", 0.0, False), ("hover", 0.0, True)]  # of two pending moves, the newer one counts
    view.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "stab"},
        {"x": math.nan},
        {"x": "3"},
        {"buttons": ["fourth"]},
        {"modifiers": "shift"},
        {"canvas": "p/other"},
        {"wheel": None},
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused_and_counted(wrong: dict[str, Any]) -> None:
    view, _, events, page = drawn()
    point(page, **({"action": "move", "x": 1.0, "y": 1.0} | wrong))
    view.run(max_frames=1)
    assert events == []
    assert view._parts.channel.refused == 1
    view.close()


def test_pages_are_told_what_to_listen_for() -> None:
    view = vultorch.View("pointed", headless=True)
    canvas = view.panel("p").canvas("c").bind(torch.zeros(4, 4))
    page = Page(view).open()
    heard = []

    @view.on_frame
    def frame() -> None:
        page.report()

    def told() -> str:
        view.run(max_frames=2)
        return str(page.scenes[-1]["panels"][0]["canvases"][0]["pointer"])

    assert told() == "off"
    point(page, "move", 1.0, 1.0)
    assert told() == "off"
    assert view._parts.channel.refused == 1

    @canvas.on_pointer
    def first(event: PointerEvent) -> None:
        raise AssertionError("the last one registered wins")

    assert told() == "on"

    @canvas.on_pointer(wheel=True)
    def second(event: PointerEvent) -> None:
        heard.append(event.kind)

    assert told() == "wheel"
    point(page, "wheel", 1.0, 1.0, wheel=-1.0)
    told()
    assert heard == ["wheel"]
    view.close()


def test_painting_changes_the_picture_of_a_view_that_rests() -> None:
    view, canvas, _, page = drawn()
    picture = canvas.tensor
    assert picture is not None

    @canvas.on_pointer
    def paint(event: PointerEvent) -> None:
        if event.inside:
            picture[int(event.y), int(event.x)] = 1

    view.on_frame(page.report)
    view.run(max_frames=2)  # no frame comes after it
    point(page, "move", 19.9, 9.9)
    point(page, "move", 20.0, 9.9, stroke=1)
    view._parts.runner._look()
    assert picture.sum() == 3
    assert picture[9, 19].tolist() == [1, 1, 1]

    def is_exact() -> bool:  # once it has settled, and arrives losslessly
        page.report()
        view._parts.runner._look()
        return page.pixels("p/c")[9, 19].tolist() == [255, 255, 255]

    wait_until(is_exact)
    view.close()


def test_an_error_in_it_is_shown_once_and_resume_tries_again() -> None:
    view, canvas, _, page = drawn()
    calls = []

    @canvas.on_pointer
    def wrong(event: PointerEvent) -> None:
        calls.append(event.kind)
        raise KeyError("no such brush")

    pressed(page, 1.0, 1.0)
    point(page, "release", 1.0, 1.0, button="left")
    with pytest.raises(KeyError, match="no such brush"):
        view.run(max_frames=3)
    assert view.state == "failed"
    assert isinstance(view.last_error, KeyError)
    assert calls == ["press"]
    assert view._parts.board.status().failure is not None
    assert view._parts.board.status().failure.where == "on_pointer of canvas 'c'"
    view.close()


# --- ui --------------------------------------------------------------------------------------------------------------


def asked(view: vultorch.View, panel: vultorch.Panel) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []

    @panel.on_frame
    def frame() -> None:
        answers.append(
            {
                "hovered": ui.is_item_hovered(),
                "mouse": ui.get_mouse_pos(),
                "window": (*ui.get_window_pos(), *ui.get_window_size()),
                "clicked": [ui.is_mouse_clicked(button) for button in range(3)],
                "dragging": (ui.is_mouse_dragging(0), ui.is_mouse_dragging(0, 0.0)),
            }
        )

    return answers


def test_the_questions_of_a_program_for_vultorch_are_answered() -> None:
    view = vultorch.View("asked", 800, 600, headless=True)
    view.panel("side", side="left", width=0.25)
    panel = view.panel("p")
    panel.canvas("c").bind(torch.zeros(100, 50, 3))
    answers = asked(view, panel)
    page = Page(view).open()
    view.run(max_frames=1)
    nothing = {"hovered": False, "mouse": (-1.0, -1.0), "clicked": [False] * 3, "dragging": (False, False)}
    assert answers.pop() == nothing | {"window": (200.0, 0.0, 600.0, 600.0)}

    point(page, "move", 25.0, 100.0)
    pressed(page, 25.0, 50.0, "left")
    view.run(max_frames=2)
    first, second = answers
    x, y = first["mouse"]
    left, top, width, height = first["window"]
    # A program for Vultorch knows Dear ImGui's padding of 8 pixels and title of 18, and a picture that fills the rest.
    assert (x - left - 8) / (width - 16) * 50 == pytest.approx(25.0)
    assert (y - top - 26) / (height - 34) * 100 == pytest.approx(50.0)
    assert first["hovered"]
    assert (first["clicked"], second["clicked"]) == ([True, False, False], [False] * 3)
    assert first["dragging"] == second["dragging"] == (False, True)

    answers.clear()
    point(page, "move", 26.0, 50.0, buttons=["left"], stroke=1)
    view.run(max_frames=1)
    point(page, "leave", 60.0, 50.0)
    view.run(max_frames=1)
    assert answers[0]["dragging"] == (True, True)
    assert (answers[1]["hovered"], answers[1]["dragging"]) == (False, (False, False))
    view.close()


def test_questions_elsewhere_say_where_they_are_answered() -> None:
    view = vultorch.View("asked", headless=True)
    with pytest.raises(RuntimeError, match=r"ui\.get_mouse_pos\(\) .*panel\.on_frame.*canvas\.on_pointer"):
        ui.get_mouse_pos()
    view.on_frame(ui.is_item_hovered)
    with pytest.raises(RuntimeError, match=r"ui\.is_item_hovered\(\)"):
        view.run(max_frames=1)
    panel = view.panel("no canvas")
    answers = asked(view, panel)
    view.on_frame(lambda: None)
    view.run(max_frames=1)
    assert answers[0]["hovered"] is False
    with pytest.raises(ValueError, match=r"0 \(left\), 1 \(right\) or 2 \(middle\), not 7"):
        ui.is_mouse_clicked(7)
    view.close()


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("slider_float", r"panel\.slider\("),
        ("color_edit3", r"panel\.color_picker\("),
        ("begin_menu", "methods of Panel"),
    ],
)
def test_the_rest_of_dear_imgui_names_the_method_to_use(name: str, advice: str) -> None:
    with pytest.raises(AttributeError, match=f"has no {name}.*{advice}"):
        getattr(ui, name)
    assert not hasattr(ui, "__path__")


def test_methods_that_are_advised_exist() -> None:
    assert all(callable(getattr(vultorch.Panel, method)) for method in ui._METHODS.values())
