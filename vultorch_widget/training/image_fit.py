"""A network that learns one picture, as a function from position to colour."""

from __future__ import annotations

import math
import weakref
from collections.abc import Mapping
from typing import Any

import torch
from torch.nn import functional

from ..basics.arguments import available_device, number_of
from ..checkpoints.parts import load_in_place
from .blocked import BlockedStep
from .captured import captured_parts
from .coordinates import coordinates
from .cuda_graph import GraphedStep, Step
from .encodings import Encoding, Inputs, checked_encoding, new_encoding
from .hooks import module_hooks, optimizer_hooks, parameter_hooks
from .method import Method, Precision, checked_precision, own_step
from .model import TinyMLP, seeded_mlp
from .unfit import UnfitError

LR = 2e-3
HASH_LR = 1e-2
"""As in the paper; see `HashGrid`."""


class ImageFit:
    """Fits a `TinyMLP` to a picture, all pixels in every step, with Adam on the mean squared error.

    Two fits with the same picture, width, learning rates, seed, device and number of threads have bit-identical
    parameters after the same number of steps. torch's global generators are neither used nor changed.

    On a Hopper GPU with up to 128 units, two custom kernels do a step; on a CPU it is done in blocks of pixels that fit
    the cache, which is about twice as fast as by autograd. Otherwise torch does it, on a GPU as a CUDA graph. In any
    case the parameters belong to the model and the moments to the optimiser, so both can be saved, loaded and written
    at any time. The kernels leave no gradients in ``.grad``. While the model has other layers than a `TinyMLP`, or the
    kernels an optimiser other than plain Adam for all parameters, torch takes the steps; while modules,
    parameters or the optimiser have hooks, it takes them eagerly, since only then hooks are called. `method_reason`
    says so.

    A network that gets only x and y learns coarse shapes first and hardly ever learns fine detail. An encoding of the
    position changes that:

    - ``"fourier"``: 128 sines and cosines of 64 random frequencies of about 10 periods a side (`FourierFeatures`).
      They are made once, and take 512 bytes a pixel: 134 MB for 512 x 512. A CPU trains on them in blocks, too.
    - ``"hash"``: 32 trained features, of 16 grids that are up to half as fine as the picture (`HashGrid`), and Adam
      with betas of 0.9 and 0.99 and an epsilon of 1e-15, as in the paper. For 512 x 512, parameters, gradients and
      moments take 3.8 MB, and the features of all pixels 34 MB. Only autograd trains them.

    With an encoding, a GPU takes steps as a CUDA graph.

    Args:
        target: (H, W, 3) floating point in 0..1 (see `as_target` for anything else). Copied as float32.
        width: Units in each of the two hidden layers, at least 1.
        lr: Learning rate of Adam, above 0. None is 2e-3, or 1e-2 with a hash grid.
        seed: Seed of the initial parameters and of Fourier features. None draws one from the operating system, which
            the attribute then holds.
        device: Where to train; None for the target's device.
        precision: Precision of the kernels: ``"exact"`` is nearly float32 (gradients within 2e-6), ``"fast"``
            multiplies in float16 and is about twice as fast, ``"torch"`` uses autograd instead. A CPU computes in
            float32 whichever is given.
        encoding: None, ``"fourier"`` or ``"hash"``.

    Attributes:
        target: (H, W, 3) float32, on ``device``.
        coords: (H * W, 2) float32, the positions of the pixels; see `coordinates`.
        model: The `TinyMLP`.
        optimizer: Adam.
        iteration: Steps taken since the start or the last `reset`.
        seed: Seed of the initial parameters.
        device: Where it trains.
        precision: As given.
        encoding: As given.

    Raises ValueError for a target of another shape, dtype or range, for a width or learning rate out of range, and for
    another precision or encoding; RuntimeError for a CUDA device that is not available.

    """

    def __init__(
        self,
        target: torch.Tensor,
        *,
        width: int = 64,
        lr: float | None = None,
        seed: int | None = None,
        device: str | torch.device | None = None,
        precision: Precision = "exact",
        encoding: Encoding | None = None,
    ) -> None:
        check_target(target)
        self.precision = checked_precision(precision)
        self.encoding = checked_encoding(encoding)
        self.device = available_device(device, "ImageFit") if device is not None else target.device
        self.target = target.detach().to(self.device, torch.float32, copy=True).contiguous()
        self.device = self.target.device  # with its number: the current GPU may change
        height, columns = self.target.shape[:2]
        self.coords = coordinates(height, columns, self.device)
        self._pixels = self.target.reshape(-1, 3)
        self._lr = _checked_lr(default_lr(encoding) if lr is None else lr)
        self.seed = torch.Generator().seed() if seed is None else seed
        self.reset(width)

    def __repr__(self) -> str:
        height, columns = self.target.shape[:2]
        encoded = f", encoding={self.encoding!r}" if self.encoding else ""
        how = f"{self.method}, because {self.method_reason}" if self.method_reason else self.method
        picture = f"{columns} x {height} on {self.device}, width={self.width}{encoded}"
        return f"<ImageFit {picture}, {self.iteration:,} steps ({how})>"

    def reset(self, width: int | None = None, seed: int | None = None) -> None:
        """Starts over with new parameters, a new optimiser and iteration 0. None keeps the width or seed; `lr`
        stays.
        """
        height, columns = self.target.shape[:2]
        seed = self.seed if seed is None else seed
        made = seeded_mlp(
            self.width if width is None else width, seed, lambda: new_encoding(self.encoding, height, columns)
        )
        model = made.to(self.device)
        optimizer = self._new_optimizer(model)
        inputs = Inputs(model.encoding, self.coords, height, columns)
        own, unfit = own_step(inputs.fixed, self._pixels, model.width, self.precision, self.encoding)
        # All at once: an interrupt, or too little memory, must not leave steps of the old model for the new one.
        self.seed, self.model, self.optimizer, self._inputs = seed, model, optimizer, inputs
        self._own, self._unfit = own, unfit
        self._graphed = self._new_graph()
        self._captured = captured_parts(model, optimizer)
        self.iteration = 0
        self._prediction: torch.Tensor | None = None

    def step(self, count: int = 1) -> torch.Tensor:
        """Takes ``count`` steps, at least 1, and returns the loss before the last of them.

        The loss is a scalar on the device, detached. Does not wait for the device.
        """
        count = number_of("count", "steps", count)
        self._inputs.refresh()
        loss = self._steps_of_ours(count)
        return self._steps_of_torch(count) if loss is None else loss

    def _steps_of_ours(self, count: int) -> torch.Tensor | None:
        """Takes ``count`` steps by this package's own step, if it fits the model and the optimiser as they are."""
        if self._own is None:
            return None
        taken, before = self._own.taken, self._steps_of_adam()
        try:
            loss = self._own(self.model, self.optimizer, count)
        except UnfitError as error:
            self._unfit = str(error)  # until the user changes it back
            return None
        except KeyboardInterrupt:
            self.iteration += max(self._own.taken - taken, self._steps_of_adam() - before)
            raise
        self._unfit = ""
        self.iteration += count
        return loss

    def _steps_of_torch(self, count: int) -> torch.Tensor:
        """Takes ``count`` steps by autograd."""
        graphs = self.device.type == "cuda"
        if graphs and self._captured != captured_parts(self.model, self.optimizer):  # changed since the last such step
            self._graphed = self._new_graph()
        replayed = self._graphed.captured  # then no Python runs that could change the parts, which take long to list
        for _ in range(count):
            loss = self._graphed()
            self.iteration += 1
        if graphs and not replayed:
            self._captured = captured_parts(self.model, self.optimizer)
        return loss.clone() if graphs else loss  # the next replay overwrites the graph's loss

    def _new_graph(self) -> GraphedStep:
        """Steps as a graph, or eagerly if there are hooks: a graph would not call them."""
        graphed = GraphedStep(_unbound(self), self.device)
        model, optimizer = self.model, self.optimizer
        for hook in (*module_hooks(model), *parameter_hooks(model), *optimizer_hooks(optimizer)):
            graphed.eager_reason = graphed.eager_reason or str(hook)
        return graphed

    def _colors(self) -> torch.Tensor:
        """The network's colours (H * W, 3), from inputs that are kept, or found in a faster way than by its encoding.

        Only if hooks wait for a call of the model itself or its encoding, these are called.
        """
        outer = any(not hook.owner.startswith("net") for hook in module_hooks(self.model))
        colors: torch.Tensor = self.model(self.coords) if outer else self.model.net(self._inputs())
        return colors

    def _one_step(self) -> torch.Tensor:
        self.optimizer.zero_grad(set_to_none=True)
        loss = functional.mse_loss(self._colors(), self._pixels)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        return loss.detach()

    def _steps_of_adam(self) -> int:
        """Steps that the optimiser has counted, on a CPU; a GPU counts them later."""
        state = self.optimizer.state.get(next(self.model.parameters()), {}) if self.device.type == "cpu" else {}
        return int(state.get("step", 0))

    def _new_optimizer(self, model: TinyMLP) -> torch.optim.Adam:
        parameters = model.parameters()
        # Features of fine levels have gradients so small that the usual epsilon would slow them down.
        betas, eps = ((0.9, 0.99), 1e-15) if self.encoding == "hash" else ((0.9, 0.999), 1e-8)
        if self.device.type != "cuda":
            return torch.optim.Adam(parameters, lr=self._lr, betas=betas, eps=eps)
        # On the device, where a captured step reads it again each time.
        rate = torch.tensor(self._lr, dtype=torch.float32, device=self.device)
        return torch.optim.Adam(parameters, lr=rate, betas=betas, eps=eps, fused=True, capturable=True)

    def state_dict(self) -> dict[str, Any]:
        """Returns what makes up the training: parameters, moments, step, width, encoding, seed and learning rate.

        The tensors are the training's own, not copies, as in torch.
        """
        return {
            "width": self.width,
            "encoding": self.encoding,
            "seed": self.seed,
            "lr": self._lr,
            "iteration": self.iteration,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continues from what `state_dict` returned, for a fit of any width to the same picture.

        If the width is the same, parameters and moments stay in the same memory, so captured steps stay captured.
        Raises ValueError if the encoding is another.
        """
        if state.get("encoding") != self.encoding:
            raise ValueError(f"a fit with encoding={self.encoding!r} cannot go on from {state.get('encoding')!r}")
        if state["width"] != self.width:
            self.reset(state["width"])
        self.model.load_state_dict(state["model"])
        load_in_place(self.optimizer, state["optimizer"])
        self.seed, self.iteration = state["seed"], state["iteration"]
        self.lr = state["lr"]
        self._prediction = None

    def predict(self) -> torch.Tensor:
        """The network's current picture: (H, W, 3) float32 in 0..1, a new tensor without a graph."""
        self._inputs.refresh()
        with torch.no_grad():
            prediction = self._colors().reshape(self.target.shape)
        self._prediction = prediction
        return prediction

    @property
    def psnr(self) -> float:
        """The peak signal-to-noise ratio of the last prediction in dB, ``-10 log10(MSE)`` (the peak is 1).

        Predicts first if there is no prediction since the start or the last reset. Infinite for equal pictures, NaN if
        the prediction contains NaN. Waits for the device.
        """
        prediction = self.predict() if self._prediction is None else self._prediction
        error = functional.mse_loss(prediction, self.target).item()
        return math.inf if error == 0 else -10 * math.log10(error)

    @property
    def method(self) -> Method:
        """How steps run, ``"fused"`` (custom kernels), ``"graph"`` (a CUDA graph), ``"blocked"`` (on a CPU, one block
        of pixels at a time) or ``"eager"``. A change of the model or the optimiser shows with the next step.
        """
        if self._own is not None and not self._unfit:
            return "blocked" if isinstance(self._own, BlockedStep) else "fused"
        return "eager" if self._graphed.eager_reason else "graph"

    @property
    def method_reason(self) -> str:
        """Why steps do not run in a faster way, or empty if no reason is known."""
        if self.method in ("fused", "blocked"):
            return ""
        return "; ".join(dict.fromkeys(filter(None, (self._unfit, self._graphed.eager_reason))))

    @property
    def width(self) -> int:
        """Units in each of the two hidden layers."""
        return self.model.width

    @property
    def lr(self) -> float:
        """The learning rate from the next step on. Raises ValueError unless it is finite and above 0."""
        return self._lr

    @lr.setter
    def lr(self, value: float) -> None:
        self._lr = _checked_lr(value)
        for group in self.optimizer.param_groups:
            if isinstance(group["lr"], torch.Tensor):
                group["lr"].fill_(self._lr)
            else:
                group["lr"] = self._lr


def _unbound(fit: ImageFit) -> Step:
    """A step of ``fit`` that does not keep it: its memory on a GPU is free as soon as nobody holds it."""
    method = weakref.WeakMethod(fit._one_step)

    def one_step() -> torch.Tensor:
        step = method()
        assert step is not None  # only the fit itself takes steps
        return step()

    return one_step


def check_target(target: torch.Tensor) -> None:
    """Raises ValueError unless ``target`` is (H, W, 3) floating point, not empty, and within 0..1."""
    if target.dim() != 3 or target.shape[2] != 3 or target.numel() == 0:
        raise ValueError(f"a target is (height, width, 3) with at least one pixel, not {tuple(target.shape)}")
    if not target.is_floating_point():
        raise ValueError(f"a target is floating point in 0..1, not {target.dtype}")
    low, high = (float(end) for end in target.detach().aminmax())
    if not (low >= 0 and high <= 1):  # also true for NaN
        raise ValueError(f"a target's values are in 0..1, not {low:g}..{high:g}; pass 0..255 as uint8")


def default_lr(encoding: Encoding | None) -> float:
    """The learning rate with ``encoding`` unless another is given."""
    return HASH_LR if encoding == "hash" else LR


def _checked_lr(lr: float) -> float:
    if not 0 < lr < math.inf:
        raise ValueError(f"lr must be a number above 0, not {lr}")
    return float(lr)
