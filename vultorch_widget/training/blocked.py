"""Training steps of a `TinyMLP` on the CPU, by blocks of pixels whose activations stay in the cache."""

from __future__ import annotations

import torch

from .model import TinyMLP

BLOCK_VALUES = 1 << 16
"""Activations of one layer in a block: three layers' worth, 0.75 MiB, fit a core's second-level cache."""

_relu_backward = torch.ops.aten.threshold_backward.grad_input
_sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input


class BlockedStep:
    """Trains on a picture: the mean squared error of all pixels, by the network's own optimiser.

    It does what autograd does, in float32, without a graph and without writing a layer's activations to main memory.
    Gradients are summed block by block in a fixed order, so two runs are bit-identical, and differ from autograd's
    only by rounding.

    Args:
        coords: (N, 2) float32 on the CPU.
        pixels: (N, 3) float32 on the CPU.
        width: Units in each hidden layer.

    """

    def __init__(self, coords: torch.Tensor, pixels: torch.Tensor, width: int) -> None:
        count = len(coords)
        size = min(count, max(64, BLOCK_VALUES // width))
        first, second, gradient = (torch.empty(size, width) for _ in range(3))
        colors, errors, ones = torch.empty(size, 3), torch.empty(size, 3), torch.ones(size)
        self._blocks = [
            tuple(scratch[: min(size, count - begin)] for scratch in (first, second, gradient, colors, errors, ones))
            for begin in range(0, count, size)
        ]
        self._given = list(zip(torch.split(coords, size), torch.split(pixels, size), strict=True))
        self._values = 3 * count

    @torch.no_grad()
    def __call__(self, model: TinyMLP, optimizer: torch.optim.Optimizer, count: int) -> torch.Tensor:
        """Takes ``count`` steps, at least 1. Returns the loss before the last one; its gradients are left in ``.grad``.

        ``model.forward`` is not called.
        """
        parameters = list(model.parameters())
        gradients = [torch.empty_like(parameter) for parameter in parameters]
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter.grad = gradient
        for _ in range(count):
            squares = self._gradients([parameter.detach() for parameter in parameters], gradients)
            optimizer.step()
        return squares / self._values

    def _gradients(self, parameters: list[torch.Tensor], gradients: list[torch.Tensor]) -> torch.Tensor:
        """Writes the gradients of the mean squared error; returns the sum of the squared errors."""
        w1, b1, w2, b2, w3, b3 = parameters
        w1t, w2t, w3t = w1.t(), w2.t(), w3.t()
        torch._foreach_zero_(gradients)
        to_w1, to_b1, to_w2, to_b2, to_w3, to_b3 = gradients
        squares = torch.zeros(())
        for (places, targets), (h1, h2, back, colors, errors, ones) in zip(self._given, self._blocks, strict=True):
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
        torch._foreach_mul_(gradients, 2 / self._values)
        return squares
