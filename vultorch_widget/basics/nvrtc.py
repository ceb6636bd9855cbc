"""CUDA C++ compiled when it is needed, and the results of CUDA's calls. Needs cuda-bindings."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from cuda.bindings import nvrtc

from .disk_cache import cached


def checked(result: Any) -> Any:
    """Results of a driver, runtime or NVRTC call without its status. Raises RuntimeError if the call failed."""
    status, *values = result
    if int(status):
        raise RuntimeError(f"CUDA: {status.name}")
    return values[0] if len(values) == 1 else tuple(values) or None


def compiled(name: str, source: bytes, options: Sequence[str], architecture: str) -> bytes:
    """The cubin of ``source`` for ``architecture``, such as ``"sm_90"``: from disk if it was compiled there before.

    The name of the file on disk begins with ``name``; other sources, options and versions of NVRTC have other files.
    See `cached` for the folder. Compiling takes up to a second. Raises RuntimeError if the source or an option is
    wrong, with what NVRTC says, and if there is no NVRTC.
    """
    given = [option.encode() for option in (f"--gpu-architecture={architecture}", "-std=c++17", *options)]
    made_by = checked(nvrtc.nvrtcVersion())
    key = hashlib.sha256(repr((source, given, made_by)).encode()).hexdigest()
    return cached(f"{name}-{key[:32]}.cubin", lambda: _compile(name, source, given))


def _compile(name: str, source: bytes, options: list[bytes]) -> bytes:
    made = checked(nvrtc.nvrtcCreateProgram(source, f"{name}.cu".encode(), 0, [], []))
    try:
        status = nvrtc.nvrtcCompileProgram(made, len(options), options)[0]
        if int(status):
            log = b" " * checked(nvrtc.nvrtcGetProgramLogSize(made))
            checked(nvrtc.nvrtcGetProgramLog(made, log))
            said = log.decode(errors="replace").strip("\0\n ")  # it ends with a zero
            raise RuntimeError(f"{status.name}: {said}")
        cubin: bytes = b" " * checked(nvrtc.nvrtcGetCUBINSize(made))
        checked(nvrtc.nvrtcGetCUBIN(made, cubin))  # in place
        return cubin
    finally:
        nvrtc.nvrtcDestroyProgram(made)
