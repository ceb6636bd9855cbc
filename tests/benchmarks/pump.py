"""What it costs a ``while view.step()`` loop to hear the page: the loop with its pump, compared with the same loop
without.

Windows of three seconds measure the steps kept only to a percent or two. A clock around the pump measures its share to
a tenth, but not its effect on the caches. JupyterLab's subshells are on, so that the page is heard either way and both
loops show the same. Without them, what the pump handles is work that has to be done anyway.
"""

from __future__ import annotations

from .bench import Bench, Row, wait_for_file
from .ratios import against_bare, against_itself, median
from .stepping import Stretch
from .windows import Window, interleaved

AIM = 0.01
"""Maximum share of the loop for the pump."""
CELL = """
import torch
from pathlib import Path
torch.set_num_threads(1)
from tests.benchmarks import stepping, windows, work as works

view, work = works.new(works.DisplayBoundTraining(), title="pump", headless={headless})
"""
RUN = "stepping.run(view, work, [windows.Window(*each) for each in {windows}], Path({results!r}))"


def pump(bench: Bench) -> list[Row]:
    """Display-bound work, whose ticks are the shortest, both while it is shown and while there is no page."""
    return [row for headless in (False, True) for row in _rows(bench, headless)]


def _rows(bench: Bench, headless: bool) -> list[Row]:
    done = _stretches(bench, headless)
    where = "headless" if headless else "shown"
    kinds, rates = [stretch.kind for stretch in done], [stretch.rate for stretch in done]
    noise = median(against_itself(kinds, rates))
    kept = median(against_bare(kinds, rates, "pump"))
    pumped = [stretch for stretch in done if stretch.kind == "pump"]
    seconds, looks = sum(stretch.seconds for stretch in pumped), sum(stretch.looks for stretch in pumped)
    looking = sum(stretch.looking for stretch in pumped)
    share = looking / seconds
    tick = 1000 / median([rate for kind, rate in zip(kinds, rates, strict=True) if kind == "bare"]).value
    return [
        Row("pump", f"loop without it, {where}", f"{tick:.2f} ms a tick"),
        Row("pump", f"that loop against itself, {where}", str(noise)),
        Row("pump", f"steps kept with it, {where}", str(kept)),
        Row("pump", f"time within it, {where}", f"{share:.2%} of the loop", f"< {AIM:.0%}", share < AIM),
        Row("pump", f"one look, {where}", f"{1e6 * looking / looks:.0f} µs, {looks / seconds:.0f} /s"),
    ]


def _stretches(bench: Bench, headless: bool) -> list[Stretch]:
    results = bench.lab.folder / f"pump-{headless}.json"
    rounds, seconds = (3, 1.0) if bench.quick else (12, 3.0)
    windows = interleaved([Window("pump", seconds, 0.3)], rounds=rounds, seconds=seconds, warm=0.3)
    listed = [(window.kind, window.seconds, window.warm) for window in windows]
    run = RUN.format(windows=listed, results=str(results))
    with bench.notebook(CELL.format(headless=headless), run, probe=False) as notebook:
        notebook.run(0)
        notebook.start(1)
        if not headless:
            notebook.wait_for_state("running")
            notebook.root.evaluate("root => root.scrollIntoView({ block: 'center' })")
        with bench.browser.unwatched(notebook):
            content = wait_for_file(results, 60 + 2 * sum(w.seconds + w.warm for w in windows))
        bench.note_backend(notebook)
    return [Stretch(**each) for each in content]
