"""The page's types match the message classes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.patience import PATIENCE
from vultorch_widget.protocol import messages, typescript

ROOT = Path(__file__).parents[2]
PROTOCOL = ROOT / "js" / "src" / "wire" / "protocol.ts"


def interface(text, name):
    body = re.search(rf"export interface {name} {{\n(.*?)\n}}", text, re.DOTALL)
    assert body is not None, name
    return dict(line.strip().rstrip(";").split(": ", 1) for line in body[1].splitlines())


def test_the_file_in_the_front_end_is_up_to_date():
    assert PROTOCOL.read_text(encoding="utf-8") == typescript.generate(), "run `make protocol`"


def test_types_and_names():
    text = typescript.generate()
    assert f"export const PROTOCOL_VERSION = {messages.PROTOCOL_VERSION};" in text
    assert interface(text, "SetControl") == {
        "kind": '"set_control"',
        "client": "string",
        "panel": "string",
        "control": "string",
        "value": "boolean | number | string | number[]",
        "revision": "number",
    }
    assert interface(text, "Split")["children"] == "(Leaf | Split)[]"
    assert interface(text, "Curve")["values"] == "(number | null)[]"
    assert interface(text, "ControlsPatch")["order"] == "string[] | null"
    assert "export type KernelMessage = Scene | Update | Chunk | Received | Busy |" in text


def test_every_class_is_declared_once():
    names = re.findall(r"export interface (\w+)", typescript.generate())
    assert len(names) == len(set(names))
    assert {"Scene", "Update", "Ready", "Gone", "Slider", "Picture"} <= set(names)


def test_it_runs_as_a_command(tmp_path):
    out = tmp_path / "protocol.ts"
    subprocess.run(
        [sys.executable, "-m", "vultorch_widget.protocol.typescript", str(out)], check=True, timeout=PATIENCE, cwd=ROOT
    )
    assert out.read_text(encoding="utf-8") == typescript.generate()
