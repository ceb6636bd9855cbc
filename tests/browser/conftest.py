from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from .lab import Lab, Notebook, chromium

_numbers = itertools.count(1)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    if shutil.which("chromium") is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
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


OpenNotebook = Callable[..., Notebook]


@pytest.fixture
def open_notebook(lab: Lab, browser: Browser) -> Iterator[OpenNotebook]:
    """Opens a notebook of the given cells; fails the test where the page's console complained."""
    opened: list[Notebook] = []

    def open_(cells: list[str], *, server: Lab = lab, scale: float = 1) -> Notebook:
        name = f"notebook{next(_numbers)}"
        server.write(f"{name}.ipynb", cells)
        page = browser.new_page(viewport={"width": 1400, "height": 1100}, device_scale_factor=scale)
        opened.append(Notebook(server, page, name))
        return opened[-1]

    yield open_
    problems = [problem for notebook in opened for problem in notebook.problems]
    for notebook in opened:
        notebook.close()
    assert problems == []
