"""Describes a training of the user's so that a page can continue it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ..basics.arguments import number_of
from ..replay.training import SETTINGS, VERSION, Floats, Weights, packed
from ..training.coordinates import coordinates
from ..training.features import typical
from ..training.traced import UntranslatableError
from ..training.translated import LOSSES, Translation, settings_of
from ..tree.view_tree import Tree
from .pair_of_canvases import found_canvas

MOST_BYTES = 8 << 20
"""Maximum bytes of inputs and targets in a page."""
MOST_SAMPLES = 1 << 20
MOST_NUMBERS = 1 << 26
"""Maximum numbers of all samples as inputs of the network, or as outputs. `js/src/replay/training.ts` reads no more."""
_WHOLE = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
_NO_LABEL = (255, 0, 255)


class Output(NamedTuple):
    """The canvas that shows the network's output for all samples."""

    canvas: str
    height: int
    width: int


def continued(
    tree: Tree,
    model: nn.Module,
    inputs: torch.Tensor,
    target: torch.Tensor,
    loss: str,
    optimizer: torch.optim.Optimizer,
    output: object,
    controls: Mapping[str, str] | None,
    steps: int,
    series: str,
) -> Continued:
    """The training of ``model``, checked. See `View.continue_in_page`."""
    if loss not in LOSSES:
        raise ValueError(f"continue_in_page: loss must be one of {', '.join(map(repr, LOSSES))}, not {loss!r}")
    for setting in controls or {}:
        if setting not in SETTINGS:
            raise ValueError(f"continue_in_page: controls can set {', '.join(SETTINGS)}, not {setting!r}")
    count = number_of("continue_in_page: steps", "training steps", steps)
    shown = None if output is None else _output(tree, output)
    for name, values in (("inputs", inputs), ("target", target)):
        _check_kind(name, values)
    translation = None
    if loss == "cross_entropy" and isinstance(inputs, torch.Tensor) and inputs.dim() == 2 and inputs.numel() > 0:
        translation = Translation(model, inputs)
        target = _probabilities(target, translation.outputs)
    samples = Samples(inputs, target, shown)
    parts = model, optimizer
    return Continued(
        lambda: parts,
        samples,
        loss,
        shown,
        tree,
        series=series,
        steps=count,
        controls=controls,
        translation=translation,
    )


def _probabilities(target: torch.Tensor, classes: int) -> torch.Tensor:
    """Classes (N,) as probabilities (N, classes). Anything else stays as it is."""
    if not isinstance(target, torch.Tensor) or target.dim() != 1 or target.dtype not in _WHOLE or len(target) == 0:
        return target
    least, most = int(target.min()), int(target.max())
    if not 0 <= least <= most < classes:
        raise ValueError(f"target has classes {least}..{most}; the model makes scores of {classes}, from 0")
    _check_size(len(target) * classes)
    return functional.one_hot(target.long(), classes).float()


def _check_kind(name: str, values: object) -> None:
    """Raises ValueError, which says what to pass instead, for a tensor that does not hold real numbers."""
    if not isinstance(values, torch.Tensor):
        return  # `Samples` reports what it is
    if values.is_meta:
        kind, remedy = "on the meta device", f"make {name} on a device that holds values"
    elif values.layout != torch.strided:
        kind, remedy = f"of {values.layout}", f"pass {name}.to_dense()"
    elif values.is_quantized:
        kind, remedy = f"of {values.dtype}", f"pass {name}.dequantize()"
    elif values.is_complex():
        kind, remedy = f"of {values.dtype}", f"pass their parts, torch.view_as_real({name}).flatten(1)"
    else:
        return
    raise ValueError(f"{name} must be a dense tensor of real numbers, not one {kind}: {remedy}")


def _check_finite(name: str, values: torch.Tensor, remedy: str) -> None:
    """Raises ValueError, which names the first value that is not finite in float32, its place, and a ``remedy``."""
    wrong = ~torch.isfinite(values.detach().float())
    if not bool(wrong.any()):
        return
    place = tuple(wrong.nonzero()[0].tolist())
    value = values[place].item()
    if math.isfinite(value):
        said, remedy = "is beyond float32, in which a page trains", "scale the values"
    else:
        said = "is not finite"
    raise ValueError(f"{name}{list(place)} = {value:g} {said}: {remedy}")


def _check_size(size: int) -> None:
    if size > MOST_BYTES:
        raise ValueError(
            f"the inputs and targets take {size:,} bytes in a page, of at most {MOST_BYTES:,}; pass fewer samples"
        )


def _output(tree: Tree, output: object) -> Output:
    canvas = found_canvas(tree, "continue_in_page", "output", output)
    if canvas.grid is None:
        raise ValueError(f"continue_in_page: the output {canvas.name!r} shows no tensor yet; bind one first")
    height, width = canvas.grid.size
    return Output(canvas.id, height, width)


class Samples:
    """Inputs (N, numbers) and targets (N, numbers), copied as float32, or as bytes if those are exact.

    Raises ValueError, naming the wrong shape, size or value.
    """

    def __init__(self, inputs: torch.Tensor, targets: torch.Tensor, output: Output | None) -> None:
        for name, values in (("inputs", inputs), ("target", targets)):
            if not isinstance(values, torch.Tensor) or values.dim() != 2 or len(values) == 0:
                shape = tuple(values.shape) if isinstance(values, torch.Tensor) else type(values).__name__
                raise ValueError(f"{name} must be a tensor of the shape (samples, numbers), not {shape}")
        if len(inputs) != len(targets):
            raise ValueError(f"inputs and target must have as many samples, not {len(inputs)} and {len(targets)}")
        if output is not None and len(inputs) != output.height * output.width:
            raise ValueError(
                f"the output has {output.height} x {output.width} pixels, one for each sample; there are {len(inputs)}"
            )
        self.count = len(inputs)
        self.shapes = tuple(inputs.shape), tuple(targets.shape)
        grid = output is not None and tuple(inputs.shape) == (output.height * output.width, 2)
        given, wanted = inputs.detach().cpu().float(), targets.detach().cpu().float()
        for name, values in (("inputs", inputs), ("target", targets)):
            _check_finite(name, values, "leave that sample out of inputs and target")
        # A GPU rounds some coordinates differently.
        if grid and torch.allclose(given, coordinates(output.height, output.width), rtol=0, atol=1e-6):  # type: ignore[union-attr]
            self.inputs = {"format": "grid", "data": ""}
        else:
            self.inputs = _numbers(given)
        self.targets = _numbers(wanted)
        self.typical = typical(given)
        """A few of the inputs, with which a model is examined."""
        _check_size(sum(len(each["data"]) for each in (self.inputs, self.targets)) * 3 // 4)


class Continued:
    """The training of the model and the optimiser that ``parts`` returns.

    ``controls`` holds labels of sliders by the setting that they change, and ``steps`` is the number of training steps
    per frame. ``translation`` is the model's, if there is one already. Raises `UntranslatableError`, and ValueError if
    samples and model do not fit.
    """

    def __init__(
        self,
        parts: Callable[[], tuple[nn.Module, torch.optim.Optimizer]],
        samples: Samples,
        loss: str,
        output: Output | None,
        tree: Tree,
        *,
        series: str = "loss",
        steps: int = 1,
        controls: Mapping[str, str] | None = None,
        translation: Translation | None = None,
    ) -> None:
        self._parts = parts
        self._samples = samples
        self._loss = loss
        self._output = output
        self._tree = tree
        self._series = series
        self._steps = steps
        self._controls = dict(controls or {})
        self._translated = None if translation is None else (parts()[0], translation)
        translation = self._translation(parts()[0])
        names = {id(parameter): name for name, parameter in parts()[0].named_parameters()}
        for parameter in translation.parameters:
            name = f"parameter {names[id(parameter)]}"
            _check_finite(name, parameter, "begin with other parameters, or load a checkpoint")
        self.quick = all(parameter.device.type == "cpu" for parameter in translation.parameters)
        self.definition()

    def _translation(self, model: nn.Module) -> Translation:
        """A translation of the model as it is now: its buffers, numbers and modules may have changed since the last
        one.
        """
        earlier = None if self._translated is None or self._translated[0] is not model else self._translated[1]
        translation = Translation(model, self._samples.typical, earlier)
        self._translated = model, translation
        return translation

    def _check(self, translation: Translation) -> None:
        inputs, targets = self._samples.shapes
        if (inputs[1], targets[1]) != (translation.inputs, translation.outputs):
            raise ValueError(
                f"inputs {inputs} and target {targets} do not fit a model that maps {translation.inputs} numbers to "
                f"{translation.outputs}"
            )
        count, numbers = self._samples.count, max(translation.layers[0]["inputs"], translation.outputs)
        if count > MOST_SAMPLES or count * numbers > MOST_NUMBERS:
            raise ValueError(
                f"a page trains on at most {MOST_SAMPLES:,} samples, and {MOST_NUMBERS:,} numbers of them all; there "
                f"are {count:,} samples of {numbers} numbers"
            )
        if self._output is None:
            return
        if self._loss != "cross_entropy":
            if translation.outputs not in (1, 3):
                raise ValueError(f"an output shows 1 or 3 numbers of a sample; the model makes {translation.outputs}")
        elif translation.outputs not in (2, 3) and not self._colors(translation.outputs):
            raise ValueError(
                f"an output shows probabilities of 2 or 3 classes, or the likeliest of any number in a label map; the "
                f"model makes scores of {translation.outputs}. Bind the output with labels=[...]"
            )

    def _colors(self, classes: int) -> list[str]:
        """The colours of the classes, if the output shows a label map."""
        canvas = None if self._output is None else self._tree.canvas(self._output.canvas)
        if self._loss != "cross_entropy" or canvas is None or canvas.labels is None:
            return []
        shown, _, repeats = canvas.labels.whole_palette
        many = len(shown)
        colors = [shown[c % many] if c < many or repeats else _NO_LABEL for c in range(classes)]
        return ["#{:02x}{:02x}{:02x}".format(*(color or _NO_LABEL)) for color in colors]

    def definition(self) -> dict[str, Any]:
        """See `replay.training.Trained`."""
        model, optimizer = self._parts()
        translation = self._translation(model)
        self._check(translation)  # the output may show something else by now
        return {
            "version": VERSION,
            "output": self._output and {**self._output._asdict(), "colors": self._colors(translation.outputs)},
            "series": self._series,
            "steps_per_frame": self._steps,
            "controls": self._mapped(),
            "loss": self._loss,
            "optimizer": settings_of(optimizer, translation.parameters),
            "samples": self._samples.count,
            "inputs": self._samples.inputs,
            "targets": self._samples.targets,
        }

    def _mapped(self) -> list[dict[str, str]]:
        """The sliders, as far as they exist yet."""
        found = [
            {"setting": setting, "panel": panel.id, "control": spec.id}
            for setting, label in self._controls.items()
            for panel in self._tree.panels.values()
            for spec in panel.store.specs()
            if getattr(spec, "label", None) == label
        ]
        return list({each["setting"]: each for each in reversed(found)}.values())

    def weights(self) -> Weights:
        """See `replay.training.Trained`."""
        model, optimizer = self._parts()
        translation = self._translation(model)
        parameters = translation.parameters
        settings = settings_of(optimizer, parameters)
        states = [optimizer.state.get(parameter, {}) for parameter in parameters]
        names = ("exp_avg", "exp_avg_sq") if settings["kind"] != "sgd" else ("momentum_buffer",)
        moments = [
            torch.zeros_like(parameter) if state.get(name) is None else state[name]
            for name in names
            for parameter, state in zip(parameters, states, strict=True)
        ]
        network = {"features": _features(translation), "layers": translation.layers}
        return Weights(_count(states), settings["lr"], _flat(parameters), _flat(moments), network)


def _count(states: list[dict[str, Any]]) -> int:
    """The number of steps that all parameters have taken."""
    counts = {int(each) for each in _flat([torch.as_tensor(state.get("step", 0)) for state in states])}
    if len(counts) > 1:
        raise UntranslatableError(
            f"the parameters have taken {min(counts):,} to {max(counts):,} steps of the optimiser; in a page all have "
            "taken as many"
        )
    return counts.pop()


def _features(translation: Translation) -> dict[str, Any] | None:
    features = translation.features
    if features is None:
        return None
    matrix = packed(features.matrix.float().contiguous().numpy())
    return {"inputs": translation.inputs, "kinds": features.kinds, "matrix": matrix}


def _flat(tensors: list[torch.Tensor]) -> Floats:
    if not tensors:
        return np.zeros(0, np.float32)
    return torch.cat([tensor.detach().reshape(-1) for tensor in tensors]).cpu().numpy().astype(np.float32)


def _numbers(values: torch.Tensor) -> dict[str, Any]:
    levels = (values * 255).round()
    if torch.equal(levels / 255, values) and bool(((levels >= 0) & (levels <= 255)).all()):
        return {"format": "uint8", "data": packed(levels.to(torch.uint8).numpy())}
    return {"format": "float32", "data": packed(values.numpy())}
