"""The kernels of `step.cu` or `wide.cu`, compiled for the present GPU and loaded."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from cuda.bindings import driver

from ...basics.nvrtc import checked, compiled
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
    options = [f"-DWIDTH={width}", f"-DUNITS={units}", f"-DSPLIT={split:d}", f"-DBLOCKS={blocks}"]
    try:
        with torch.cuda.device(device):
            torch.cuda.current_stream().synchronize()  # makes torch's context the driver's current one
            return _loaded(compiled("step", _source(width), options, "sm_90a"), blocks)
    except (RuntimeError, OSError) as error:
        raise UnfitError(f"the fused step cannot be compiled: {error}") from error


def _source(width: int) -> bytes:
    """The text of the kernels for ``width`` hidden units."""
    kernels = "step.cu" if width <= NARROW else "wide.cu"
    return b"".join((_FOLDER / file).read_bytes() for file in ("common.cu", kernels, "update.cu"))


def _loaded(cubin: bytes, blocks: int) -> Program:
    module = checked(driver.cuModuleLoadData(cubin))
    at, size = checked(driver.cuModuleGetGlobal(module, b"layout"))
    layout = (ctypes.c_int * (size // 4))()
    checked(driver.cuMemcpyDtoH(ctypes.addressof(layout), at, size))
    grad, update, prepare = (checked(driver.cuModuleGetFunction(module, n)) for n in (b"grad", b"update", b"prepare"))
    made = Program(grad, update, prepare, blocks, *layout)
    dynamic = driver.CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES
    checked(driver.cuFuncSetAttribute(grad, dynamic, made.grad_memory))
    return made
