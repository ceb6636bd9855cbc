"""What is only known once a browser has laid it out or painted it, with a kernel written in JavaScript
(`js/test/harness`)."""

from __future__ import annotations

import colorsys
import functools
import http.server
import io
import math
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.panel import lone_panel
from vultorch_widget.protocol.messages import PROTOCOL_VERSION, CanvasSpec, Leaf, PanelSpec, Scene, Split
from vultorch_widget.protocol.wire import encode
from vultorch_widget.tree.panel import Panel

from .lab import new_page

ROOT = Path(__file__).parents[2]
OUTSIDE = """() => {
    const edge = document.querySelector('.vw-root').getBoundingClientRect().right + 1
    const parts = [...document.querySelectorAll('.vw-root :is(button, span, label, input, select)')]
    return parts.filter((part) => part.getBoundingClientRect().right > edge)
        .filter((part) => getComputedStyle(part).overflow !== 'hidden')
        .map((part) => part.className + ': ' + part.textContent)
}"""
MARKS = """() => {
    const write = CanvasRenderingContext2D.prototype.fillText
    const clear = CanvasRenderingContext2D.prototype.clearRect
    CanvasRenderingContext2D.prototype.clearRect = function (...place) {
        if (this.canvas.closest?.('.uplot')) window.marks = [] // the chart is drawn anew
        return clear.call(this, ...place)
    }
    window.marks = []
    window.cut = []
    CanvasRenderingContext2D.prototype.fillText = function (text, ...place) {
        marks.push(text)
        const half = this.measureText(text).width / 2
        if (this.textAlign === 'center' && place[0] + half > this.canvas.width) cut.push(text)
        return write.call(this, text, ...place)
    }
}"""
BREAK = """() => {
    const pen = CanvasRenderingContext2D.prototype
    const stroke = pen.stroke
    window.broken = []
    pen.stroke = function () {
        broken.push(this)
        throw Error('no room')
    }
    window.mend = () => { pen.stroke = stroke }
}"""
LOG = """([name, rows]) => harness.post(
    harness.update({series: [{name, start: 0, buffer: 0}]}), [new DataView(Float64Array.from(rows.flat()).buffer)])"""


CONTRASTS = """() => {
    const pen = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true})
    const painted = (...colours) => {
        for (const colour of colours) {
            pen.fillStyle = colour
            pen.fillRect(0, 0, 1, 1)
        }
        return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3)
    }
    const light = (pixel) => {
        const parts = pixel.map((part) => part / 255).map((part) =>
            part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
    }
    const words = [...document.querySelectorAll('.vw-root *')].filter((part) => part.checkVisibility({
        visibilityProperty: true, opacityProperty: true
    }) && !part.matches(':disabled, [disabled] *, svg, svg *, .vw-note') && (part.matches('input[type=text], select') ||
        [...part.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '')))
    return words.map((part) => {
        const behind = ['white']
        for (let node = part; node !== null; node = node.parentElement)
            behind.splice(1, 0, getComputedStyle(node).backgroundColor)
        const back = light(painted(...behind))
        const ink = light(painted(...behind, getComputedStyle(part).color))
        const contrast = (Math.max(back, ink) + 0.05) / (Math.min(back, ink) + 0.05)
        return [Math.round(contrast * 100) / 100, part.className + ': ' + part.textContent.slice(0, 40)]
    })
}"""
INKED = """async ([x, y, z]) => {
    await new Promise((done) => requestAnimationFrame(done))
    const canvas = document.querySelector('.uplot canvas')
    if (!canvas) return false
    const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    let found = 0
    for (let i = 0; i < data.length; i += 4)
        if (data[i + 3] === 255 && data[i] === x && data[i + 1] === y && data[i + 2] === z) found += 1
    return found > 50
}"""
PICTURE = CanvasSpec(
    legends=(),
    id="c",
    name="c",
    filter="nearest",
    fit="contain",
    width=64,
    height=48,
    detail="",
    error="",
    pointer="off",
)
LIGHT_INK, DARK_INK = [0x2F, 0x7E, 0xBC], [0x6C, 0xB2, 0xEB]
"""The colour of the first series, in the style sheet."""


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    handler = functools.partial(_Quiet, directory=str(ROOT))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/js/test/harness/?frames=0&theme=light&scene=names"
        server.shutdown()


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    pages: list[Page] = []

    def open_(width: int = 500, sheet: bool = True, **options: Any) -> Page:
        page = new_page(browser, viewport={"width": width, "height": 900}, **options)
        pages.append(page)
        if not sheet:
            page.route("**/widget.css", lambda route: route.abort())
        page.add_init_script(f"({MARKS})()")
        page.goto(address)
        page.locator(".vw-progress").wait_for()
        return page

    yield open_
    for page in pages:
        page.close()


def log(page: Page, name: str, rows: list[list[float]]) -> None:
    """Sends the rows of one scalar: step, low, high, average, and the last value (the high one if not given)."""
    page.evaluate(LOG, [name, [row if len(row) == 5 else [*row, row[2]] for row in rows]])


def colours(part: Locator) -> list[tuple[int, int, int]]:
    """The colours in the middle row of a screenshot of ``part``, a tenth and nine tenths across."""
    picture = Image.open(io.BytesIO(part.screenshot())).convert("RGB")
    width, height = picture.size
    found = [picture.getpixel((x, height // 2)) for x in (width // 10, width * 9 // 10)]
    return [(red, green, blue) for red, green, blue in found]  # type: ignore[misc]


def distance(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("width", [360, 500, 1000])
def test_long_words_stay_within_the_view(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(width)
    log(page, "weights_of_the_first_layer_" * 6, [[0, 1, 1, 1], [1, 2, 2, 2]])
    recording = {
        "subject": "v",
        "path": "/data/" + "long_" * 40,
        "state": "saved",
        "frames": 1,
        "seconds": 1,
        "bytes": 1,
    }
    page.evaluate(
        "recording => harness.post(harness.update({status: {...harness.status, recordings: [recording]}}))",
        {**recording, "token": ""},
    )
    expect(page.locator(".vw-reading")).to_be_visible()
    expect(page.locator(".vw-recording")).to_be_visible()
    assert page.evaluate(OUTSIDE) == []
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator(".vw-notice")).to_have_count(0)


def test_a_control_without_a_label_has_its_room_and_a_name(open_page: Callable[..., Page]) -> None:
    page = open_page()
    track = page.get_by_role("slider", name="lr", exact=True).bounding_box()
    row = page.locator(".vw-slider").bounding_box()
    assert track is not None
    assert row is not None
    assert abs(track["x"] - row["x"]) < 2
    expect(page.get_by_role("combobox", name="optimiser", exact=True)).to_be_visible()
    expect(page.get_by_role("progressbar", name="Progress")).to_have_attribute("aria-valuetext", "epoch 42 of 100")


def show(page: Page, panel: Panel, picture: CanvasSpec | None = None) -> None:
    """Makes ``page`` show a view whose only panel has the controls of ``panel``, with messages as from a kernel.

    With a ``picture``, that is in a panel of three times the width, to the left of the other.
    """
    panels = [PanelSpec(id="p", name="p", canvases=(), controls=panel.store.specs())]
    layout: Leaf | Split = Leaf(panel="p")
    if picture is not None:
        panels.insert(0, PanelSpec(id="q", name="q", canvases=(picture,), controls=()))
        layout = Split(direction="row", weights=(0.75, 0.25), children=(Leaf(panel="q"), layout))
    scene = Scene(
        protocol=PROTOCOL_VERSION,
        title="v",
        width=500,
        height=800,
        layout=layout,
        panels=tuple(panels),
        notices=(),
        compared=(),
    )
    page.evaluate("scene => harness.post(scene)", encode(scene))


def test_what_shows_no_label_is_called_by_its_identity(open_page: Callable[..., Page]) -> None:
    page, panel = open_page(), lone_panel()
    panel.slider("##rate")
    panel.slider_int("17 seen###seen")
    panel.checkbox("18 steady###box")
    panel.checkbox("###tick")
    panel.combo("##which", ["a", "b"])
    panel.color_picker("##tint")
    panel.input_text("##line")
    panel.button("##go")
    panel.plot([1.0, 2.0], label="##curve")
    panel.plot([1.0, 2.0])
    show(page, panel)
    for role, name in (
        ("slider", "rate"),
        ("textbox", "rate, exact value"),
        ("slider", "17 seen"),
        ("checkbox", "18 steady"),
        ("checkbox", "tick"),
        ("combobox", "which"),
        ("textbox", "tint, in hexadecimal digits"),
        ("textbox", "line"),
        ("button", "go"),
        ("img", "curve"),
        ("img", "plot"),
    ):
        expect(page.get_by_role(role, name=name, exact=True)).to_be_visible()  # type: ignore[arg-type]
    expect(page.locator("input[type=color]")).to_have_accessible_name("tint")
    expect(page.get_by_text("#", exact=False)).to_have_count(0)


def test_a_plot_is_as_wide_as_asked_and_draws_what_stands_alone(open_page: Callable[..., Page]) -> None:
    page, panel = open_page(), lone_panel()
    panel.plot([3.0], label="one", width=200)
    panel.plot([1.0, math.nan, 2.0, math.nan, 1.5], label="apart")
    with panel.row():
        panel.plot([1.0, 2.0], label="in a row", width=120)
        panel.plot({str(n): [0.0, math.nan, float(n)] for n in range(8)}, label="dashed", width=150)
    show(page, panel)
    expect(page.locator(".vw-plot")).to_have_count(4)
    boxes = [plot.bounding_box() for plot in page.locator(".vw-plot").all()]
    assert [round(box["width"]) for box in boxes if box is not None and box["width"] < 300] == [200, 120, 150]
    for name, places in (("one", [0.5]), ("apart", [0.0, 0.5, 1.0])):
        picture = Image.open(io.BytesIO(page.get_by_role("img", name=name).screenshot())).convert("RGB")
        for place in places:
            middle = place * (picture.width - 1)
            assert any(
                max(pixel := picture.getpixel((x, y))) - min(pixel) > 60  # type: ignore[arg-type]
                for x in range(picture.width)
                for y in range(picture.height)
                if abs(x - middle) < 5
            )


def test_nothing_is_drawn_where_a_training_has_diverged(open_page: Callable[..., Page]) -> None:
    page = open_page()
    finite = [[step, 0.5, 0.6, 0.55] for step in range(100)]
    log(page, "loss", finite + [[step, float("nan"), float("nan"), 0.55] for step in range(100, 200)])
    expect(page.locator(".vw-diverged")).to_have_text("loss not finite")
    picture = Image.open(io.BytesIO(page.locator(".u-over").screenshot())).convert("RGB")
    width, height = picture.size
    coloured = [
        x
        for x in range(width)
        for y in range(height)
        if max(pixel := picture.getpixel((x, y))) - min(pixel) > 60  # type: ignore[arg-type]
    ]
    assert min(coloured) < 0.1 * width
    assert 0.45 * width < max(coloured) < 0.55 * width


def test_the_marks_of_a_plateau_differ(open_page: Callable[..., Page]) -> None:
    page = open_page()
    log(page, "reward", [[step, *[-100.01 - step * 1e-3] * 3] for step in range(50)])
    expect(page.locator(".vw-reading")).to_be_visible()
    marks = [mark for mark in page.evaluate("marks") if mark.startswith("-")]
    assert len(marks) > 1
    assert len(set(marks)) == len(marks)


def test_the_least_values_have_a_chart(open_page: Callable[..., Page]) -> None:
    page = open_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    log(page, "loss", [[step, *[10.0 ** (-step / 10)] * 3] for step in range(300)])
    expect(page.locator(".vw-reading")).to_have_text("loss 1.26e-30 · EMA 1.26e-30")
    page.wait_for_function("marks.includes('1e-30')")
    assert problems == []


def test_a_chart_outlives_a_draw_that_fails(open_page: Callable[..., Page]) -> None:
    page = open_page()
    log(page, "loss", [[step, 1, 1, 1] for step in range(11)])
    page.wait_for_function("marks.includes('10')")
    page.evaluate(BREAK)
    log(page, "loss", [[step, 1, 1, 1] for step in range(21)])
    page.wait_for_function("broken.length > 0")
    page.evaluate("mend()")
    log(page, "loss", [[step, 1, 1, 1] for step in range(31)])
    page.wait_for_function("marks.includes('30')")
    expect(page.locator(".uplot")).to_have_count(1)


def test_late_progress_fills_the_chart(open_page: Callable[..., Page]) -> None:
    page = open_page()
    log(page, "loss", [[step, *[1.1 - 8e-4 * step] * 3] for step in range(101)])
    page.wait_for_function("marks.includes('1.04')")
    picture = Image.open(io.BytesIO(page.locator(".u-over").screenshot())).convert("RGB")
    width, height = picture.size
    rows = [
        y
        for y in range(height)
        for x in range(0, width, 3)
        if max(pixel := picture.getpixel((x, y))) - min(pixel) > 60  # type: ignore[arg-type]
    ]
    assert min(rows) < 0.15 * height
    assert max(rows) > 0.85 * height


def test_the_page_does_not_jump_when_what_was_logged_is_reset(open_page: Callable[..., Page]) -> None:
    page = open_page()
    log(page, "loss", [[step, 1, 1, 1] for step in range(11)])
    page.wait_for_function("marks.includes('10')")
    height = page.locator(".vw-root").evaluate("root => root.offsetHeight")
    log(page, "loss", [])
    expect(page.locator(".vw-body > .vw-chart")).to_be_hidden()
    assert page.locator(".vw-root").evaluate("root => root.offsetHeight") == height
    log(page, "loss", [[step, 1, 1, 1] for step in range(21)])
    page.wait_for_function("marks.includes('20')")
    assert page.locator(".vw-root").evaluate("root => root.offsetHeight") == height


def test_the_last_mark_of_the_steps_is_whole(open_page: Callable[..., Page]) -> None:
    page = open_page()
    log(page, "loss", [[step, 1, 1, 1] for step in range(0, 1_000_001, 10_000)])
    page.wait_for_function("marks.includes('1,000,000')")
    assert page.evaluate("cut") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_forced_colours_leave_what_is_painted(open_page: Callable[..., Page], scheme: str) -> None:
    page = open_page(forced_colors="active", color_scheme=scheme)
    for part in (page.get_by_role("slider", name="lr", exact=True), page.locator(".vw-progress")):
        full, rest = colours(part)
        assert distance(full, rest) > 60
    running = page.locator(".vw-state")
    dot = running.evaluate("e => getComputedStyle(e, '::before').forcedColorAdjust")
    assert dot == "none"


def test_a_track_fills_from_the_side_where_reading_begins(open_page: Callable[..., Page]) -> None:
    page = open_page()
    track = page.get_by_role("slider", name="lr", exact=True)
    left, right = colours(track)
    page.evaluate("document.documentElement.dir = 'rtl'")
    mirrored = colours(track)
    assert distance(left, right) > 60
    assert mirrored == [right, left]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", ["running", "failed"])
def test_all_words_can_be_read(open_page: Callable[..., Page], theme: str, state: str) -> None:
    page, controls = open_page(), lone_panel()
    controls.slider("rate")
    controls.button("go")
    controls.combo("which", ["a", "b"])
    controls.input_text("line", default="typed")
    controls.text("words")
    for hue in range(12):
        controls.text_colored(*colorsys.hsv_to_rgb(hue / 12, 1, 1), 1.0, f"hue {hue}")
    controls.text_colored(1.0, 1.0, 1.0, 1.0, "white")
    controls.text_colored(0.0, 0.0, 0.0, 1.0, "black")
    show(page, controls)
    log(page, "loss", [[step, 1, 1, 1] for step in range(11)])
    failure = {"summary": "ValueError: no", "where": "view.on_frame", "traceback": "Traceback"}
    page.evaluate(
        "status => harness.post(harness.update({status: {...harness.status, ...status}}))",
        {"state": state, "failure": failure if state == "failed" else None, "iteration": 10},
    )
    page.evaluate("theme => { document.body.dataset.jpThemeLight = String(theme === 'light') }", theme)
    expect(page.locator(".vw-reading")).to_be_visible()
    contrasts = page.evaluate(CONTRASTS)
    assert len(contrasts) > 20
    assert [(contrast, words) for contrast, words in contrasts if contrast < 4.5] == []


VS_CODE = {
    "vscode-light": ("#3b3b3b", "#ffffff", "#005fb8", "#3b3b3b"),
    "vscode-dark": ("#cccccc", "#1f1f1f", "#0078d4", "#9d9d9d"),
    "vscode-high-contrast": ("#ffffff", "#000000", "#f38518", "rgba(255, 255, 255, 0.7)"),
    "vscode-high-contrast vscode-high-contrast-light": ("#292929", "#ffffff", "#006bbd", "rgba(41, 41, 41, 0.7)"),
}
"""Text, background, focus ring and description colours in the themes of VS Code, by the class of the page."""


@pytest.mark.parametrize("theme", VS_CODE)
@pytest.mark.parametrize("system", ["light", "dark"])
def test_words_and_curves_can_be_read_in_vs_code_whatever_the_system(
    open_page: Callable[..., Page], theme: str, system: str
) -> None:
    page, controls = open_page(color_scheme=system), lone_panel()
    controls.slider("rate")
    controls.text("words")
    show(page, controls)
    page.evaluate(
        """([theme, [ink, ground, ring, dim]]) => {
            document.body.removeAttribute('data-jp-theme-light')
            document.body.className = theme
            const set = (name, value) => document.body.style.setProperty(`--vscode-${name}`, value)
            set('editor-foreground', ink)
            set('editor-background', ground)
            set('focusBorder', ring)
            set('descriptionForeground', dim)
        }""",
        [theme, VS_CODE[theme]],
    )
    words = page.evaluate(CONTRASTS)
    assert [(contrast, said) for contrast, said in words if contrast < 4.5] == []
    dark = VS_CODE[theme][1] < "#8"
    scheme, ink = page.locator(".vw-root").evaluate(
        "root => [getComputedStyle(root).colorScheme, getComputedStyle(root).getPropertyValue('--vw-series-1')]"
    )
    assert (scheme, bytes.fromhex(ink.strip().removeprefix("#"))) == (
        "dark" if dark else "light",
        bytes(DARK_INK if dark else LIGHT_INK),
    )


def test_long_labels_end_in_an_ellipsis_and_look_like_no_buttons(open_page: Callable[..., Page]) -> None:
    page = open_page(400)
    labels = page.locator("label.vw-label:visible")
    assert labels.count() > 0
    for label in labels.all():
        box, style = label.evaluate(
            "e => [e.getBoundingClientRect().left, (({display, textOverflow, cursor, paddingLeft}) =>"
            " ({display, textOverflow, cursor, paddingLeft}))(getComputedStyle(e))]"
        )
        assert style == {"display": "block", "textOverflow": "ellipsis", "cursor": "default", "paddingLeft": "0px"}
        assert box > 0


def test_a_late_style_sheet_and_another_theme_reach_what_is_drawn(open_page: Callable[..., Page]) -> None:
    page = open_page(sheet=False)
    log(page, "loss", [[step, *[1 / (step + 1)] * 3] for step in range(100)])
    page.wait_for_function("document.querySelector('.uplot canvas') !== null")
    assert page.locator(".vw-root").evaluate("root => getComputedStyle(root).getPropertyValue('--vw-series-1')") == ""
    page.add_style_tag(path=ROOT / "vultorch_widget" / "static" / "widget.css")
    page.wait_for_function(INKED, arg=LIGHT_INK)
    for theme, ink in (("dark", DARK_INK), ("light", LIGHT_INK)):
        page.evaluate("theme => { document.body.dataset.jpThemeLight = String(theme === 'light') }", theme)
        page.wait_for_function(INKED, arg=ink)


def test_the_chart_stands_where_controls_or_pictures_leave_room_and_else_below(open_page: Callable[..., Page]) -> None:
    def foot(part: str) -> float:
        return float(page.locator(part).evaluate("part => part.getBoundingClientRect().bottom"))

    def stands_in(panel: str, ends: str, below: str) -> None:
        """The chart is as wide as a panel, ends where ``ends`` does, and is ``below`` something."""
        expect(page.locator(".vw-body > .vw-chart")).to_have_class(re.compile("vw-aside"))
        chart, side = page.locator(".vw-body > .vw-chart").bounding_box(), page.locator(panel).bounding_box()
        assert chart is not None
        assert side is not None
        assert (chart["x"], chart["width"]) == (side["x"], side["width"])
        assert foot(".vw-body > .vw-chart") == foot(ends) > foot(below) + chart["height"]

    page, controls = open_page(960), lone_panel()
    log(page, "loss", [[step, 1, 1, 1] for step in range(11)])
    controls.slider("rate")
    show(page, controls, PICTURE)
    stands_in("[data-vw-panel=p]", ".vw-panels", ".vw-controls:visible")
    page.get_by_role("checkbox", name="EMA").focus()
    for count in range(12):
        controls.slider(f"rate {count}")
    show(page, controls, PICTURE)
    expect(page.locator(".vw-body > .vw-chart")).not_to_have_class(re.compile("vw-aside"))
    expect(page.get_by_role("checkbox", name="EMA")).to_be_focused()
    below, stage = page.locator(".vw-body > .vw-chart").bounding_box(), page.locator(".vw-panels").bounding_box()
    assert below is not None
    assert stage is not None
    assert (below["y"], below["width"]) == (stage["y"] + stage["height"], stage["width"])
    for count in range(12):
        controls.slider(f"decay {count}")
    show(page, controls, PICTURE)
    stands_in("[data-vw-panel=q]", ".vw-controls:visible", ".vw-pictures:visible")
    expect(page.get_by_role("checkbox", name="EMA")).to_be_focused()
