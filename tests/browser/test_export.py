"""The exported page as a reader gets it: from a file, without a kernel or a network."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, expect

from tests.export import notebooks
from tests.export.notebooks import (
    branched,
    code,
    kept,
    live_training,
    notebook,
    replay,
    seed_run,
    shown,
    text_of,
    tutorial,
)
from vultorch_widget.export.execute import execute
from vultorch_widget.export.exporter import TutorialExporter
from vultorch_widget.export.saved_views import saved_views

from .lab import ROOT
from .reader import Reader, reading, texts_of

pytestmark = pytest.mark.browser
PAUSE_AT = """step => ({ places: new Promise(done => {
    const places = []
    const replay = document.querySelector('.vw-replay')
    const button = replay.querySelector('.vw-bar button')
    let paused = false
    const look = () => {
        if (paused) places.push(replay.querySelector('.vw-timeline').value)
        else if (Number(replay.dataset.vwStep) >= step) {
            paused = true
            button.click()
        }
        places.length < 30 ? requestAnimationFrame(look) : done(places)
    }
    requestAnimationFrame(look)
}) })"""
"""Pauses a replay at a step before its end, and reports where it is in the following thirty animation frames. It looks
out for that step before the replay is played, which ends by itself."""


def exported(node: Any, folder: Path, **options: Any) -> Path:
    source = folder / "tutorial.ipynb"
    source.write_text(text_of(node), encoding="utf-8")
    page = source.with_suffix(".html")
    page.write_text(TutorialExporter(**options).from_filename(str(source))[0], encoding="utf-8")
    return page


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(tutorial(), tmp_path_factory.mktemp("page"))


@pytest.fixture
def reader(browser: Browser, page_file: Path) -> Iterator[Reader]:
    """The tutorial. Fails the test if the page complained or requested something."""
    with reading(browser, page_file) as reader:
        yield reader
        assert reader.problems == []


def recorded(document: dict[str, Any], step: int, canvas: str) -> tuple[dict[str, Any], Any]:
    """The blob that ``canvas`` shows at ``step``, and its pixels."""
    index = -1
    for frame in document["frames"]:
        if frame["step"] <= step:
            index = next((p["blob"] for p in frame["pictures"] if p["canvas"] == canvas), index)
    blob = document["blobs"][index]
    with Image.open(io.BytesIO(base64.b64decode(blob["data"]))) as picture:
        return blob, np.asarray(picture.convert("RGBA"))


def canvases(document: dict[str, Any]) -> list[str]:
    return [canvas["id"] for panel in document["scene"]["panels"] for canvas in panel["canvases"]]


def test_it_opens_at_the_last_frame_without_a_loss(reader: Reader) -> None:
    document = replay()
    reader.wait_for_step(document["last"])
    for number, canvas in enumerate(canvases(document)):
        blob, pixels = recorded(document, document["last"], canvas)
        assert blob["lossless"]
        assert np.array_equal(reader.pixels(number), pixels)


def test_a_branch_that_was_left_is_looked_at_along_its_whole_way(browser: Browser, tmp_path: Path) -> None:
    document = json.loads(branched()[1])
    (branch,) = document["branches"]
    shared = branch["shared"]
    frames = [*(frame for frame in document["frames"] if frame["step"] <= shared), *branch["frames"]]
    steps = [frame["step"] for frame in frames]
    page_file = exported(notebook(code("view.run()", shown("one")), models={"one": branched()}), tmp_path)
    with reading(browser, page_file) as reader:
        page = reader.page
        reader.wait_for_step(document["last"])
        choice = page.get_by_role("combobox", name="Branch", exact=True)
        expect(choice.locator("option")).to_have_text(["the present", re.compile(r"branch 1 · lr 0\.09 · to step 400")])
        choice.select_option("branch 1")
        line = page.get_by_role("slider", name="Time line")
        for at, key in ((len(steps) - 1, ""), (0, "Home"), (1, "ArrowRight"), (len(steps) - 1, "End")):
            if key:
                line.press(key)
            reader.wait_for_step(steps[at])
            blob, pixels = recorded({**document, "frames": frames}, steps[at], "Prediction/pred")
            # Decoders of JPEG may round differently.
            most = 0 if blob["lossless"] else 3
            assert np.abs(reader.pixels(1).astype(int) - pixels).max() <= most
        rate = page.get_by_role("textbox", name="lr, exact value")
        expect(rate).to_have_value("0.09")
        assert reader.problems == []


def test_a_click_beyond_the_presents_end_looks_at_the_branch_there(browser: Browser, tmp_path: Path) -> None:
    document = json.loads(branched()[1])
    (branch,) = document["branches"]
    first, last, end = document["series"]["loss"]["steps"][0], document["last"], branch["last"]
    steps = [frame["step"] for frame in branch["frames"]]
    before, after = max(pairwise(steps), key=lambda pair: pair[1] - max(pair[0], last))
    clicked = (max(before, last) + after) / 2
    page_file = exported(notebook(code("view.run()", shown("one")), models={"one": branched()}), tmp_path)
    with reading(browser, page_file) as reader:
        page = reader.page
        reader.wait_for_step(last)
        choice = page.get_by_role("combobox", name="Branch", exact=True)
        chart = page.locator(".vw-replay .u-over")
        chart.scroll_into_view_if_needed()
        box = chart.bounding_box()
        assert box is not None
        x = box["x"] + (clicked - first) / (end - first) * box["width"]
        for y in range(4, int(box["height"]), 8):  # down to the branch's curve: a click within 8 pixels hits it
            page.mouse.click(x, box["y"] + y)
            if choice.input_value() == "branch 1":
                break
        expect(choice).to_have_value("branch 1")
        reach = after - before + 8 * (end - first) / box["width"]
        reader.wait_until(lambda: abs(reader.step - clicked) <= reach)
        page.get_by_role("slider", name="Time line").press("Home")
        reader.wait_for_step(document["frames"][0]["step"])
        page.mouse.click(x, box["y"] + 4)  # where no curve is
        reader.wait_for_step(before)
        expect(choice).to_have_value("branch 1")
        assert reader.problems == []


def test_the_chart_has_the_marks_and_best_values_of_the_branch_that_is_looked_at(
    browser: Browser, tmp_path: Path
) -> None:
    document = json.loads(branched()[1])
    (branch,) = document["branches"]
    page_file = exported(notebook(code("view.run()", shown("one")), models={"one": branched()}), tmp_path)
    with reading(browser, page_file) as reader:
        page = reader.page
        reader.wait_for_step(document["last"])
        choice = page.get_by_role("combobox", name="Branch", exact=True)
        marks = page.locator(".vw-replay .vw-step-marks")
        for name, there, elsewhere, bests in (
            ("", "Branch: branch 2", "lr 0.09", {name: one["best"] for name, one in document["series"].items()}),
            ("branch 1", "lr 0.09", "Branch: branch 2", branch["bests"]),
            ("", "Branch: branch 2", "lr 0.09", {name: one["best"] for name, one in document["series"].items()}),
        ):
            choice.select_option(name)
            expect(marks.locator(f"[title*='{there}']")).to_have_count(1)
            expect(marks.locator(f"[title*='{elsewhere}']")).to_have_count(0)
            expect(page.locator(".vw-replay .vw-best")).to_have_text(
                [re.compile(rf"^lowest .* at {one['step']}$") for one in bests.values()]
            )
        assert reader.problems == []


def test_a_click_on_the_chart_seeks(reader: Reader) -> None:
    document = replay()
    first, last = document["first"], document["last"]
    steps = [frame["step"] for frame in document["frames"]]
    reader.wait_for_step(last)
    chart = reader.page.locator(".vw-replay .u-over")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    for part in (0.25, 0.7):
        reader.page.mouse.click(box["x"] + part * box["width"], box["y"] + box["height"] / 2)
        clicked = first + part * (last - first)
        near = min(steps, key=lambda step: abs(step - clicked))
        around = {steps[max(0, steps.index(near) - 1)], near, steps[min(len(steps) - 1, steps.index(near) + 1)]}
        reader.wait_until(lambda around=around: reader.step in around)
        shown_step = reader.step
        assert abs(shown_step - clicked) <= max(b - a for a, b in pairwise(steps))
        for number, canvas in enumerate(canvases(document)):
            _, pixels = recorded(document, shown_step, canvas)
            assert np.abs(reader.pixels(number).astype(int) - pixels.astype(int)).max() <= 4
        reader.page.mouse.move(5, 5)  # off the chart, which then shows the values at the replay's position
        expect(reader.page.locator(".vw-replay .vw-step").first).to_have_text(f"step {shown_step:,}")


def test_scrubbing_paints_the_frame_of_that_step_and_all_agrees_with_it(reader: Reader) -> None:
    document = replay()
    steps = [frame["step"] for frame in document["frames"]]
    line = reader.page.locator(".vw-timeline")
    for at in (0, len(steps) // 2, 3):
        line.fill(str(steps[at]))
        reader.wait_for_step(steps[at])
        for number, canvas in enumerate(canvases(document)):
            _, pixels = recorded(document, steps[at], canvas)
            difference = np.abs(reader.pixels(number).astype(int) - pixels.astype(int))
            assert difference.max() <= 4  # Chromium's JPEG decoder rounds differently from Pillow's
        changes = [c["value"] for c in document["controls"] if c["control"] == "slider:lr" and c["step"] <= steps[at]]
        expected = changes[-1] if changes else 5e-3
        shown_lr = float(reader.page.locator(".vw-frozen .vw-field").first.input_value())
        assert shown_lr == pytest.approx(expected, rel=0.01)
        expect(reader.page.locator(".vw-chart")).to_contain_text(f"step {steps[at]:,}")


def test_the_time_line_lies_over_the_axis_of_the_chart_and_its_thumb_at_the_cursor(reader: Reader) -> None:
    steps = [frame["step"] for frame in replay()["frames"]]
    step = steps[len(steps) // 4]
    reader.page.locator(".vw-timeline").fill(str(step))
    reader.wait_for_step(step)
    line, plot = (reader.page.locator(f".vw-replay {part}").bounding_box() for part in (".vw-timeline", ".u-over"))
    assert line is not None
    assert plot is not None
    thumb = 16  # CSS pixels; half of it hangs over at each end
    assert line["x"] + thumb / 2 == pytest.approx(plot["x"], abs=1)
    assert line["width"] - thumb == pytest.approx(plot["width"], abs=1)
    first, last = (int(reader.page.locator(".vw-timeline").get_attribute(end) or "") for end in ("min", "max"))
    shown = float(reader.page.locator(".vw-timeline").evaluate("l => l.style.getPropertyValue('--vw-part')"))
    assert shown == pytest.approx((step - first) / (last - first))
    assert str(reader.page.locator(".vw-dots path").get_attribute("d")).count("M") == len(steps)


def test_what_takes_no_hand_has_no_cursor_of_one(reader: Reader) -> None:
    cursors = reader.page.locator(".vw-frozen .vw-controls :is(input, button, select, label)").evaluate_all(
        "all => all.map(one => getComputedStyle(one).cursor)"
    )
    assert len(cursors) >= 3
    assert set(cursors) == {"default"}


def test_arrow_keys_and_play(reader: Reader) -> None:
    document = replay()
    steps = [frame["step"] for frame in document["frames"]]
    reader.wait_for_step(steps[-1])
    line = reader.page.locator(".vw-timeline")
    line.focus()
    reader.page.keyboard.press("ArrowLeft")
    reader.wait_for_step(steps[-2])
    reader.page.keyboard.press("Home")
    reader.wait_for_step(steps[0])
    pausing = reader.page.evaluate_handle(PAUSE_AT, steps[4])
    reader.page.get_by_role("button", name="Play").click()
    places = pausing.evaluate("({ places }) => places")
    assert places == [places[0]] * 30
    assert int(places[0]) < steps[-1]


def test_the_downloaded_notebook_is_the_file_itself(reader: Reader, page_file: Path) -> None:
    with reader.page.expect_download() as waiting:
        reader.page.get_by_role("button", name="Download the notebook").click()
    assert waiting.value.suggested_filename == "tutorial.ipynb"
    assert Path(waiting.value.path()).read_bytes() == page_file.with_suffix(".ipynb").read_bytes()


def test_code_is_copied(reader: Reader) -> None:
    reader.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    block = reader.page.locator(".code", has_text="def f(x)")
    block.hover()
    said = texts_of(block.get_by_role("button"))  # for a second and a half
    block.get_by_role("button", name="Copy").click()
    reader.wait_until(lambda: said() != [])
    assert said()[0] == "Copied"
    assert reader.page.evaluate("navigator.clipboard.readText()") == "def f(x):\n    return x + 1  # a comment"


def test_the_table_of_contents_leads_and_follows(reader: Reader) -> None:
    reader.page.get_by_role("link", name="Second part").click()
    expect(reader.page.locator("#Second-part")).to_be_in_viewport()
    expect(reader.page.locator(".contents a[aria-current='true']")).to_have_count(1)


def background(reader: Reader, selector: str) -> int:
    """The brightness, 0..255."""
    color = reader.page.locator(selector).first.evaluate("element => getComputedStyle(element).backgroundColor")
    return int(color.partition("(")[2].split(",")[0].rstrip(")").split(".")[0]) if "rgb" in color else -1


@pytest.mark.parametrize(("theme", "scheme", "dark"), [
    ("auto", "light", False), ("auto", "dark", True), ("light", "dark", False), ("dark", "light", True),
])  # fmt: skip
def test_themes(browser: Browser, tmp_path: Path, theme: str, scheme: Any, dark: bool) -> None:
    with reading(browser, exported(tutorial(), tmp_path, theme=theme), scheme=scheme) as reader:
        for selector in ("body", ".vw-root"):
            assert (background(reader, selector) < 80) is dark, selector
        reader.page.locator(".theme-select").select_option("light" if dark else "dark")
        for selector in ("body", ".vw-root"):
            assert (background(reader, selector) < 80) is not dark, selector
        assert reader.problems == []


def test_without_scripts_and_on_paper_the_poster_and_the_last_values_stand_there(
    browser: Browser, page_file: Path
) -> None:
    for scripts in (False, True):
        with reading(browser, page_file, scripts=scripts) as reader:
            if scripts:
                expect(reader.page.locator(".view-still")).to_be_hidden()
                reader.page.emulate_media(media="print")
            still = reader.page.locator(".view-still")
            expect(still.locator("img")).to_be_visible()
            assert still.locator("img").evaluate("image => image.complete && image.naturalWidth > 0")
            expect(still).to_contain_text("0.001")
            expect(still).to_contain_text("stopped at step 240")
            expect(reader.page.locator(".vw-replay")).to_have_count(int(scripts))
            expect(reader.page.locator(".view-player")).to_be_hidden()
            expect(reader.page.get_by_role("button", name="Download the notebook")).to_be_hidden()
            assert reader.problems == []


def test_on_a_narrow_screen_nothing_sticks_out(browser: Browser, tmp_path: Path) -> None:
    node = tutorial()
    node.cells[0]["source"] += f"\n\n---\n\nhttps://example.org/{'a' * 200} and {'word' * 50}\n\n- {'b' * 200}"
    node.cells.append(code("", notebooks.display({"text/html": f"<p>{'c' * 300}</p>"})))
    with reading(browser, exported(node, tmp_path), width=360) as reader:
        reader.wait_for_step(replay()["last"])
        assert reader.page.evaluate("document.documentElement.scrollWidth") <= 360
        for part in reader.page.locator(".prose, .rich").all():
            assert part.evaluate("element => element.scrollWidth <= element.clientWidth")
        contents = reader.page.locator(".contents ol")
        expect(contents).to_be_hidden()
        reader.page.set_viewport_size({"width": 1300, "height": 900})
        expect(contents).to_be_visible()
        left = [reader.page.locator(f".prose > {tag}").first.evaluate("e => e.getBoundingClientRect().left")
                for tag in ("p", "hr")]  # fmt: skip
        assert left[0] == left[1]
        reader.page.set_viewport_size({"width": 360, "height": 900})
        expect(contents).to_be_hidden()


CASES = {
    "two views": ([code("", shown("a")), code("", shown("b"), shown("a"))], {"a": kept, "b": notebooks.long_run}, 3),
    "never run": ([code("", shown("a"))], {"a": lambda: ("", "")}, 0),
    "failed": ([code("", shown("a"))], {"a": notebooks.failed}, 1),
    "no view": (["# Words"], {}, 0),
    "damaged": ([code("", shown("a"))], {"a": lambda: (kept()[0], kept()[1][:-9])}, 0),
}


@pytest.mark.parametrize("case", CASES)
def test_cases(browser: Browser, tmp_path: Path, case: str) -> None:
    cells, models, players = CASES[case]
    node = notebook(*cells, models={name: make() for name, make in models.items()})
    with reading(browser, exported(node, tmp_path)) as reader:
        expect(reader.page.locator(".vw-replay")).to_have_count(players)
        for number in range(players):
            expect(reader.page.locator(".vw-replay").nth(number)).to_have_attribute("data-vw-step", re.compile(r"\d+"))
        if case == "failed":
            expect(reader.page.locator(".vw-replay")).to_contain_text("the loss is <b>gone</b>")
        if case == "two views":
            expect(reader.page.locator(".vw-replay").nth(1)).to_contain_text("100,000")
        assert reader.problems == []


def test_a_replay_that_the_player_cannot_take_leaves_the_poster_and_says_why(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vultorch_widget.export.saved_views.read", json.loads)  # as if the exporter had not checked
    document = replay()
    document["frames"][0]["pictures"] = 5
    node = notebook(code("", shown("a")), models={"a": (kept()[0], json.dumps(document))})
    with reading(browser, exported(node, tmp_path)) as reader:
        expect(reader.page.locator(".view-still img")).to_be_visible()
        expect(reader.page.locator(".view-still .view-absent")).to_have_text(
            "The saved replay cannot be played: frames[0].pictures is 5, not a list."
        )
        expect(reader.page.locator(".vw-replay")).to_have_count(0)
        assert reader.problems == []


@pytest.mark.kernel
def test_a_notebook_that_was_executed_plays(browser: Browser, tmp_path: Path) -> None:
    """With nothing made by hand: a kernel, its widget state, the exporter, a browser."""
    photo = ROOT / "notebooks" / "images" / "emblem.png"
    node = notebook(
        "# Executed",
        code(
            "import vultorch_widget as vultorch\n"
            f"view = vultorch.fit_image({str(photo)!r}, size=48, device='cpu')\n"
            "view"
        ),
        code("await view.wait(iterations=120, timeout=300)\nview.pause()\nprint(view.iteration)"),
        kernelspec={"name": "python3", "display_name": "Python 3"},
    )
    execute(node, ROOT, lambda cells: None)
    last = int(node.cells[2].outputs[0].text)
    with reading(browser, exported(node, tmp_path)) as reader:
        reader.wait_for_step(last)
        (document,) = [view.replay for view in saved_views(node.metadata).values()]
        assert document is not None
        assert document["last"] == last >= 120
        for step in (document["first"], last):
            reader.page.locator(".vw-timeline").press("Home" if step < last else "End")
            reader.wait_for_step(step)
            for number, canvas in enumerate(canvases(dict(document))):
                _, pixels = recorded(dict(document), step, canvas)
                assert np.abs(reader.pixels(number).astype(int) - pixels.astype(int)).max() <= 4
        assert reader.problems == []


YARDSTICK = """<!doctype html><meta charset="utf-8"><title>Yardstick</title><p>Working</p><script>
const rows = Array.from({length: 150000}, (_, at) => ({at, name: `row ${at}`, value: Math.sin(at)}))
const text = JSON.stringify(JSON.parse(JSON.stringify(rows)).sort((a, b) => a.value - b.value))
requestAnimationFrame(() => requestAnimationFrame(() => {
    document.querySelector('p').textContent = `${text.length}`
    document.body.dataset.at = performance.now()
}))
</script>"""
"""A page that always has the same work to do, like a tutorial: it parses, sorts and paints."""
YARDSTICK_TAKES = 560
"""ms until the yardstick is painted, the minimum of ten, on the two cores where the tutorial's second was measured."""


def opens_in_a_second(browser: Browser, page: Path, step: int, folder: Path) -> bool:
    """Whether ``page`` paints ``step`` within a second, at the quickest of nine attempts: other work only adds time.

    A slower machine gets more time, in proportion to what the yardstick takes there, also at its quickest.
    """
    yardstick = folder / "yardstick.html"
    yardstick.write_text(YARDSTICK, encoding="utf-8")
    times: list[float] = []
    yards: list[float] = []
    for _ in range(9):
        with reading(browser, page) as reader:
            reader.wait_for_step(step)
            times.append(float(reader.page.evaluate("performance.now()")))
            assert reader.problems == []
        with reading(browser, yardstick) as reader:
            body = reader.page.locator("body[data-at]")
            body.wait_for(state="attached")
            yards.append(float(body.get_attribute("data-at") or 0))
        if min(times) < 1000:
            break
    print(f"the page {times}, the yardstick {yards}")
    return min(times) < 1000 * max(1, min(yards) / YARDSTICK_TAKES)


def test_it_is_interactive_in_under_a_second(browser: Browser, page_file: Path, tmp_path: Path) -> None:
    assert opens_in_a_second(browser, page_file, replay()["last"], tmp_path)


def test_the_live_training_is_small_and_quick_to_open(browser: Browser, tmp_path: Path) -> None:
    """3,000 steps in two panels of 256 x 256: at most 3 MiB with its weights, and interactive in a second."""
    document = json.loads(seed_run()[1])
    assert document["last"] == 3000
    assert len(document["frames"]) >= 120
    assert len(document["training"]["weights"]) == 4
    page = exported(live_training(), tmp_path)
    assert page.stat().st_size <= 3 << 20
    assert opens_in_a_second(browser, page, 3000, tmp_path)
