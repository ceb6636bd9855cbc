"""Training steps of a `TinyMLP` with Adam, directly on the memory of torch's module and optimiser."""

from __future__ import annotations

import ctypes
import weakref
from typing import Any

import torch
from cuda.bindings import runtime

from ...basics.nvrtc import checked
from ..step_counts import StepCounts
from ..unfit import UnfitError, check_adam, parameters_of
from .launch import captured, destroy, launch, replay
from .program import program

MOST_AT_ONCE = 256
"""Steps in the longest graph. Shorter ones are powers of two, so any number of steps takes few launches."""
MOST_PIXELS = 1 << 28
"""Largest picture that does not overflow the kernels' integers."""
_PREPARE_THREADS = 256


class _Given(ctypes.Structure):
    """`Given` in `common.cu`."""

    _fields_ = (
        ("pointers", ctypes.c_uint64 * 25),  # parameters, means, squares, steps; the rate
        ("beta1", ctypes.c_float),
        ("beta2", ctypes.c_float),
        ("eps", ctypes.c_float),
        ("gradient_unit", ctypes.c_float),
        ("loss_unit", ctypes.c_float),
        ("unused", ctypes.c_float),
    )


class FusedStep:
    """Trains on a picture with Adam: the mean squared error of all pixels. Any number of steps runs without waiting.

    Args:
        coords: (N, 2) float32 on a CUDA device, contiguous.
        pixels: (N, 3) float32 on the same device, contiguous.
        width: Units in each hidden layer.
        exact: If True, products are nearly as exact as float32; else they are float16 and twice as fast.

    Attributes:
        taken: Steps that it has queued so far.

    Raises `UnfitError` if the kernels cannot run; see `program`.

    """

    def __init__(self, coords: torch.Tensor, pixels: torch.Tensor, width: int, *, exact: bool) -> None:
        if len(coords) > MOST_PIXELS:
            raise UnfitError(f"the fused step is for pictures of at most {MOST_PIXELS:,} pixels, not {len(coords):,}")
        self._device = device = coords.device
        self.taken = 0
        self._width = width
        self._program = made = program(device, width, split=exact)
        self._coords, self._pixels = coords, pixels
        self._image = torch.zeros(made.image_bytes, dtype=torch.uint8, device=device)
        self._partial = torch.zeros(made.partial_floats, dtype=torch.float32, device=device)
        self._control = torch.zeros(made.control_bytes, dtype=torch.uint8, device=device)
        self._loss = self._control[made.loss_at : made.loss_at + 4].view(torch.float32)[0]
        self._written = b""
        self._counts = StepCounts()
        self._streams: set[int] = set()
        self._graphs: dict[int, Any] = {}
        weakref.finalize(self, destroy, self._graphs)

    def __call__(self, model: torch.nn.Module, optimizer: torch.optim.Optimizer, count: int) -> torch.Tensor:
        """Queues ``count`` steps, at least 1, on the current stream. Returns the loss before the last one.

        Parameters, moments and the learning rate are read and written in torch's memory, so changes between two calls
        take effect. Raises `UnfitError`, before the first step, if they are on another device or have another shape or
        dtype, if the network's layers have changed, and unless ``optimizer`` is plain Adam for all of its parameters.
        """
        with torch.cuda.device(self._device):
            checked(runtime.cudaSetDevice(self._device.index))  # on a new thread, the driver has no context yet
            try:
                tensors = self._bind(model, optimizer)
            except UnfitError:
                self._written = b""  # whatever takes steps instead may leave state that has to be checked
                self._counts.forget()
                raise
            current = torch.cuda.current_stream()
            stream = current.cuda_stream
            if stream not in self._streams:  # memory that is dropped stays as it is until the stream has done its steps
                for memory in (self._coords, self._pixels, self._image, self._partial, self._control, *tensors):
                    memory.record_stream(current)
                self._streams.add(stream)
            blocks = -(-self._program.parameters // _PREPARE_THREADS)
            args = (self._image, self._control)
            launch(self._program.prepare, blocks, _PREPARE_THREADS, args, stream, ahead=False)
            while count:
                size = min(MOST_AT_ONCE, 1 << (count.bit_length() - 1))
                graph = self._graph(size)
                self.taken += size  # an interrupt while the driver queues the steps is raised after they are queued
                replay(graph, stream)
                count -= size
            return self._loss.clone()

    def _bind(self, model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> list[torch.Tensor]:
        """Writes the addresses of torch's tensors for the kernels, if they have changed. Returns these tensors."""
        parameters = parameters_of(model, 2, self._width)
        check_adam(optimizer, parameters)
        group = optimizer.param_groups[0]
        states = [adam_state(optimizer, parameter) for parameter in parameters]
        if not isinstance(group["lr"], torch.Tensor):  # a checkpoint from the CPU has a number
            group["lr"] = torch.tensor(float(group["lr"]), dtype=torch.float32, device=self._device)
        tensors = [
            *(parameter.detach() for parameter in parameters),
            *(state[name] for name in ("exp_avg", "exp_avg_sq", "step") for state in states),
            group["lr"],
        ]
        beta1, beta2 = group["betas"]
        values = 3 * len(self._coords)
        units = 2 / (values * self._program.scale), 1 / values
        pointers = (ctypes.c_uint64 * 25)(*(tensor.data_ptr() for tensor in tensors))
        given = bytes(_Given(pointers, beta1, beta2, group["eps"], *units))
        if given != self._written:
            shapes = [parameter.shape for parameter in parameters]
            self._check(tensors, [*shapes, *shapes, *shapes, *[torch.Size()] * 7])
            self._streams.clear()
            self._written = b""  # until it is written: an interrupt may come in between
            rest = bytes(
                len(self._control) - len(given)
            )  # the count is 0, so powers of changed betas are computed anew
            self._control.copy_(torch.frombuffer(bytearray(given + rest), dtype=torch.uint8))
            self._written = given
        self._counts.check(tensors[18:24])
        return tensors

    def _check(self, tensors: list[torch.Tensor], shapes: list[torch.Size]) -> None:
        for tensor, shape in zip(tensors, shapes, strict=True):
            if tensor.dtype != torch.float32 or tensor.device != self._device or not tensor.is_contiguous():
                raise UnfitError(
                    f"the fused step is for contiguous float32 on {self._device}, not {tensor.dtype} on {tensor.device}"
                )
            if tensor.shape != shape:
                raise UnfitError(
                    f"the optimiser holds a tensor of the shape {tuple(tensor.shape)} in place of {tuple(shape)}"
                )

    def _graph(self, steps: int) -> Any:
        if steps not in self._graphs:
            self._graphs[steps] = captured(lambda stream: self._queue(steps, stream))
        return self._graphs[steps]

    def _queue(self, steps: int, stream: int) -> None:
        made = self._program
        picture = (self._coords, self._pixels, len(self._coords))
        forth = (*picture, self._image, self._partial, self._control)
        back = (self._partial, self._image, self._control)
        for _ in range(steps):
            launch(made.grad, made.blocks, made.grad_threads, forth, stream, memory=made.grad_memory, ahead=True)
            launch(made.update, made.update_blocks, made.update_threads, back, stream, ahead=True)


def adam_state(optimizer: torch.optim.Optimizer, parameter: torch.nn.Parameter) -> dict[str, Any]:
    """The state of ``optimizer`` for ``parameter``. Before the first step, initialises it as torch would."""
    state: dict[str, Any] = optimizer.state[parameter]
    if not state:
        state["step"] = torch.zeros((), dtype=torch.float32, device=parameter.device)
        state["exp_avg"] = torch.zeros_like(parameter, memory_format=torch.preserve_format)
        state["exp_avg_sq"] = torch.zeros_like(parameter, memory_format=torch.preserve_format)
    return state
