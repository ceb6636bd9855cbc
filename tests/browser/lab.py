"""A real JupyterLab, its notebooks in a real Chromium, and a line to their kernels."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from jupyter_client.blocking import BlockingKernelClient
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, sync_playwright

CHROMIUM_OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / "artifacts"


class Lab:
    """A JupyterLab server of its own: its own folder, settings and runtime, gone with it."""

    def __init__(self, folder: Path, *, subshells: bool = True) -> None:
        self.folder = folder
        self.runtime = folder / "runtime"
        settings = folder / "settings" / "@jupyterlab" / "apputils-extension"
        settings.mkdir(parents=True)
        choice = "perCommTarget" if subshells else "disabled"
        (settings / "kernels-settings.jupyterlab-settings").write_text(json.dumps({"commsOverSubshells": choice}))
        (settings / "notification.jupyterlab-settings").write_text(json.dumps({"fetchNews": "false"}))
        with contextlib.closing(socket.socket()) as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self._log = (folder / "lab.log").open("w")
        self._process = subprocess.Popen(self._command(), env=self._environment(), stdout=self._log, stderr=self._log)
        self._wait_until_up()

    def _command(self) -> list[str]:
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": self.port,
            "ServerApp.port_retries": 0,
            "ServerApp.open_browser": False,
            "ServerApp.root_dir": self.folder,
            "ServerApp.allow_root": True,
            "ServerApp.disable_check_xsrf": True,
            "IdentityProvider.token": "",
            "LabApp.expose_app_in_browser": True,
            "LabServerApp.user_settings_dir": self.folder / "settings",
            "LabServerApp.workspaces_dir": self.folder / "workspaces",
        }
        return [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "JUPYTER_RUNTIME_DIR": str(self.runtime),
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "IPYTHONDIR": str(self.folder / "ipython"),
            "PYTHONPATH": str(ROOT),
        }

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                self.get("api/status")
                return
            time.sleep(0.1)
        raise RuntimeError(f"JupyterLab did not come up: {(self.folder / 'lab.log').read_text()[-2000:]}")

    def get(self, path: str) -> Any:
        """What the server answers to GET /path, parsed."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=5) as response:
            return json.load(response)

    def write(self, name: str, cells: list[str]) -> None:
        """Puts a notebook of code cells into the folder."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / name)

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._log.close()


class Notebook:
    """A notebook open in a page of its own, with a kernel of its own."""

    def __init__(self, lab: Lab, page: Page, name: str) -> None:
        self.lab = lab
        self.page = page
        self.name = name
        self.problems: list[str] = []  # what the page's console complained about
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        self._client: BlockingKernelClient | None = None
        self.open()

    def _on_console(self, message: Any) -> None:
        # A page that is closed or loaded again cannot say goodbye any more; the host says so, and the kernel notices.
        if message.type == "error" and "Cannot send" not in message.text:
            self.problems.append(message.text)

    def open(self) -> None:
        """Loads the page, or loads it again."""
        self.page.goto(f"http://127.0.0.1:{self.lab.port}/lab/workspaces/{self.name}/tree/{self.name}.ipynb?reset")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        self.page.wait_for_function(
            """() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'
                  || window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'busy'""",
            timeout=60_000,
        )
        self.page.evaluate("window.jupyterapp.shell.collapseLeft()")

    def start(self, cell: int) -> None:
        """Runs a cell and does not wait for it."""
        self.page.evaluate(
            """(cell) => {
                const notebook = window.jupyterapp.shell.currentWidget.content;
                notebook.activeCellIndex = cell;
                window.jupyterapp.commands.execute('notebook:run-cell');
            }""",
            cell,
        )

    def run(self, cell: int) -> str:
        """Runs a cell, waits until it has ended, and returns what it printed."""
        self.page.evaluate(
            """async (cell) => {
                const notebook = window.jupyterapp.shell.currentWidget.content;
                notebook.activeCellIndex = cell;
                await window.jupyterapp.commands.execute('notebook:run-cell');
            }""",
            cell,
        )
        return self.output(cell)

    def command(self, name: str, **arguments: Any) -> None:
        """Runs a command of JupyterLab's."""
        self.page.evaluate("([name, args]) => window.jupyterapp.commands.execute(name, args)", [name, arguments])

    def cell(self, index: int) -> Locator:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def output(self, cell: int) -> str:
        """The text of a cell's streams and errors, not that of widgets."""
        outputs = self.cell(cell).locator(".jp-OutputArea-output.jp-RenderedText")
        return "".join(outputs.nth(i).inner_text() for i in range(outputs.count())).strip()

    @property
    def root(self) -> Locator:
        """The widget."""
        return self.page.locator(".vw-root").first

    def control(self, ident: str) -> Locator:
        return self.page.locator(f'[data-vw-control="{ident}"]').first

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def state(self) -> str:
        return str(self.root.get_attribute("data-state"))

    def wait_for_state(self, state: str, timeout: float = 20) -> None:
        self.page.wait_for_selector(f'.vw-root[data-state="{state}"]', timeout=timeout * 1000)

    def wait_until(self, condition: str, argument: Any = None, timeout: float = 20) -> None:
        """Waits until a JavaScript function of ``argument`` returns something true in the page."""
        self.page.wait_for_function(condition, arg=argument, timeout=timeout * 1000)

    def pixels(self, canvas: str, nth: int = 0) -> np.ndarray:
        """What a canvas shows: (height, width, 3) uint8, exactly."""
        data = self.page.locator(f'[data-vw-canvas="{canvas}"]').nth(nth).evaluate("c => c.toDataURL('image/png')")
        raw = base64.b64decode(data.split(",", 1)[1])
        return np.asarray(Image.open(io.BytesIO(raw)).convert("RGB"))

    def wait_for_lossless(self, canvas: str, timeout: float = 20) -> None:
        """Until the canvas shows a picture that came to rest."""
        condition = """id => document.querySelector(`[data-vw-canvas="${id}"]`)?.dataset.lossless === 'true'"""
        self.wait_until(condition, canvas, timeout)

    def evaluate(self, expression: str, timeout: float = 20) -> Any:
        """The value of a Python expression in the kernel: a literal. It waits for its turn among the cells."""
        client = self.kernel
        message = client.execute("", silent=True, user_expressions={"value": f"repr({expression})"})
        while True:
            reply = client.get_shell_msg(timeout=timeout)
            if reply["parent_header"].get("msg_id") == message:
                break
        value = reply["content"]["user_expressions"]["value"]
        if value["status"] != "ok":
            raise RuntimeError(f"{expression}: {value['ename']}: {value['evalue']}")
        return eval(eval(value["data"]["text/plain"]), {"inf": float("inf"), "nan": float("nan")})

    @property
    def kernel(self) -> BlockingKernelClient:
        if self._client is None:
            session = next(s for s in self.lab.get("api/sessions") if s["path"] == f"{self.name}.ipynb")
            file = self.lab.runtime / f"kernel-{session['kernel']['id']}.json"
            self._client = BlockingKernelClient(connection_file=str(file))
            self._client.load_connection_file()
            self._client.start_channels(iopub=False, stdin=False, hb=False)
        return self._client

    def screenshot(self, name: str) -> Path:
        """Takes a picture of the widget, for people to look at."""
        ARTIFACTS.mkdir(exist_ok=True)
        path = ARTIFACTS / f"{name}.png"
        self.root.screenshot(path=path)
        return path

    def close(self) -> None:
        """Closes the page and ends the kernel."""
        if self._client is not None:
            self._client.stop_channels()
        self.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        self.page.close()


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()
