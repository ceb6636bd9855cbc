"""Compiles the kernels of `step.cu` or `wide.cu` for the present GPU, and caches the result on disk."""

from __future__ import annotations

import ctypes
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from cuda.bindings import driver, nvrtc

from ..disk_cache import cached
from ..unfit import UnfitError

LEAST_BLOCKS = 40
"""Fewest multiprocessors for which the kernels' row sums fit."""
NARROW = 64
"""Maximum hidden units of the kernels in `step.cu`."""
PADDED = (NARROW, 96, 128)
"""Hidden units that the kernels are compiled for. A layer with fewer is padded."""
MOST_UNITS = PADDED[-1]
_FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Program:
    """The loaded kernels, and the sizes that they were compiled with."""

    grad: Any
    update: Any
    prepare: Any
    blocks: int
    grad_threads: int
    grad_memory: int
    update_blocks: int
    update_threads: int
    image_bytes: int
    partial_floats: int
    parameters: int
    scale: int
    control_bytes: int
    loss_at: int


def call(result: Any) -> Any:
    """Results of a driver or NVRTC call without its status. Raises RuntimeError if the call failed."""
    status, *values = result
    if int(status):
        raise RuntimeError(f"CUDA: {status.name}")
    return values[0] if len(values) == 1 else tuple(values) or None


@cache
def program(device: torch.device, width: int, *, split: bool) -> Program:
    """The kernels for ``width`` hidden units. With ``split`` operands, products are nearly as exact as float32.

    The first time on a machine, compiling takes a second. Raises `UnfitError` if the kernels cannot run: on a GPU other
    than Hopper or a small part of one, with more than `MOST_UNITS` units, or without a compiler.
    """
    properties = torch.cuda.get_device_properties(device)
    blocks = properties.multi_processor_count
    if (properties.major, properties.minor) != (9, 0):
        raise UnfitError(f"the fused step is for Hopper GPUs (H100, H200), not {properties.name}")
    if blocks < LEAST_BLOCKS:  # a MIG instance
        raise UnfitError(
            f"the fused step needs {LEAST_BLOCKS} multiprocessors, of which {properties.name} has {blocks}: "
            "use a larger instance"
        )
    if width > MOST_UNITS:
        raise UnfitError(f"the fused step is for hidden widths of at most {MOST_UNITS}, not {width}")
    units = next(units for units in PADDED if width <= units)
    options = [b"-DWIDTH=%d" % width, b"-DUNITS=%d" % units, b"-DSPLIT=%d" % split, b"-DBLOCKS=%d" % blocks]
    try:
        with torch.cuda.device(device):
            torch.cuda.current_stream().synchronize()  # makes torch's context the driver's current one
            return _loaded(_compiled(_source(width), options), blocks)
    except (RuntimeError, OSError) as error:
        raise UnfitError(f"the fused step cannot be compiled: {error}") from error


def _source(width: int) -> bytes:
    """The text of the kernels for ``width`` hidden units."""
    kernels = "step.cu" if width <= NARROW else "wide.cu"
    return b"".join((_FOLDER / file).read_bytes() for file in ("common.cu", kernels, "update.cu"))


def _compiled(source: bytes, options: list[bytes]) -> bytes:
    options = [b"--gpu-architecture=sm_90a", b"-std=c++17", *options]
    made_by = call(nvrtc.nvrtcVersion())
    key = hashlib.sha256(repr((source, options, made_by)).encode()).hexdigest()
    return cached(f"step-{key[:32]}.cubin", lambda: _compile(source, options))


def _compile(source: bytes, options: list[bytes]) -> bytes:
    made = call(nvrtc.nvrtcCreateProgram(source, b"step.cu", 0, [], []))
    try:
        status = nvrtc.nvrtcCompileProgram(made, len(options), options)[0]
        if int(status):
            log = b" " * call(nvrtc.nvrtcGetProgramLogSize(made))
            call(nvrtc.nvrtcGetProgramLog(made, log))
            raise RuntimeError(f"{status.name}: {log.decode(errors='replace').strip()}")
        cubin: bytes = b" " * call(nvrtc.nvrtcGetCUBINSize(made))
        call(nvrtc.nvrtcGetCUBIN(made, cubin))  # in place
        return cubin
    finally:
        nvrtc.nvrtcDestroyProgram(made)


def _loaded(cubin: bytes, blocks: int) -> Program:
    module = call(driver.cuModuleLoadData(cubin))
    at, size = call(driver.cuModuleGetGlobal(module, b"layout"))
    layout = (ctypes.c_int * (size // 4))()
    call(driver.cuMemcpyDtoH(ctypes.addressof(layout), at, size))
    grad, update, prepare = (call(driver.cuModuleGetFunction(module, n)) for n in (b"grad", b"update", b"prepare"))
    made = Program(grad, update, prepare, blocks, *layout)
    dynamic = driver.CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
    call(driver.cuFuncSetAttribute(grad, dynamic, made.grad_memory))
    return made
