"""Hooks of a model and an optimiser: which steps call them, and what the others say."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.modules import module as all_modules
from torch.optim import optimizer as all_optimizers

from vultorch_widget.basics.observers import observer
from vultorch_widget.network.watching import Watching
from vultorch_widget.training import ImageFit, TinyMLP
from vultorch_widget.training.encodings import Encoding
from vultorch_widget.training.hooks import module_hooks, optimizer_hooks, parameter_hooks
from vultorch_widget.training.unfit import UnfitError, check_adam, parameters_of

pytestmark = pytest.mark.usefixtures("one_thread")
Hooked = tuple[Callable[[ImageFit], Any], str]
"""Whose hook it is, and the method that registers it."""
OF_NETWORK: dict[str, Hooked] = {
    "the forward pre-hook 'count' of net.0": (lambda fit: fit.model.net[0], "register_forward_pre_hook"),
    "the forward hook 'count' of net.3": (lambda fit: fit.model.net[3], "register_forward_hook"),
    "the forward hook 'count' of net": (lambda fit: fit.model.net, "register_forward_hook"),
    "the forward hook 'count' of the model": (lambda fit: fit.model, "register_forward_hook"),
    "the backward pre-hook 'count' of net.4": (lambda fit: fit.model.net[4], "register_full_backward_pre_hook"),
    "the backward hook 'count' of net.4": (lambda fit: fit.model.net[4], "register_full_backward_hook"),
    "the gradient hook 'count' of net.4.bias": (lambda fit: fit.model.net[4].bias, "register_hook"),
    "the post-accumulate-grad hook 'count' of net.0.weight": (
        lambda fit: fit.model.net[0].weight,
        "register_post_accumulate_grad_hook",
    ),
    "the forward pre-hook 'count' of all modules": (lambda _: all_modules, "register_module_forward_pre_hook"),
    "the forward hook 'count' of all modules": (lambda _: all_modules, "register_module_forward_hook"),
}
OF_ALL_BACKWARD: dict[str, Hooked] = {
    "the backward pre-hook 'count' of all modules": (lambda _: all_modules, "register_module_full_backward_pre_hook"),
    "the backward hook 'count' of all modules": (lambda _: all_modules, "register_module_full_backward_hook"),
}
"""Torch allows none of these together with the network's ReLUs, which are in place, and says so itself."""
OF_OPTIMIZER: dict[str, Hooked] = {
    "the step pre-hook 'count' of the optimiser": (lambda fit: fit.optimizer, "register_step_pre_hook"),
    "the step post-hook 'count' of the optimiser": (lambda fit: fit.optimizer, "register_step_post_hook"),
    "the step pre-hook 'count' of all optimisers": (lambda _: all_optimizers, "register_optimizer_step_pre_hook"),
    "the step post-hook 'count' of all optimisers": (lambda _: all_optimizers, "register_optimizer_step_post_hook"),
}


@contextmanager
def registered(hooked: Hooked, fit: ImageFit, hook: Callable[..., None]) -> Iterator[None]:
    owner, method = hooked
    handle = getattr(owner(fit), method)(hook)
    try:
        yield
    finally:
        handle.remove()


def picture() -> torch.Tensor:
    return torch.linspace(0, 1, 6 * 5 * 3).reshape(6, 5, 3)


def parameters(fit: ImageFit) -> torch.Tensor:
    return nn.utils.parameters_to_vector(fit.model.parameters()).detach().clone()


class Counter:
    """Makes hooks that count their calls."""

    def __init__(self) -> None:
        self.calls = 0

    @property
    def hook(self) -> Callable[..., None]:
        def count(*_: Any) -> None:
            self.calls += 1

        return count


@pytest.mark.parametrize(("named", "hooked"), OF_NETWORK.items())
def test_a_hook_of_the_network_is_called_in_each_step_until_it_is_removed(named: str, hooked: Hooked) -> None:
    fit, usual, counter = ImageFit(picture(), width=8, seed=0), ImageFit(picture(), width=8, seed=0), Counter()
    fit.step(2)
    with registered(hooked, fit, counter.hook):
        fit.step(1)
        once = counter.calls
        assert once > 0
        fit.step(3)
        assert counter.calls == 4 * once
        assert fit.method == "eager"
        assert fit.method_reason == f"only eager steps call {named}; steps on 'cpu' cannot be captured"
    fit.step(2)
    usual.step(8)
    assert counter.calls == 4 * once
    assert fit.method == "blocked"
    assert torch.allclose(parameters(fit), parameters(usual), atol=1e-6)


@pytest.mark.parametrize("hooked", OF_OPTIMIZER.values())
def test_a_hook_of_the_optimiser_is_called_by_blocked_steps(hooked: Hooked) -> None:
    fit, counter = ImageFit(picture(), width=8, seed=0), Counter()
    with registered(hooked, fit, counter.hook):
        fit.step(5)
    assert counter.calls == 5
    assert fit.method == "blocked"


@pytest.mark.parametrize(("named", "hooked"), [*OF_NETWORK.items(), *OF_ALL_BACKWARD.items(), *OF_OPTIMIZER.items()])
def test_the_fused_step_refuses_hooks_by_name(named: str, hooked: Hooked) -> None:
    fit = ImageFit(picture(), width=8, seed=0)

    def check() -> None:
        check_adam(fit.optimizer, parameters_of(fit.model, 2, 8))

    check()
    with (
        registered(hooked, fit, Counter().hook),
        pytest.raises(UnfitError, match=f"^only eager steps call {named}$"),
    ):
        check()
    check()


def test_what_a_hook_changes_is_as_with_autograd() -> None:
    blocked, autograd, usual = (
        ImageFit(picture(), width=8, seed=0, precision=how) for how in ("exact", "torch", "exact")
    )
    for fit in (blocked, autograd):
        fit.model.net[2].weight.register_hook(lambda gradient: gradient * 0)
        fit.model.net[1].register_forward_hook(lambda module, given, output: output * 0.5)
    for fit in (blocked, autograd, usual):
        fit.step(20)
    assert torch.equal(parameters(blocked), parameters(autograd))
    assert torch.equal(blocked.predict(), autograd.predict())
    assert not torch.allclose(parameters(blocked), parameters(usual), atol=1e-3)


@pytest.mark.parametrize("encoding", ["fourier", "hash"])
def test_a_hook_of_an_encoding_is_called(encoding: Encoding) -> None:
    fit, usual = (ImageFit(picture(), width=8, seed=0, encoding=encoding) for _ in range(2))
    counter = Counter()
    assert fit.model.encoding is not None
    handle = fit.model.encoding.register_forward_hook(counter.hook)
    fit.step(4)
    assert counter.calls == 4
    fit.predict()
    handle.remove()
    usual.step(4)
    assert torch.allclose(fit.predict(), usual.predict(), atol=1e-4)
    assert counter.calls == 5  # predictions call it, too


def test_a_hook_without_a_name_is_called_by_its_type() -> None:
    class Clip:
        def __call__(self, *_: Any) -> None: ...

    model = TinyMLP(8)
    model.net[0].register_forward_hook(Clip())
    (hook,) = module_hooks(model)
    assert str(hook) == "only eager steps call the forward hook 'Clip' of net.0"


def test_hooks_that_only_observe_are_left_out() -> None:
    fit = ImageFit(picture(), width=8, seed=0)
    fit.model.net[0].register_forward_hook(observer(lambda *_: None))
    watching = Watching(fit.model, 1, lambda: fit.iteration, pytest.fail)
    assert fit.model.net[2]._forward_hooks  # the watching's
    assert all_optimizers._global_optimizer_post_hooks
    assert not [*module_hooks(fit.model), *parameter_hooks(fit.model), *optimizer_hooks(fit.optimizer)]
    fit.step(3)
    assert fit.method == "blocked"
    watching.close()
