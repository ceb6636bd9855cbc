from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from .lab import Lab, chromium, new_page
from .notebook import VIEWPORT, Notebook

_numbers = itertools.count(1)


@pytest.fixture(scope="package")  # no longer than that: while it exists, asyncio believes that a loop is running
def browser() -> Iterator[Browser]:
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    driver = subprocess.run(
        [sys.executable, "-m", "playwright", "--version"], capture_output=True, text=True, check=False
    )
    if driver.returncode != 0:
        pytest.skip(f"Playwright does not start: {driver.stderr.strip()}")
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package", params=[True], ids=["subshells"])
def lab(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("lab"), subshells=request.param)
    yield lab
    lab.close()


@pytest.fixture(scope="package")
def lab_without_subshells(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("lab"), subshells=False)
    yield lab
    lab.close()


@pytest.fixture(scope="package")
def jupyter_notebook(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("notebook"), app="notebook")
    yield lab
    lab.close()


OpenNotebook = Callable[..., Notebook]
Place = tuple[Lab, float, str]
Pages = dict[Place, Page]


@pytest.fixture(scope="session")
def pages() -> Pages:
    """Pages with JupyterLab loaded, by server, pixel ratio and host: loading it takes longer than most tests."""
    return {}


_failed = pytest.StashKey[bool]()
_opened = pytest.StashKey[list[tuple[Notebook, Place]]]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[_failed] = report.failed
        if report.failed:  # a failure that happens once in a hundred runs leaves no other trace
            report.sections += [("Page", notebook.described()) for notebook, _ in item.stash.get(_opened, [])]
    return report


@pytest.fixture
def open_notebook(request: pytest.FixtureRequest, lab: Lab, browser: Browser, pages: Pages) -> Iterator[OpenNotebook]:
    """Opens a notebook with the given cells, or a file. Fails the test if the page's console reported problems."""
    opened = request.node.stash[_opened] = []

    def open_(cells: list[str] | Path, *, server: Lab = lab, scale: float = 1, host: str = "127.0.0.1") -> Notebook:
        name = f"notebook{next(_numbers)}"
        if isinstance(cells, Path):
            server.copy(f"{name}.ipynb", cells)
        else:
            server.write(f"{name}.ipynb", cells)
        place = server, scale, host
        if place not in pages:
            pages[place] = new_page(browser, viewport=VIEWPORT, device_scale_factor=scale)
        page = pages.pop(place)  # put back once it is known to be intact
        opened.append((Notebook(server, page, name, host), place))
        return opened[-1][0]

    yield open_
    problems = [problem for notebook, _ in opened for problem in notebook.problems]
    spoilt = bool(problems) or request.node.stash.get(_failed, True)  # if so, the next test gets a new page
    for notebook, place in opened:
        try:
            notebook.close()
        finally:
            if spoilt:
                notebook.page.close()
        if not spoilt:
            pages[place] = notebook.page
    assert problems == []
