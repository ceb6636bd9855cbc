"""A notebook open in JupyterLab in a page of Chromium, with a connection to its kernel."""

from __future__ import annotations

import base64
import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from jupyter_client.blocking import BlockingKernelClient
from PIL import Image
from playwright.sync_api import Error, Locator, Page

from tests.patience import PATIENCE, wait_until

from .lab import ROOT, Lab

ARTIFACTS = ROOT / "artifacts"
VIEWPORT = {"width": 1400, "height": 1100}
READY = """
path => {
    const widget = window.jupyterapp?.shell.currentWidget;
    const status = widget?.sessionContext?.session?.kernel?.status;
    return widget?.context?.path === path && (status === 'idle' || status === 'busy');
}
"""

LIES_STILL = """
async part => {
    const view = part.closest('.vw-root');
    const comes = () => view?.dataset.state === 'running' && view.querySelector('.vw-live-bar').hidden;
    let before = '';
    for (let same = 0; same < 10;) {
        await new Promise(requestAnimationFrame);
        const { x, y, width, height } = part.getBoundingClientRect();
        const now = JSON.stringify([x, y, width, height]);
        same = now === before && !comes() ? same + 1 : 0;
        before = now;
    }
    return JSON.parse(before);
}
"""


class Notebook:
    """A notebook open in its own page, with its own kernel. The page reaches the server as ``host``."""

    def __init__(self, lab: Lab, page: Page, name: str, host: str = "127.0.0.1") -> None:
        self.lab = lab
        self._server = f"http://{host}:{lab.port}/"
        self.name = name
        self.problems: list[str] = []  # what the page's console complained about
        self._client: BlockingKernelClient | None = None
        self.watch(page)
        if page.url.startswith(lab.address) and lab.app == "jupyterlab":  # it is in the page already
            self.page.set_viewport_size(VIEWPORT)
            self.command("docmanager:open", path=self.path, factory="Notebook")
            self._wait_until_open()
        else:
            self.load()

    def watch(self, page: Page) -> None:
        """Makes ``page`` the one that shows the notebook."""
        self.page = page
        page.on("console", self._on_console)
        page.on("pageerror", self._on_error)

    @property
    def path(self) -> str:
        """The path of the notebook's file within the server's folder."""
        return f"{self.name}.ipynb"

    def _on_console(self, message: Any) -> None:
        # A page that is closed or reloaded can no longer say goodbye; the host does, and the kernel notices.
        if message.type == "error" and "Cannot send" not in message.text:
            self.problems.append(message.text)

    def _on_error(self, error: Any) -> None:
        # Jupyter Notebook 7.6 reports errors about its own settings while it loads, whatever the notebook. JupyterLab
        # reports errors about the previous notebook if its kernel ended before it had answered the request for a
        # subshell.
        unsettled = self.lab.app == "notebook" and "reading 'schema'" in str(error)
        if "Kernel message validation error" in str(error):  # JupyterLab's own, from a kernel that was just restarted
            return
        if not unsettled and "Canceled future for create_subshell_request" not in str(error):
            self.problems.append(str(error))

    def load(self) -> None:
        """Loads or reloads the page."""
        path = f"lab/workspaces/{self.name}/tree/{self.path}?reset"
        address = self._server + (path if self.lab.app == "jupyterlab" else f"notebooks/{self.path}")
        known = len(self.problems)
        self.page.goto(address, wait_until="commit")
        del self.problems[known:]  # a page that is left in the middle of something reports that its connection was cut
        self._wait_until_open()

    def _wait_until_open(self) -> None:
        self.wait_until(READY, self.path)
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.page.evaluate("window.jupyterapp.shell.collapseLeft()")

    def start(self, cell: int) -> None:
        """Runs a cell without waiting for it."""
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
        """Runs a command of JupyterLab."""
        self.page.evaluate(
            "async ([name, args]) => void await window.jupyterapp.commands.execute(name, args)", [name, arguments]
        )

    def theme(self, name: str) -> None:
        """Changes JupyterLab's theme, and waits until its splash is gone: two at once would break it."""
        self.command("apputils:change-theme", theme=name)
        self.wait_until("() => document.getElementById('jupyterlab-splash') === null")

    def cell(self, index: int) -> Locator:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(index)

    def scroll_to(self, cell: int) -> None:
        """Scrolls until a cell is in sight. JupyterLab renders cells one by one, and cannot scroll to one before."""
        scroll = "index => { window.jupyterapp.shell.currentWidget.content.scrollToItem(index); }"
        in_sight = """index => {
            const content = window.jupyterapp.shell.currentWidget.content;
            const cell = content.widgets[index].node;
            const shown = content.node.getBoundingClientRect();
            const { top, bottom } = cell.getBoundingClientRect();
            return cell.isConnected && bottom > top && top < shown.bottom && bottom > shown.top;
        }"""

        def scrolled() -> bool:
            self.page.evaluate(scroll, cell)
            return bool(self.page.evaluate(in_sight, cell))

        wait_until(scrolled, f"cell {cell} did not come into sight")

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

    def box(self, part: Locator) -> tuple[float, float, float, float]:
        """Left, top, width and height of ``part`` in CSS pixels, once it no longer moves.

        What is above it appears and grows during a run's first frames, and a mouse sent there too early would miss it.
        """
        return tuple(part.evaluate(LIES_STILL))

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def state(self) -> str:
        return str(self.root.get_attribute("data-state"))

    def wait_for_state(self, state: str, timeout: float = PATIENCE) -> None:
        self.page.wait_for_selector(f'.vw-root[data-state="{state}"]', timeout=timeout * 1000)

    def wait_until(self, condition: str, argument: Any = None, timeout: float = PATIENCE) -> None:
        """Waits until a JavaScript function of ``argument`` returns something true in the page."""
        self.page.wait_for_function(condition, arg=argument, timeout=timeout * 1000)

    def described(self) -> str:
        """What a person would look at first after a test of this page has failed: focus, mode, dialogs, states."""
        try:
            found = self.page.evaluate(
                """() => {
                    const panel = window.jupyterapp.shell.currentWidget;
                    return {
                        notebook: panel?.context?.path,
                        mode: panel?.content?.mode,
                        cells: panel?.content?.widgets?.length,
                        active: panel?.content?.activeCellIndex,
                        focus: document.activeElement?.outerHTML.slice(0, 300),
                        hasFocus: document.hasFocus(),
                        dialogs: [...document.querySelectorAll('.jp-Dialog, .lm-Menu')].map((node) => node.innerText),
                        states: [...document.querySelectorAll('.vw-root')].map((node) => node.dataset.state),
                    };
                }"""
            )
        except Error as error:  # the page is gone, or is not JupyterLab
            return f"{self.path}: {error}"
        return json.dumps(found, indent=2)

    def wait_for_pixels(self, canvas: str, expected: np.ndarray, within: int = 0) -> None:
        """Waits until the canvas shows ``expected``, (height, width, 3) of 0..255, up to ``within`` levels.

        A state arrives before the pictures that belong to it, which are decoded first. And a picture counts as settled
        while frames are slow, so `wait_for_lossless` alone does not tell the last picture from the one before.
        """

        def is_shown() -> bool:
            shown = self.pixels(canvas)
            return shown.shape == expected.shape and bool(np.abs(shown.astype(int) - expected).max() <= within)

        wait_until(is_shown, f"{canvas} never showed what was expected")

    def pixels(self, canvas: str, nth: int = 0) -> np.ndarray:
        """What a canvas shows: (height, width, 3) uint8, exactly."""
        data = self.page.locator(f'[data-vw-canvas="{canvas}"]').nth(nth).evaluate("c => c.toDataURL('image/png')")
        raw = base64.b64decode(data.split(",", 1)[1])
        return np.asarray(Image.open(io.BytesIO(raw)).convert("RGB"))

    def wait_for_lossless(self, canvas: str, timeout: float = PATIENCE) -> None:
        """Waits until the canvas shows a picture that has settled."""
        condition = """id => document.querySelector(`[data-vw-canvas="${id}"]`)?.dataset.lossless === 'true'"""
        self.wait_until(condition, canvas, timeout)

    def evaluate(self, expression: str, timeout: float = PATIENCE) -> Any:
        """The value of a Python expression in the kernel: a literal. It waits for its turn among the cells."""
        deadline = time.monotonic() + timeout
        content = self._ask(expression, deadline)
        while content["status"] == "aborted":  # a cell before it failed, or was interrupted
            content = self._ask(expression, deadline)
        value = content["user_expressions"]["value"]
        if value["status"] != "ok":
            raise RuntimeError(f"{expression}: {value['ename']}: {value['evalue']}")
        return eval(eval(value["data"]["text/plain"]), {"inf": float("inf"), "nan": float("nan")})

    def _ask(self, expression: str, deadline: float) -> Any:
        client = self.kernel
        message = client.execute("", silent=True, user_expressions={"value": f"repr(({expression}))"})
        while True:
            reply = client.get_shell_msg(timeout=max(0.1, deadline - time.monotonic()))
            if reply["parent_header"].get("msg_id") == message:
                return reply["content"]

    def eventually(self, expression: str, timeout: float = PATIENCE) -> bool:
        """Whether a Python expression becomes true in the kernel within ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            if self.evaluate(expression):
                return True
            time.sleep(0.05)
        return False

    @property
    def kernel(self) -> BlockingKernelClient:
        """A separate connection to the kernel, whose cells do not appear in the page."""
        if self._client is None:
            file = self.lab.runtime / f"kernel-{self.lab.session(self.path)['kernel']['id']}.json"
            self._client = BlockingKernelClient(connection_file=str(file))
            self._client.load_connection_file()
            self._client.start_channels(iopub=False, stdin=False, hb=False)
        return self._client

    def restart(self) -> None:
        """Restarts the kernel, and waits until it answers."""
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
        self.wait_until("() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'")
        self._forget_kernel()

    def reopen(self) -> None:
        """Ends the kernel, and opens the file anew, with another."""
        self.page.evaluate("window.jupyterapp.shell.currentWidget.dispose()")
        self.lab.shut_down(self.path)
        wait_until(lambda: all(session["path"] != self.path for session in self.lab.get("api/sessions")))
        self._forget_kernel()
        self.load()

    def _forget_kernel(self) -> None:
        if self._client is not None:
            self._client.stop_channels()
            self._client = None

    def screenshot(self, name: str) -> Path:
        """Takes a picture of the widget, for people to look at."""
        ARTIFACTS.mkdir(exist_ok=True)
        path = ARTIFACTS / f"{name}.png"
        self.root.screenshot(path=path)
        return path

    def close(self) -> None:
        """Ends the kernel and removes the notebook from the page, which can then show another."""
        if self._client is not None:
            self._client.stop_channels()
        self.page.mouse.up()
        self.page.evaluate("window.jupyterapp.shell.currentWidget?.dispose()")
        self.lab.shut_down(self.path)
        self.page.remove_listener("console", self._on_console)
        self.page.remove_listener("pageerror", self._on_error)
