"""A malicious notebook: whatever it contains, the exported page runs none of it.

Each attack is tried twice: on the page as it is, where the browser's console reports anything that only the policy
stopped, and on the page without its policy, where anything that got through would run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.export.notebooks import code, display, kept, notebook, printed, raised, replay, shown, text_of
from vultorch_widget.export.exporter import TutorialExporter

from .reader import reading

pytestmark = pytest.mark.browser

PAYLOAD = (
    "</script><script>trap('script')</script>"
    "</style><style>@import 'javascript:trap(1)';</style></title></textarea>-->"
    "<img src=x onerror=\"trap('image')\"><svg onload=\"trap('svg')\"><animate onbegin=\"trap('begin')\"/></svg>"
    "\"' autofocus onfocus=\"trap('focus')\" x=\"'><details open ontoggle=\"trap('toggle')\">"
    "<iframe srcdoc=\"<script>parent.trap('frame')</script>\"></iframe>"
    "<math><mtext><script>trap('math')</script></mtext></math>"
    "<a href=\"javascript:trap('link')\">here</a>{{ trap() }}{% raw %}\\u003cscript>"
)

SETTLED = """() => new Promise(done => {
    const image = new Image()
    image.onerror = () => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done)))
    image.src = 'data:image/png;base64,AA'
})"""
"""Once a picture that starts loading now has failed, so has everything that started before."""
HARMLESS = ("a replay cannot be played", "a recorded picture could not be decoded")
"""What the page says about damaged replays."""


def with_replay(change: Callable[[dict[str, Any]], None]) -> Any:
    document = replay()
    change(document)
    return notebook("# Title", code("view", shown("a")), models={"a": (kept()[0], json.dumps(document))})


def title(document: dict[str, Any]) -> None:
    document["title"] = document["scene"]["title"] = PAYLOAD


def names(document: dict[str, Any]) -> None:
    for panel in document["scene"]["panels"]:
        panel["name"] = PAYLOAD
        for canvas in panel["canvases"]:
            canvas.update(name=PAYLOAD, detail=PAYLOAD, error="")


def controls(document: dict[str, Any]) -> None:
    for panel in document["scene"]["panels"]:
        for control in panel["controls"]:
            control.update({key: PAYLOAD for key in ("label", "text", "overlay") if key in control})
        if panel["controls"]:
            panel["controls"] += free_controls()
    for change in document["controls"]:
        if isinstance(change["value"], str):
            change["value"] = PAYLOAD


FILE = {"label": PAYLOAD, "title": PAYLOAD, "size": 9}


def free_controls() -> list[dict[str, Any]]:
    """Everything else that accepts text."""
    curve = {"name": PAYLOAD, "values": [1, 2], "length": 2}
    told = {"label": PAYLOAD, "origin": "", "revision": 0}
    return [
        {"kind": "combo", "id": "c", "items": [PAYLOAD] * 2, "value": 1, **told},
        {"kind": "input_text", "id": "i", "max_length": 9999, "value": PAYLOAD, **told},
        {"kind": "text_wrapped", "id": "w", "text": PAYLOAD},
        {"kind": "text_colored", "id": "x", "text": PAYLOAD, "color": [0, 0, 0, 1]},
        {"kind": "plot", "id": "p", "label": PAYLOAD, "overlay": PAYLOAD, "curves": [curve], "width": 0, "height": 80},
        {"kind": "record_button", "id": "r", "label": PAYLOAD, "state": "ready"},
        {**FILE, "kind": "file_dialog", "id": "f", "extensions": [PAYLOAD], "most_bytes": 9, "name": PAYLOAD},
        {**FILE, "kind": "save_file_dialog", "id": "s", "suggested": PAYLOAD, "state": "written", "path": PAYLOAD}
        | {"token": PAYLOAD, "origin": "", "revision": 0},
    ]


def logged(document: dict[str, Any]) -> None:
    document["series"] = {PAYLOAD: document["series"]["loss"], "loss": {"steps": [1], "values": [PAYLOAD]}}


def failure(document: dict[str, Any]) -> None:
    document.update(state="failed", backend=PAYLOAD, steps_per_second=PAYLOAD)
    document["failure"] = {"where": PAYLOAD, "summary": PAYLOAD, "traceback": PAYLOAD}
    document["scene"]["notices"] = [PAYLOAD]


def blobs(document: dict[str, Any]) -> None:
    document["blobs"][-1].update(format=PAYLOAD, data=PAYLOAD)


def attachment() -> Any:
    node = notebook(f"![{PAYLOAD}](attachment:a.png) ![b](attachment:b.svg)")
    node.cells[0]["attachments"] = {
        "a.png": {"image/png": PAYLOAD},
        "b.svg": {"image/svg+xml": "PHN2ZyBvbmxvYWQ9InRyYXAoKSI+PC9zdmc+"},
    }
    return node


MARKDOWN = f"""# {PAYLOAD}

{PAYLOAD}

[link](javascript:trap('markdown')) [ref] <javascript:trap('auto')> ![image](javascript:trap()) ![q](x" onerror="trap())

[ref]: javascript:trap('reference') "{PAYLOAD}"

| {PAYLOAD} |
| --- |
| {PAYLOAD} |

$\\text{{{PAYLOAD}}}$ and $\\href{{javascript:trap()}}{{x}}$

$$ {PAYLOAD} $$

> [!NOTE] {PAYLOAD}

:::{{tip}} {PAYLOAD}
{PAYLOAD}
:::

```{{warning}} title" onclick="trap()
{PAYLOAD}
```

```python" onclick="trap()
{PAYLOAD}
```

!!! note "{PAYLOAD}"
    {PAYLOAD}

\ue0000\ue001 <a title="$x$" href="&#106;avascript:trap()">x</a>
<form action="javascript:trap()"><button>go</button></form>
<img name="getElementById"><img name="querySelector" src="data:text/html,<script>trap()</script>">
<base href="https://example.org/"><meta http-equiv="refresh" content="0;url=javascript:trap()">
"""

SVG = "<svg xmlns='http://www.w3.org/2000/svg' onload='trap()'><script>parent.trap()</script></svg>"

PLACES: dict[str, Callable[[], Any]] = {
    "title of a view": lambda: with_replay(title),
    "panels and canvases": lambda: with_replay(names),
    "controls": lambda: with_replay(controls),
    "logged names": lambda: with_replay(logged),
    "failure": lambda: with_replay(failure),
    "pictures": lambda: with_replay(blobs),
    "Markdown": lambda: notebook(MARKDOWN),
    "entities": lambda: notebook(
        '$x tabindex=0 autofocus onfocus=trap() y$ <a href="#" title="&#xe000;0&#xe001;">x</a> &#xe000;9&#xe001;'
    ),
    "attachments": attachment,
    "HTML output": lambda: notebook(code("", display({"text/html": PAYLOAD + "<b>seen</b>", "text/plain": PAYLOAD}))),
    "other outputs": lambda: notebook(
        code("", display({"image/svg+xml": SVG, "text/plain": PAYLOAD})),
        code("", display({"text/latex": f"${PAYLOAD}$"})),
        code("", display({"text/markdown": MARKDOWN})),
        code("", display({"application/json": {PAYLOAD: PAYLOAD}})),
        code("", display({"image/png": PAYLOAD, "text/plain": PAYLOAD})),
        code("", display({"image/jpeg": "AAAA"}, **{"image/jpeg": {"width": PAYLOAD, "height": '1" onload="trap()'}})),
        code("", display({"application/vnd.jupyter.widget-view+json": {"model_id": PAYLOAD}})),
        code("", display({"application/javascript": "trap()", "text/html": "<script>trap()</script>"})),
    ),
    "streams and tracebacks": lambda: notebook(
        code(
            "", printed(PAYLOAD), raised(PAYLOAD, f"\x1b[31m{PAYLOAD}\x1b[0m", f"\x1b[{PAYLOAD}m\x1b[38;5;28m{PAYLOAD}")
        )
    ),
    "code": lambda: notebook(code(PAYLOAD)),
    "metadata": lambda: notebook(
        "# Heading\n\n## Other",
        code("x", tags=[PAYLOAD, "hide-input"], whatever=PAYLOAD),
        title=PAYLOAD,
        lang=PAYLOAD,
        language_info={"name": PAYLOAD},
        kernelspec={"name": PAYLOAD, "display_name": PAYLOAD, "language": PAYLOAD},
        authors=[{"name": PAYLOAD}],
    ),
}


@pytest.mark.parametrize("policy", [True, False], ids=["page", "no-policy"])
@pytest.mark.parametrize("place", PLACES)
def test_nothing_runs(browser: Browser, tmp_path: Path, place: str, policy: bool) -> None:
    check(browser, tmp_path, PLACES[place](), "notebook", policy=policy)


@pytest.mark.parametrize("policy", [True, False], ids=["page", "no-policy"])
def test_nothing_runs_out_of_the_name_of_a_file(browser: Browser, tmp_path: Path, policy: bool) -> None:
    name = "<script>trap()\"'><img src=x onerror=trap()>"
    check(browser, tmp_path, notebook("no heading"), name, policy=policy)


def check(browser: Browser, folder: Path, node: Any, name: str, *, policy: bool) -> None:
    source = folder / f"{name}.ipynb"
    source.write_text(text_of(node), encoding="utf-8")
    html = TutorialExporter().from_filename(str(source))[0]
    if not policy:
        html, count = re.subn(r"<meta http-equiv=\"Content-Security-Policy\"[^>]*>", "", html)
        assert count == 1
    page = folder / "page.html"
    page.write_text(html, encoding="utf-8")
    with reading(browser, page) as reader:
        expect(reader.page.locator("html.has-script")).to_have_count(1)  # the page's own script has finished
        for link in reader.page.locator("main a[href]").all():
            assert not (link.get_attribute("href") or "").lower().startswith(("javascript:", "data:"))
        for element in reader.page.locator("main summary, main button:enabled").all():
            if element.is_visible():
                element.click()
        reader.page.evaluate(SETTLED)
        assert reader.page.evaluate("window.sprung") == []
        assert reader.page.locator("main script, main iframe, main form, main style, main svg [onload]").count() == 0
        assert [problem for problem in reader.problems if not any(map(problem.__contains__, HARMLESS))] == []
        with reader.page.expect_download() as waiting:
            reader.page.locator(".bar .download").click()
        assert Path(waiting.value.path()).read_bytes() == source.read_bytes()


def test_the_trap_works(browser: Browser, tmp_path: Path) -> None:
    """What the tests above rely on: on a page that lets it in, the payload does run."""
    page = tmp_path / "open.html"
    page.write_text(f"<!doctype html><body>{PAYLOAD}", encoding="utf-8")
    with reading(browser, page) as reader:
        reader.wait_until(lambda: {"script", "image", "svg", "toggle"} <= set(reader.page.evaluate("window.sprung")))
