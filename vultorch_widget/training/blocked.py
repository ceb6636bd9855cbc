"""Training steps of a `TinyMLP` on the CPU, by blocks of pixels whose activations stay in the cache."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import cache

import torch

from ..basics.threads import one_thread
from .model import TinyMLP
from .unfit import parameters_of

BLOCK_VALUES = 1 << 16
"""Activations of one layer in a block. Three layers' worth, 0.75 MiB, fit the second-level cache of a core."""

_relu_backward = torch.ops.aten.threshold_backward.grad_input
_sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input


class BlockedStep:
    """Trains on a picture: the mean squared error of all pixels, with the network's own optimiser.

    It does what autograd does, in float32, without a graph and without writing a layer's activations to main memory.
    The blocks are shared among as many threads as torch uses when this object is created. Each thread works through its
    own in order, so two runs are bit-identical, and differ from autograd only by rounding.

    torch's own threads would synchronise after every operation, some 1,200 times per step, and on a busy machine each
    synchronisation waits for a thread that is not scheduled.

    Args:
        inputs: (N, numbers per pixel) float32 on the CPU.
        pixels: (N, 3) float32 on the CPU.
        width: Units in each hidden layer.

    Attributes:
        taken: Steps that it has completed so far.

    """

    def __init__(self, inputs: torch.Tensor, pixels: torch.Tensor, width: int) -> None:
        self.taken = 0
        self._inputs, self._width = inputs.shape[1], width
        size = max(64, BLOCK_VALUES // width)
        blocks = list(zip(torch.split(inputs, size), torch.split(pixels, size), strict=True))
        threads = min(torch.get_num_threads(), len(blocks))
        each = -(-len(blocks) // threads)
        self._shares = [_Share(blocks[begin : begin + each], width) for begin in range(0, len(blocks), each)]
        self._values = 3 * len(inputs)

    @torch.no_grad()
    def __call__(self, model: TinyMLP, optimizer: torch.optim.Optimizer, count: int) -> torch.Tensor:
        """Takes ``count`` steps, at least 1. Returns the loss before the last one; its gradients are left in ``.grad``.

        ``model.forward`` is not called. Raises `UnfitError`, before the first step, if the network has other layers or
        hooks.
        """
        parameters = parameters_of(model, self._inputs, self._width)
        own, *others = ([torch.empty_like(parameter) for parameter in parameters] for _ in self._shares)
        optimizer.zero_grad(set_to_none=True)
        for parameter, gradient in zip(parameters, own, strict=True):
            if parameter.requires_grad:
                parameter.grad = gradient
        values = [parameter.detach() for parameter in parameters]
        with one_thread():
            for _ in range(count):
                working: list[Future[torch.Tensor]] = []
                try:
                    for share, gradients in zip(self._shares[1:], others, strict=True):
                        working.append(_helpers(len(others)).submit(share.work, values, gradients))
                    squares = self._shares[0].work(values, own)
                finally:
                    wait(working)  # an interrupt must not leave a thread working: the next step uses the same memory
                for helper, gradients in zip(working, others, strict=True):  # always in this order
                    squares += helper.result()
                    torch._foreach_add_(own, gradients)
                torch._foreach_mul_(own, 2 / self._values)
                optimizer.step()
                self.taken += 1
        return squares / self._values


class _Share:
    """The blocks of one thread, and its memory for the activations of a block."""

    def __init__(self, blocks: list[tuple[torch.Tensor, torch.Tensor]], width: int) -> None:
        size = len(blocks[0][0])
        places, _ = blocks[0]
        scratch = [places.new_empty(size, columns) for columns in (width, width, width, 3, 3)]
        scratch.append(places.new_ones(size))
        self._blocks = [(*given, *(memory[: len(given[0])] for memory in scratch)) for given in blocks]

    @torch.no_grad()
    def work(self, parameters: list[torch.Tensor], gradients: list[torch.Tensor]) -> torch.Tensor:
        """Writes half the gradients of the sum of squared errors, and returns that sum."""
        w1, b1, w2, b2, w3, b3 = parameters
        w1t, w2t, w3t = w1.t(), w2.t(), w3.t()
        torch._foreach_zero_(gradients)
        to_w1, to_b1, to_w2, to_b2, to_w3, to_b3 = gradients
        squares = w1.new_zeros(())
        for places, targets, h1, h2, back, colors, errors, ones in self._blocks:
            torch.addmm(b1, places, w1t, out=h1).relu_()
            torch.addmm(b2, h1, w2t, out=h2).relu_()
            torch.addmm(b3, h2, w3t, out=colors).sigmoid_()
            torch.sub(colors, targets, out=errors)
            flat = errors.view(-1)
            squares += flat.dot(flat)
            _sigmoid_backward(errors, colors, grad_input=errors)
            turned = errors.t()
            to_w3.addmm_(turned, h2)
            to_b3.addmv_(turned, ones)
            torch.mm(errors, w3, out=back)
            _relu_backward(back, h2, 0, grad_input=back)
            turned = back.t()
            to_w2.addmm_(turned, h1)
            to_b2.addmv_(turned, ones)
            torch.mm(back, w2, out=h2)
            _relu_backward(h2, h1, 0, grad_input=h2)
            turned = h2.t()
            to_w1.addmm_(turned, places)
            to_b1.addmv_(turned, ones)
        return squares


@cache
def _helpers(count: int) -> ThreadPoolExecutor:
    """The process's ``count`` threads that share the work of a step."""
    return ThreadPoolExecutor(count, "vultorch-fit", torch.set_num_threads, (1,))


if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_helpers.cache_clear)  # a child has none of its parent's threads
