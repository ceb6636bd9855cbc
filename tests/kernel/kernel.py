"""A real Jupyter kernel, and the output of each of its cells."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from pathlib import Path
from typing import Any

from jupyter_client.manager import KernelManager

from tests.patience import PATIENCE, wait_until

ROOT = Path(__file__).resolve().parents[2]


class Kernel:
    """Runs cells, and keeps their output by the cell that it belongs to."""

    def __init__(self) -> None:
        # A kernel that is asked to end has this long; by default it is killed after five seconds.
        self._manager = KernelManager(kernel_name="python3", shutdown_wait_time=2 * PATIENCE)
        self._manager.start_kernel(env={**os.environ, "PYTHONPATH": str(ROOT)})
        self._client = self._manager.client()
        self._client.start_channels()
        self._client.wait_for_ready(timeout=PATIENCE)
        self.text: dict[str, str] = defaultdict(str)
        self.states: dict[str, list[str]] = defaultdict(list)  # busy and idle, keyed by the message that caused them

    def start(self, code: str, cell: str = "") -> str:
        """Sends a cell; returns its message id. ``cell`` is the id of the notebook's cell, as front ends send it."""
        if not cell:
            return self._client.execute(code)
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}
        message = self._client.session.msg("execute_request", content, metadata={"cellId": cell})
        self._client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def finish(self, cell: str, timeout: float = PATIENCE) -> str:
        """Waits for a cell and returns its output, errors included. `wait_for_text` may have seen its end already."""
        while "idle" not in self.states[cell]:
            self._keep(self._client.get_iopub_msg(timeout=timeout))
        return self.text[cell]

    def run(self, code: str, timeout: float = PATIENCE) -> str:
        """Runs a cell to its end."""
        return self.finish(self.start(code), timeout)

    def send(self, kind: str, content: dict) -> str:
        """Sends a message on the shell channel, as a page does; returns its name."""
        message = self._client.session.msg(kind, content)
        self._client.shell_channel.send(message)
        return message["header"]["msg_id"]

    def replies(self, count: int, timeout: float = PATIENCE) -> list[str]:
        """Takes the next execute replies off the shell channel; returns the cells that they are for, in order."""
        cells: list[str] = []
        while len(cells) < count:
            message = self._client.get_shell_msg(timeout=timeout)
            if message["msg_type"] == "execute_reply":
                cells.append(message["parent_header"]["msg_id"])
        return cells

    def answers(self, asked: list[str], timeout: float = PATIENCE) -> dict[str, dict]:
        """The content of the reply to each message, by kind of reply; other replies are dropped. Raises `queue.Empty`.

        They are keyed by message, because ipykernel 6 answers again what was already answered while a cell blocked it.
        """
        found: dict[str, dict] = {}
        left = set(asked)
        while left:
            message = self._client.get_shell_msg(timeout=timeout)
            if (name := message["parent_header"].get("msg_id")) in left:
                left.discard(name)
                found[message["msg_type"]] = message["content"]
        return found

    def value(self, expression: str) -> Any:
        """The value of an expression in the kernel, transferred as JSON."""
        return json.loads(self.run(f"import json; print(json.dumps({expression}))"))

    def eventually(self, expression: str) -> None:
        """Waits until an expression is true in the kernel."""
        wait_until(lambda: self.value(f"bool({expression})"), f"it never came to {expression}")

    def wait_for_text(self, cell: str, text: str) -> None:
        """Waits until a cell has printed ``text``."""
        while text not in self.text[cell]:
            self._keep(self._client.get_iopub_msg(timeout=PATIENCE))

    def _keep(self, message: dict) -> None:
        cell = message["parent_header"].get("msg_id", "")
        if message["msg_type"] == "stream":
            self.text[cell] += message["content"]["text"]
        elif message["msg_type"] == "error":
            self.text[cell] += f"{message['content']['ename']}: {message['content']['evalue']}"
        elif message["msg_type"] == "status":
            self.states[cell].append(message["content"]["execution_state"])
        elif message["msg_type"] in ("execute_result", "display_data"):
            self.text[cell] += message["content"]["data"]["text/plain"]

    def interrupt(self) -> None:
        self._manager.interrupt_kernel()

    def close(self, *, now: bool = True) -> None:
        """Ends the kernel, or asks it to end."""
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=now)
        self._manager.cleanup_resources()
