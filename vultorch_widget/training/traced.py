"""Writes down what a network does to its inputs, operation by operation."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import fx, nn


class UntranslatableError(ValueError):
    """A page cannot train this. The message names the module and what is supported."""


@contextmanager
def left_alone(model: nn.Module) -> Iterator[None]:
    """Puts attributes of modules that are set meanwhile, as by a ``forward``, back to what they were."""
    before = [(vars(module), dict(vars(module))) for module in model.modules()]
    try:
        yield
    finally:
        for now, then in before:
            now.clear()
            now.update(then)


class Traced:
    """The operations of ``model`` in their order, as `torch.fx` sees them.

    Modules of torch's, and those of the user's that torch cannot follow, are one operation.
    Raises `UntranslatableError` for a model that takes something else than one tensor.
    """

    def __init__(self, model: nn.Module) -> None:
        self._root = nn.Sequential(model)  # the model itself may be a module of torch's
        self._name = type(model).__name__
        self._opaque: set[nn.Module] = set()
        for module in reversed(list(model.modules())):  # from the innermost
            tracer = _Tracer(self._opaque)
            if not tracer.is_leaf_module(module, "") and not tracer.follows(module):
                self._opaque.add(module)
        try:
            self.graph = _Tracer(self._opaque).trace(self._root)
        except Exception as error:
            raise UntranslatableError(f"{self._name} cannot be followed: {error}") from error
        _drop_unused(self.graph)
        for node in self.graph.nodes:
            if type(self.module(node)) is nn.Identity:
                node.replace_all_uses_with(node.args[0])
                self.graph.erase_node(node)

    @property
    def nodes(self) -> list[fx.Node]:
        """All operations, from the inputs to the output."""
        return list(self.graph.nodes)

    def module(self, node: fx.Node) -> nn.Module | None:
        """The module that does ``node``, if it is one operation."""
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
        """What the model makes of its inputs until ``last``, by itself."""
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
    """Meanwhile it gets all calls of modules. It leaves those of other threads alone."""

    def __init__(self, opaque: set[nn.Module]) -> None:
        super().__init__()
        self._opaque = opaque
        self._thread = threading.get_ident()

    def is_leaf_module(self, module: nn.Module, name: str) -> bool:
        return module in self._opaque or super().is_leaf_module(module, name)

    def call_module(
        self, module: nn.Module, forward: Callable[..., Any], given: tuple[Any, ...], named: dict[str, Any]
    ) -> Any:
        if threading.get_ident() != self._thread:
            return forward(*given, **named)
        return super().call_module(module, forward, given, named)

    def getattr(self, name: str, value: Any, known: dict[str, Any]) -> Any:
        return value if threading.get_ident() != self._thread else super().getattr(name, value, known)

    def follows(self, module: nn.Module) -> bool:
        try:
            _Tracer(self._opaque).trace(module)
        except Exception:  # a module of the user's may do anything
            return False
        return True
