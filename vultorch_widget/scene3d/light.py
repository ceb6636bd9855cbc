"""A light that is far away."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .vector import Vector, unit, vector


@dataclass(slots=True)
class Light:
    """Parallel light, reflected as Blinn and Phong have it.

    Attributes:
        direction: Where it shines to, (x, y, z) of any length; y is up.
        color: Red, green and blue, 0..1 each.
        intensity: What diffuse and specular light are multiplied by, 0 or more.
        ambient: Part of the texture that is seen without light, 0 or more.
        specular: How strong the highlight is, 0 or more.
        shininess: How small it is: the exponent, above 0.
        enabled: Without light the texture is shown as it is.

    """

    direction: Vector = (0.3, -1.0, 0.5)
    color: Vector = (1.0, 1.0, 1.0)
    intensity: float = 1.0
    ambient: float = 0.15
    specular: float = 0.5
    shininess: float = 32.0
    enabled: bool = True

    def checked(self) -> Light:
        """Itself, with vectors as tuples. Raises ValueError where an attribute is out of its range."""
        unit("light.direction", self.direction)
        self.direction = vector("light.direction", self.direction)
        self.color = vector("light.color", self.color)
        for name in ("intensity", "ambient", "specular"):
            if not 0 <= getattr(self, name) < math.inf:
                raise ValueError(f"light.{name} must be 0 or more, not {getattr(self, name)!r}")
        if not 0 < self.shininess < math.inf:
            raise ValueError(f"light.shininess must be above 0, not {self.shininess!r}")
        return self

    def towards(self) -> Vector:
        """The unit vector from which it comes."""
        x, y, z = unit("light.direction", self.direction)
        return -x, -y, -z
