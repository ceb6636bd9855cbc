"""CUDA C++ is compiled once. NVRTC needs no GPU."""

from __future__ import annotations

from pathlib import Path

import pytest

nvrtc = pytest.importorskip("cuda.bindings.nvrtc", reason="cuda-bindings is not installed")

SOURCE = b'extern "C" __global__ void doubled(float* values) { values[threadIdx.x] *= FACTOR; }'
OPTIONS = ("-DFACTOR=2.0f",)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    try:
        nvrtc.nvrtcVersion()
    except RuntimeError as error:
        pytest.skip(f"NVRTC is not installed: {error}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "vultorch_widget"


def test_it_is_compiled_once_and_kept_under_its_name(folder: Path) -> None:
    from vultorch_widget.basics.nvrtc import compiled

    cubin = compiled("probe", SOURCE, OPTIONS, "sm_90")
    assert cubin.startswith(b"\x7fELF")
    assert b"doubled" in cubin
    (kept,) = folder.iterdir()
    assert kept.match("probe-*.cubin")
    before = kept.stat()
    assert compiled("probe", SOURCE, OPTIONS, "sm_90") == cubin
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_another_source_option_or_architecture_is_compiled_by_itself(folder: Path) -> None:
    from vultorch_widget.basics.nvrtc import compiled

    calls = [
        (SOURCE, OPTIONS, "sm_90"),
        (SOURCE.replace(b"doubled", b"tripled"), OPTIONS, "sm_90"),
        (SOURCE, ("-DFACTOR=3.0f",), "sm_90"),
        (SOURCE, OPTIONS, "sm_90a"),
    ]
    cubins = {compiled("probe", *call) for call in calls}
    assert len(cubins) == len(list(folder.iterdir())) == len(calls)


def test_another_compiler_compiles_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from vultorch_widget.basics.nvrtc import compiled

    status, major, minor = nvrtc.nvrtcVersion()
    compiled("probe", SOURCE, OPTIONS, "sm_90")
    monkeypatch.setattr(nvrtc, "nvrtcVersion", lambda: (status, major, minor + 1))
    compiled("probe", SOURCE, OPTIONS, "sm_90")
    assert len(list(folder.iterdir())) == 2


@pytest.mark.parametrize(
    ("source", "architecture", "message"),
    [
        (b"nonsense", "sm_90", r"^NVRTC_ERROR_COMPILATION: probe\.cu\(1\): error"),
        (SOURCE, "sm_1", r"^NVRTC_ERROR_INVALID_OPTION: .*architecture"),
    ],
)
def test_what_the_compiler_says_is_raised_and_nothing_is_kept(
    folder: Path, source: bytes, architecture: str, message: str
) -> None:
    from vultorch_widget.basics.nvrtc import compiled

    with pytest.raises(RuntimeError, match=message) as caught:
        compiled("probe", source, OPTIONS, architecture)
    assert "\0" not in str(caught.value)
    assert list(folder.glob("*")) == []
