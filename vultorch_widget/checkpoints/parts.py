"""What a training's state can consist of, and how each kind is copied and restored."""

from __future__ import annotations

import copy
import random
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch

from .host_copies import Copied, HostCopies, written

BEGINNINGS = {"mu_product": 1.0, "mu": 1.0}
"""Initial values of an optimiser's state for a parameter, by name, if not 0."""
BEGIN_WITH_RATE = frozenset({"eta", "step_size"})
"""Names for which the initial value is the learning rate."""
OWN_WAYS = frozenset({"capturable", "differentiable", "foreach", "fused"})
"""Options of an optimiser that say how it computes on its device, not what."""


class Part(ABC):
    """One object of a state. ``name`` identifies it in errors."""

    def __init__(self, name: str, value: Any) -> None:
        self.name = name
        self.value = value

    @abstractmethod
    def copied(self, copies: HostCopies) -> Any:
        """A copy of the object's state, made by ``copies``."""

    def problem(self, saved: Any) -> str:  # noqa: ARG002 (most show it only when they are loaded)
        """Says why ``saved`` cannot be restored, as far as that is known without trying; empty if it can."""
        return ""

    @abstractmethod
    def put_back(self, saved: Any) -> None:
        """Restores ``saved``, in the same memory wherever possible. May raise anything, even half way through."""

    def failure(self, saved: Any) -> str:
        """Restores ``saved``. Returns a message with the name if that raises, or an empty text."""
        try:
            self.put_back(saved)
        except Exception as error:
            return f"{self.name}: {type(error).__name__}: {error}"
        return ""


class TensorPart(Part):
    """A tensor, or a parameter."""

    def copied(self, copies: HostCopies) -> Copied:
        return copies.tensor(self.value)

    def problem(self, saved: Copied) -> str:
        return differs(self.name, saved, self.value)

    def put_back(self, saved: Copied) -> None:
        saved.write(self.value)


class ModulePart(Part):
    """A module: its parameters, all its buffers, even non-persistent ones, and which parts are in training mode."""

    def copied(self, copies: HostCopies) -> dict[str, Any]:
        state = self.value.state_dict()
        return {
            "state": copies.tree(state),
            "beside": {name: copies.tensor(buffer) for name, buffer in self._beside(state)},
            "training": [module.training for module in self.value.modules()],
        }

    def _beside(self, state: Mapping[str, Any]) -> Iterator[tuple[str, torch.Tensor]]:
        return ((name, buffer) for name, buffer in self.value.named_buffers() if name not in state)

    def problem(self, saved: dict[str, Any]) -> str:
        state = self.value.state_dict()
        for name in saved["state"].keys() ^ state.keys():
            return f"{self.name} has {'no' if name in saved['state'] else 'a new'} {name!r}"
        live = {**state, **dict(self._beside(state))}
        for name, value in {**saved["state"], **saved["beside"]}.items():
            if isinstance(value, Copied) and (said := differs(f"{name!r} of {self.name}", value, live.get(name))):
                return said
        return ""

    def put_back(self, saved: dict[str, Any]) -> None:
        state = copy.copy(saved["state"])
        for name, value in state.items():
            # The module copies tensors. Its extra state may be anything, and may hold more tensors.
            state[name] = value.values if isinstance(value, Copied) else written(value, None)
        self.value.load_state_dict(state)
        buffers = dict(self.value.named_buffers())
        for name, value in saved["beside"].items():
            value.write(buffers[name])
        for module, training in zip(self.value.modules(), saved["training"], strict=False):
            module.training = training


class OptimizerPart(Part):
    """A torch optimiser, restored by `load_in_place`, and its parameters' gradients, which may be accumulating."""

    def copied(self, copies: HostCopies) -> dict[str, Any]:
        shapes = [[tuple(parameter.shape) for parameter in group["params"]] for group in self.value.param_groups]
        gradients = [
            None if parameter.grad is None or not _is_plain(parameter.grad) else copies.tensor(parameter.grad)
            for parameter in self._parameters()
        ]
        return {"shapes": shapes, "state": copies.tree(self.value.state_dict()), "gradients": gradients}

    def _parameters(self) -> Iterator[torch.Tensor]:
        return (parameter for group in self.value.param_groups for parameter in group["params"])

    def problem(self, saved: dict[str, Any]) -> str:
        shapes = [[tuple(parameter.shape) for parameter in group["params"]] for group in self.value.param_groups]
        if shapes != saved["shapes"]:
            return f"the parameters of {self.name} have other shapes: {shapes} now and {saved['shapes']} then"
        return ""

    def put_back(self, saved: dict[str, Any]) -> None:
        load_in_place(self.value, saved["state"])
        for parameter, gradient in zip(self._parameters(), saved["gradients"], strict=True):
            _put_back_gradient(parameter, gradient)


def _is_plain(gradient: torch.Tensor) -> bool:
    return gradient.layout is torch.strided


def _put_back_gradient(parameter: torch.Tensor, saved: Copied | None) -> None:
    live = parameter.grad
    if saved is not None:
        parameter.grad = written(saved, live)
    elif live is not None and parameter.is_cuda and _is_plain(live):
        live.detach().zero_()  # a captured graph may keep writing into it
    else:
        parameter.grad = None


def load_in_place(optimizer: torch.optim.Optimizer, state_dict: Mapping[str, Any]) -> None:
    """Loads what ``optimizer.state_dict()`` returned, as ``optimizer.load_state_dict`` does, but into the same tensors.

    A captured CUDA graph reads and writes these tensors. State that such a graph uses but that was not saved, because
    no step had been taken, is reset to its initial values. What was saved on another device moves to the parameter's,
    and how a step is computed there (`OWN_WAYS`) stays.
    """
    for group, saved in zip(optimizer.param_groups, state_dict["param_groups"], strict=True):
        for key, value in saved.items():
            if key != "params" and not (key in OWN_WAYS and key in group):
                group[key] = _hyperparameter(value, group.get(key))
        for parameter, number in zip(group["params"], saved["params"], strict=True):
            live = optimizer.state.get(parameter, {})
            values = state_dict["state"].get(number, {})
            made = {
                key: written(_beside(value, parameter, key, group) if key not in live else value, live.get(key))
                for key, value in values.items()
            }
            for key, value in live.items():
                if key not in values and isinstance(value, torch.Tensor) and parameter.is_cuda:
                    _begin(key, value, group)
                    made[key] = value
            if made:
                optimizer.state[parameter] = made
            else:
                optimizer.state.pop(parameter, None)


def _hyperparameter(saved: Any, live: Any) -> Any:
    """A value of a group. A rate that is a tensor stays that tensor: a captured graph reads it. A number stays one."""
    if isinstance(live, torch.Tensor) and isinstance(saved, float):
        with torch.no_grad():
            return live.fill_(saved)
    made = written(saved, live)
    return made.item() if isinstance(made, torch.Tensor) and isinstance(live, float) else made


def _beside(saved: Any, parameter: torch.Tensor, name: str, group: Mapping[str, Any]) -> Any:
    """State on its parameter's device, where torch's own ``load_state_dict`` would put it."""
    counts_there = group.get("capturable") or group.get("fused")
    if not isinstance(saved, torch.Tensor) or (name == "step" and not counts_there):
        return saved
    return saved.to(parameter.device)


def _begin(name: str, value: torch.Tensor, group: Mapping[str, Any]) -> None:
    """Resets an optimiser's state for a parameter to its initial values."""
    start = group.get("lr", 0.0) if name in BEGIN_WITH_RATE else BEGINNINGS.get(name, 0.0)
    with torch.no_grad():
        value.fill_(start)


class LoadablePart(Part):
    """Anything with ``state_dict`` and ``load_state_dict``: schedulers, gradient scalers, `Batches`, `ImageFit`."""

    def copied(self, copies: HostCopies) -> Any:
        return copies.tree(self.value.state_dict())

    def put_back(self, saved: Any) -> None:
        self.value.load_state_dict(written(saved, self.value.state_dict()))


class GeneratorPart(Part):
    """A `torch.Generator`."""

    def copied(self, copies: HostCopies) -> Copied:
        return copies.tensor(self.value.get_state())

    def put_back(self, saved: Copied) -> None:
        self.value.set_state(saved.values)


class NumpyGeneratorPart(Part):
    """A NumPy generator."""

    def copied(self, copies: HostCopies) -> Any:
        return copies.tree(self.value.bit_generator.state)

    def put_back(self, saved: Any) -> None:
        self.value.bit_generator.state = saved


class RandomPart(Part):
    """A `random.Random`."""

    def copied(self, copies: HostCopies) -> Any:  # noqa: ARG002 (immutable)
        return self.value.getstate()

    def put_back(self, saved: Any) -> None:
        self.value.setstate(saved)


class DictPart(Part):
    """A dict of plain values and tensors, which may contain objects of the other kinds."""

    def __init__(self, name: str, value: dict[Any, Any]) -> None:
        super().__init__(name, value)
        for key, item in value.items():  # otherwise noticed only during the training
            if self._part(key, item) is None:
                check_plain(f"{name}[{key!r}]", item)

    def _part(self, key: Any, item: Any) -> Part | None:
        return _part_within(f"{self.name}[{key!r}]", item)

    def copied(self, copies: HostCopies) -> dict[Any, tuple[Part | None, Any]]:
        made = {}
        for key, item in self.value.items():
            part = self._part(key, item)
            made[key] = part, copies.tree(item) if part is None else part.copied(copies)
        return made

    def problem(self, saved: dict[Any, tuple[Part | None, Any]]) -> str:
        said = (part.problem(state) for part, state in saved.values() if part is not None)
        return next(filter(None, said), "")

    def put_back(self, saved: dict[Any, tuple[Part | None, Any]]) -> None:
        values = {}
        for key, (part, state) in saved.items():
            if part is None:
                values[key] = written(state, self.value.get(key))
            else:
                part.put_back(state)
                values[key] = part.value
        self.value.clear()
        self.value.update(values)


class ListPart(Part):
    """A list or tuple inside a dict, which may contain objects of the other kinds. These stay the same objects."""

    def __init__(self, name: str, value: list[Any] | tuple[Any, ...]) -> None:
        super().__init__(name, value)
        for index, item in enumerate(value):  # as in `DictPart`
            if self._part(index, item) is None:
                check_plain(f"{name}[{index}]", item)

    def _part(self, index: int, item: Any) -> Part | None:
        return _part_within(f"{self.name}[{index}]", item)

    def copied(self, copies: HostCopies) -> list[tuple[Part | None, Any]]:
        made = []
        for index, item in enumerate(self.value):
            part = self._part(index, item)
            made.append((part, copies.tree(item) if part is None else part.copied(copies)))
        return made

    def problem(self, saved: list[tuple[Part | None, Any]]) -> str:
        said = (part.problem(state) for part, state in saved if part is not None)
        return next(filter(None, said), "")

    def put_back(self, saved: list[tuple[Part | None, Any]]) -> None:
        same = len(self.value) == len(saved)
        values = []
        for index, (part, state) in enumerate(saved):
            if part is None:
                values.append(written(state, self.value[index] if same else None))
            else:
                part.put_back(state)
                values.append(part.value)
        if isinstance(self.value, list):
            self.value[:] = values


def _part_within(name: str, item: Any) -> Part | None:
    """The part for an ``item`` of a dict or list, or None for a plain value or a tensor."""
    if isinstance(item, torch.Tensor):
        return None
    if isinstance(item, (list, tuple)):
        return ListPart(name, item) if _holds_object(item) else None
    return part_of(name, item)


def _holds_object(item: Any) -> bool:
    """Returns whether ``item`` is or contains an object that a copy could not replace."""
    if item is None or isinstance(item, (bool, int, float, str, torch.Tensor)):
        return False
    if isinstance(item, (list, tuple)):
        return any(map(_holds_object, item))
    if isinstance(item, dict):
        return any(map(_holds_object, item.values()))
    return isinstance(item, tuple(kind for kind, _ in KINDS)) or hasattr(item, "state_dict") or _is_loader(item)


def _is_loader(item: Any) -> bool:
    return isinstance(item, torch.utils.data.DataLoader) or type(item).__name__.endswith("DataLoaderIter")


KINDS: tuple[tuple[type, type[Part]], ...] = (
    (torch.Tensor, TensorPart),
    (torch.nn.Module, ModulePart),
    (torch.optim.Optimizer, OptimizerPart),
    (torch.Generator, GeneratorPart),
    (np.random.Generator, NumpyGeneratorPart),
    (random.Random, RandomPart),
    (dict, DictPart),
)


def part_of(name: str, value: Any) -> Part | None:
    """The part for ``value``, or None if it is a plain value. Raises TypeError for a loader, which has no position."""
    for kind, made in KINDS:
        if isinstance(value, kind):
            return made(name, value)
    if hasattr(value, "state_dict") and hasattr(value, "load_state_dict"):
        return LoadablePart(name, value)
    if _is_loader(value):
        raise TypeError(
            f"{name} is a {type(value).__name__}, whose position cannot be copied: make batches = "
            "vultorch_widget.Batches(loader), take next(batches), and pass batches"
        )
    return None


def parts_of(objects: tuple[Any, ...], named: Mapping[str, Any]) -> list[Part]:
    """A part for each of ``objects`` and of the ``named`` ones, whose names appear in errors.

    Lists and tuples of objects count as these. Raises TypeError for a value that cannot be changed in place.
    """
    found: list[Part] = []
    given = [(f"{type(value).__name__} {index}", value) for index, value in enumerate(objects)]
    for name, value in [*given, *named.items()]:
        if isinstance(value, (list, tuple)):
            found += parts_of((), {f"{name}[{index}]": item for index, item in enumerate(value)})
        elif (part := part_of(name, value)) is not None:
            found.append(part)
        else:
            raise TypeError(
                f"{name} is a {type(value).__name__}, which cannot be restored in place: pass a tensor, a generator, a "
                "dict of plain values, or an object with state_dict and load_state_dict"
            )
    return found


def check_plain(name: str, value: Any) -> None:
    """Raises TypeError if ``value`` cannot be copied."""
    try:
        HostCopies().tree(value)
    except Exception as error:
        raise TypeError(f"{name} is a {type(value).__name__}, which cannot be copied: {error}") from error


def differs(name: str, saved: Copied, live: Any) -> str:
    """Says in which way the tensor ``live`` no longer matches the saved one; empty if it matches."""
    if not isinstance(live, torch.Tensor):
        return f"{name} is gone"
    before = saved.values
    if live.shape != before.shape:
        return f"{name} is {tuple(live.shape)} now and was {tuple(before.shape)}"
    if live.dtype != before.dtype:
        return f"{name} is {live.dtype} now and was {before.dtype}"
    return ""
