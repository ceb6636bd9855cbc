"""Real servers of JupyterLab, Jupyter Notebook and other hosts, and a real Chromium."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import nbformat
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.forked_kernels import READY
from tests.patience import PATIENCE, wait_until
from tests.ports import free_port

from .bounded import bounded_calls

ELSEWHERE = "lab.test"
"""A name under which Chromium reaches this machine but treats it as remote. What it reserves for local pages and HTTPS,
such as `crypto.randomUUID` and `ImageDecoder`, is missing."""
LEFT_OUT = (
    # Pages behind the address bar: each new window would load one, which takes more than a second of the processor.
    *("WebUIOmniboxPopup", "WebUIOmniboxAimPopup", "WebUIOmniboxFullPopup"),
    # What Playwright leaves out itself (a test compares them): the last option of this kind is the one that counts.
    *("AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "LensOverlay"),
    *("HttpsFirstBalancedModeAutoEnable", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning"),
    *("AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled"),
    *("PreconnectToSearch", "TcpPortRandomizationWin"),
    *("msForceBrowserSignIn", "msEdgeUpdateLaunchServicesPreferredVersion"),
)
"""Features of Chromium that tests do without."""
CHROMIUM_OPTIONS = [
    f"--disable-features={','.join(LEFT_OUT)}",
    f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
UNUSED = {
    "ipyparallel": "ipyparallel-labextension",
    "voila.server_extension": "@voila-dashboards/jupyterlab-preview",
}
"""Extensions of the server, and their parts in the page, that are installed for other tests. Each server that starts
and each page that is loaded would pay for them."""
ROOT = Path(__file__).resolve().parents[2]


class Server:
    """A process that serves on its own port, with its own runtime folder below ``folder``, which is deleted with it.

    ``command`` is a Python module and its arguments, in which ``{port}`` stands for the port.
    """

    def __init__(self, folder: Path, command: Sequence[str]) -> None:
        self.folder = folder
        self.runtime = folder / "runtime"
        self.port = free_port()
        self._log = (folder / "server.log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.browser.server", *(part.format(port=self.port) for part in command)],
            env=self._environment(),
            stdout=self._log,
            stderr=self._log,
        )
        self._wait_until_up()

    def _environment(self) -> dict[str, str]:
        return {
            **os.environ,
            "JUPYTER_RUNTIME_DIR": str(self.runtime),
            "JUPYTER_CONFIG_DIR": str(self.folder / "config"),
            "JUPYTER_DATA_DIR": str(self.folder / "data"),  # where the signatures of trusted notebooks are
            "IPYTHONDIR": str(self.folder / "ipython"),
            "PYTHONPATH": str(ROOT),
        }

    @property
    def address(self) -> str:
        """With a slash at the end."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def log(self) -> str:
        """The output of the process."""
        return (self.folder / "server.log").read_text()

    def _wait_until_up(self) -> None:
        def up() -> bool:
            if self._process.poll() is not None:
                raise RuntimeError(f"the server ended: {self.log[-2000:]}")
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=5):
                return True
            return False

        wait_until(up, lambda: f"the server did not come up: {self.log[-2000:]}")

    def close(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()


class Lab(Server):
    """A JupyterLab with its own folder and settings, or a Jupyter Notebook if ``app`` is ``notebook``."""

    def __init__(
        self, folder: Path, *, subshells: bool = True, app: Literal["jupyterlab", "notebook"] = "jupyterlab"
    ) -> None:
        self.app = app
        self.subshells = subshells  # whether comm messages are delivered on a separate thread
        choice = "perCommTarget" if subshells else "disabled"
        settings = {
            "apputils-extension/kernels-settings": {"commsOverSubshells": choice},
            "apputils-extension/notification": {"fetchNews": "false"},
            "docmanager-extension/plugin": {"autosave": False},  # nobody but the tests saves
        }
        for name, content in settings.items():
            path = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content))
        config = folder / "config"
        server = {"ServerApp": {"jpserver_extensions": dict.fromkeys(UNUSED, False)}}
        page = {"disabledExtensions": dict.fromkeys(UNUSED.values(), True)}
        for name, content in (("jupyter_server_config.d/tests.json", server), ("labconfig/page_config.json", page)):
            (config / name).parent.mkdir(parents=True)
            (config / name).write_text(json.dumps(content))
        self._endings: list[threading.Thread] = []
        name = {"jupyterlab": "LabApp", "notebook": "JupyterNotebookApp"}[app]
        options = {
            "ServerApp.ip": "127.0.0.1",
            "ServerApp.port": "{port}",
            "ServerApp.port_retries": 0,
            "ServerApp.open_browser": False,
            "ServerApp.root_dir": folder,
            "ServerApp.allow_root": True,
            "ServerApp.local_hostnames": ELSEWHERE,
            "ServerApp.disable_check_xsrf": True,
            "IdentityProvider.token": "",
            f"{name}.expose_app_in_browser": True,
            "LabServerApp.user_settings_dir": folder / "settings",
            "LabServerApp.workspaces_dir": folder / "workspaces",
        }
        super().__init__(folder, [app, *(f"--{name}={value}" for name, value in options.items())])
        if sys.platform == "linux":  # a server that waits for a kernel answers nobody, and is unreliable afterwards
            wait_until(lambda: READY in self.log, lambda: f"no kernels can be forked: {self.log[-2000:]}")

    def get(self, path: str) -> Any:
        """The server's parsed answer to GET /path."""
        with urllib.request.urlopen(self.address + path, timeout=PATIENCE) as response:
            return json.load(response)

    def session(self, path: str) -> Any:
        """The running session of a notebook."""
        return next(session for session in self.get("api/sessions") if session["path"] == path)

    def shut_down(self, path: str) -> None:
        """Ends the kernel of a notebook, if it has one, in the background: it takes a second or two."""
        for session in self.get("api/sessions"):
            if session["path"] == path:
                ending = threading.Thread(target=self._delete, args=(f"api/sessions/{session['id']}",))
                ending.start()
                self._endings.append(ending)

    def _delete(self, path: str) -> None:
        request = urllib.request.Request(self.address + path, method="DELETE")
        urllib.request.urlopen(request, timeout=PATIENCE).close()

    def write(self, name: str, cells: list[str]) -> None:
        """Writes a notebook of code cells into the folder."""
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / name)

    def copy(self, name: str, notebook: Path) -> None:
        """Copies a notebook from the repository, and the pictures beside it, into the folder."""
        shutil.copy(notebook, self.folder / name)
        shutil.copytree(notebook.parent / "images", self.folder / "images", dirs_exist_ok=True)

    def close(self) -> None:
        for ending in self._endings:
            ending.join()
        self._process.kill()  # if asked to end, it may wait for one of its threads for ever
        super().close()


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless, without the browser around its pages if that is installed: it takes time as well."""
    expect.set_options(timeout=1000 * PATIENCE)
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    with sync_playwright() as playwright, bounded_calls():
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_OPTIONS)
        yield browser
        browser.close()


def new_page(browser: Browser, **options: Any) -> Page:
    """A page with generous timeouts."""
    page = browser.new_page(**options)
    page.set_default_timeout(1000 * PATIENCE)
    return page
