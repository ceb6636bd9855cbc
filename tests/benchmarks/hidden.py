"""What a view costs that nobody sees."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.browser.notebook import Notebook

from .bench import Bench, Probe, Row, drain
from .samples import Sample, sampled

SETTLE = 1.5
SECONDS = 4.0


def hidden(bench: Bench) -> list[Row]:
    """Scrolled out, behind another tab of JupyterLab, behind another browser tab, with its output cleared."""
    seconds = 2.0 if bench.quick else SECONDS
    with bench.notebook(sampled("DisplayBoundTraining", "hidden"), *["pass"] * 60) as notebook:
        notebook.run(0)
        notebook.wait_for_state("running")
        stretches = {"shown": _stretch(seconds)}
        for name, (away, back) in _WAYS.items():
            away(notebook)
            time.sleep(SETTLE)
            stretches[name] = _stretch(seconds)
            back(notebook)
            time.sleep(SETTLE)
        stretches["shown again"] = _stretch(seconds)
        notebook.page.evaluate("jupyterapp.shell.currentWidget.content.activeCellIndex = 0")
        notebook.command("notebook:clear-cell-output")
        time.sleep(SETTLE)
        stretches["output cleared"] = _stretch(seconds)
        taken, probe = notebook.evaluate("taken"), drain(notebook)
    return [_row(name, stretch, taken, probe) for name, stretch in stretches.items()]


def _stretch(seconds: float) -> tuple[float, float]:
    began = time.time()
    time.sleep(seconds)
    return began, time.time()


def _row(name: str, stretch: tuple[float, float], taken: list[Sample], probe: Probe) -> Row:
    within = [sample for sample in taken if stretch[0] <= sample[0] <= stretch[1]]
    first, last = within[0], within[-1]
    received = probe.bytes("received", *stretch)
    composed, ticks = last[2] - first[2], last[1] - first[1]
    value = f"{received} bytes to the page, {composed} tiles composited, {ticks} ticks"
    if name.startswith("shown"):
        return Row("hidden", name, value, "some", min(received, composed, ticks) > 0)
    return Row("hidden", name, value, "0 bytes, 0 tiles", received == composed == 0 < ticks)


def _scroll(cell: int) -> Callable[[Notebook], None]:
    def scroll(notebook: Notebook) -> None:
        notebook.scroll_to(cell)

    return scroll


def _open_another_tab(notebook: Notebook) -> None:
    notebook.page.evaluate("window.shown = jupyterapp.shell.currentWidget.id")
    notebook.command("launcher:create")


def _come_back(notebook: Notebook) -> None:
    notebook.page.evaluate("jupyterapp.shell.activateById(window.shown)")


def _visibility(state: str) -> Callable[[Notebook], None]:
    # A headless browser has no tabs to put in front of each other, so the page gets the events that it would get then.
    def tell(notebook: Notebook) -> None:
        notebook.page.evaluate(
            """state => {
                Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
                document.dispatchEvent(new Event('visibilitychange'));
            }""",
            state,
        )

    return tell


_WAYS: dict[str, tuple[Callable[[Notebook], None], Callable[[Notebook], None]]] = {
    "scrolled out": (_scroll(60), _scroll(0)),
    "behind another tab of JupyterLab": (_open_another_tab, _come_back),
    "behind another tab of the browser": (_visibility("hidden"), _visibility("visible")),
}
