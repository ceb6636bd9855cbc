"""Records what a network does to its inputs, operation by operation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import fx, nn

_FOLLOWING = threading.Lock()  # torch.fx changes nn.Module while it traces


class UntranslatableError(ValueError):
    """A page cannot train this. The message names the module and what is supported."""


@contextmanager
def left_alone(model: nn.Module) -> Iterator[None]:
    """Restores what is changed in modules inside, for example by a ``forward``.

    This covers attributes that are set, buffers and other tensors that are changed in place, and lists and dicts that
    are filled, but nothing nested deeper. What has not changed is not touched, since other threads may use the modules.
    """
    remembered = [each for module in model.modules() for each in _remembered(vars(module))]
    try:
        yield
    finally:
        for put_back in remembered:
            put_back()


def _remembered(attributes: dict[str, Any]) -> Iterator[Callable[[], None]]:
    """A function that restores ``attributes``, and the values that they have now."""
    yield partial(_refill, attributes, dict(attributes))
    for value in list(attributes.values()):
        if isinstance(value, dict):  # including buffers
            yield partial(_refill, value, dict(value))
            yield from (_remembered_tensor(each) for each in list(value.values()) if _changeable(each))
        elif isinstance(value, list):
            yield partial(_refill_list, value, list(value))
        elif _changeable(value):
            yield _remembered_tensor(value)


def _refill(now: dict[Any, Any], then: dict[Any, Any]) -> None:
    for name in [name for name in now if name not in then]:
        del now[name]
    for name, value in then.items():
        if name not in now or now[name] is not value:
            now[name] = value


def _refill_list(now: list[Any], then: list[Any]) -> None:
    if len(now) != len(then) or any(one is not other for one, other in zip(now, then, strict=True)):
        now[:] = then


def _changeable(value: Any) -> bool:
    """Whether it is a tensor that a ``forward`` may change in place."""
    return isinstance(value, torch.Tensor) and not isinstance(value, nn.Parameter) and not value.is_inference()


def _remembered_tensor(tensor: torch.Tensor) -> Callable[[], None]:
    then, version = tensor.detach().clone(), tensor._version

    def put_back() -> None:
        if tensor._version != version:
            with torch.no_grad():
                tensor.copy_(then)

    return put_back


class Traced:
    """The operations of ``model`` in their order, as `torch.fx` sees them.

    torch's own modules, and user modules that torch cannot follow, count as one operation. Which ones those are is
    known from an ``earlier`` trace, unless they are new. Raises `UntranslatableError` for a model that takes anything
    but one tensor.
    """

    def __init__(self, model: nn.Module, earlier: Traced | None = None) -> None:
        self._root = nn.Sequential(model)  # the model itself may be one of torch's modules
        self._name = type(model).__name__
        self._known = set(model.modules())
        self._opaque: set[nn.Module] = set() if earlier is None else self._known & earlier._opaque
        self._new = self._known if earlier is None else self._known - earlier._known
        with _FOLLOWING:
            self.graph = self._followed(model)
        _drop_unused(self.graph)
        for node in self.graph.nodes:
            if type(self.module(node)) is nn.Identity:
                node.replace_all_uses_with(node.all_input_nodes[0])
                self.graph.erase_node(node)

    def _followed(self, model: nn.Module) -> fx.Graph:
        tracer = _Tracer(self._opaque)
        for module in reversed(list(model.modules())):  # innermost first
            if module in self._new and not tracer.is_leaf_module(module, "") and not tracer.follows(module):
                self._opaque.add(module)
        try:
            return _Tracer(self._opaque).trace(self._root)
        except Exception as error:
            raise UntranslatableError(f"{self._name} cannot be followed: {error}") from error

    @property
    def nodes(self) -> list[fx.Node]:
        """All operations, from the inputs to the output."""
        return list(self.graph.nodes)

    def module(self, node: fx.Node) -> nn.Module | None:
        """The module behind ``node``, if it is one operation."""
        return self._root.get_submodule(str(node.target)) if node.op == "call_module" else None

    def opaque(self, module: nn.Module | None) -> bool:
        """Whether torch could not follow ``module``."""
        return module in self._opaque

    def held(self, node: fx.Node) -> Any:
        """The tensor of the model that ``node`` reads, or the module that it calls; None if neither."""
        if node.op != "get_attr":
            return self.module(node)
        module, _, name = str(node.target).rpartition(".")
        return getattr(self._root.get_submodule(module), name)

    def name(self, node: fx.Node) -> str:
        """Where the user finds ``node``, and what it is."""
        module = self.module(node)
        if module is not None:
            return self._called(str(node.target), type(module).__name__)
        stack = node.meta.get("nn_module_stack") or {"0": ("0", type(self._root[0]))}
        path, kind = list(stack.values())[-1]
        return f"{operation(node)} in {self._called(str(path), kind.__name__)}"

    def _called(self, path: str, kind: str) -> str:
        found = self._name + path.removeprefix("0")
        return found if found.endswith(kind) else f"{found} ({kind})"

    def up_to(self, last: fx.Node) -> fx.GraphModule:
        """A function of the model's inputs that computes it up to ``last``, on its own."""
        graph = fx.Graph()
        copies: dict[fx.Node, fx.Node] = {}
        for node in self.graph.nodes:
            copies[node] = graph.node_copy(node, copies.__getitem__)
            if node is last:
                break
        graph.output(copies[last])
        _drop_unused(graph)
        return fx.GraphModule(self._root, graph)


def operation(node: fx.Node) -> str:
    """The name of the function or method that ``node`` calls."""
    return str(getattr(node.target, "__name__", node.target)).rstrip("_")


def _drop_unused(graph: fx.Graph) -> None:
    for node in reversed(graph.nodes):
        if not node.users and node.op not in ("placeholder", "output"):
            graph.erase_node(node)


class _Tracer(fx.Tracer):
    """While it traces, torch hands it the module calls of all threads. It leaves those of other threads alone."""

    def __init__(self, opaque: set[nn.Module]) -> None:
        super().__init__(autowrap_modules=())  # type: ignore[arg-type]  # functions of `math` take no tensors
        self._opaque = opaque
        self._thread = threading.get_ident()

    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        return module in self._opaque or super().is_leaf_module(module, name)

    def call_module(
        self, module: nn.Module, forward: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:
        if threading.get_ident() != self._thread:
            return forward(*given, **named)
        # Without its hooks: they would get something that is not a tensor, and might keep it.
        return super().call_module(module, module.forward, given, named)

    def getattr(self, name: str, value: Any, known: dict[str, Any]) -> Any:
        return value if threading.get_ident() != self._thread else super().getattr(name, value, known)

    def follows(self, module: nn.Module) -> bool:
        try:
            _Tracer(self._opaque).trace(module)
        except Exception:  # a user's module may do anything
            return False
        return True
