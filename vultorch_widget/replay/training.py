"""The training that a replay can continue in the page: its definition, and the weights of a few key frames.

`js/src/replay/training.ts` reads it, as untrusted data.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from ..basics.spacing import least_missed, on_scale

VERSION = 1
SETTINGS = ("lr", "steps", "weight_decay", "momentum", "beta1", "beta2", "eps")
"""What a slider of the page can set."""
MOST_KEPT = 4
"""Maximum key frames with weights, including the last one."""
MOST_BYTES = 2 << 20
"""Maximum bytes of weights in all, unless those of the last key frame alone take more."""

Floats = npt.NDArray[np.float32]


class Weights(NamedTuple):
    """``parameters`` in torch's order after this many ``steps``, the optimiser's ``moments``, and its learning rate.

    ``network`` is the part of the definition that they belong to, which may change: layers and features, as JSON.
    """

    steps: int
    lr: float
    parameters: Floats
    moments: Floats
    network: dict[str, Any]


class Trained(Protocol):
    """A training whose network a page can train."""

    quick: bool
    """Whether the weights can be read without waiting for a device."""

    def definition(self) -> dict[str, Any]:
        """Everything but the weights and their network, as JSON. Raises ValueError if a page can no longer train it."""

    def weights(self) -> Weights:
        """Copies of the current weights. Raises ValueError if a page can no longer train them."""


@dataclass
class KeptWeights:
    """Weights of a few steps, spaced like key frames."""

    def __post_init__(self) -> None:
        self._kept: list[tuple[int, Weights]] = []

    def add(self, step: int, weights: Weights) -> None:
        """Adds the weights of ``step``, the newest. Drops those of later steps, and of other networks."""
        self._kept = [each for each in self._kept if each[0] < step and _alike(each[1], weights)]
        self._kept.append((step, weights))
        while len(self._kept) > 1 and (len(self._kept) > MOST_KEPT or self.bytes > MOST_BYTES):
            inner = list(range(1, len(self._kept) - 1)) or [0]
            places = [on_scale(each[0]) for each in self._kept]
            del self._kept[least_missed(places, inner) if len(inner) > 1 else inner[0]]

    @property
    def bytes(self) -> int:
        """Bytes of the numbers."""
        return sum(weights.parameters.nbytes + weights.moments.nbytes for _, weights in self._kept)

    def clear(self) -> None:
        """Drops all weights."""
        self._kept.clear()

    def described(self) -> dict[str, Any] | None:
        """As JSON: their network, and the ``weights``, float32, little-endian, in base64. None if there are none."""
        weights = [
            {
                "step": step,
                "count": weights.steps,
                "lr": weights.lr,
                "parameters": packed(weights.parameters),
                "moments": packed(weights.moments),
            }
            for step, weights in self._kept
            if np.isfinite(weights.parameters).all() and np.isfinite(weights.moments).all()
        ]
        return {**self._kept[-1][1].network, "weights": weights} if weights else None


def _alike(one: Weights, other: Weights) -> bool:
    return one.network == other.network and one.moments.shape == other.moments.shape


def packed(numbers: npt.NDArray[Any]) -> str:
    """The bytes of ``numbers``, little-endian, in base64."""
    return base64.b64encode(numbers.astype(numbers.dtype.newbyteorder("<")).tobytes()).decode("ascii")
