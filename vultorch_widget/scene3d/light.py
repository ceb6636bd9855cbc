"""A distant light."""

from __future__ import annotations

import math
from dataclasses import dataclass

from .vector import Vector, unit, vector


@dataclass(slots=True)
class Light:
    """Parallel light with Blinn-Phong reflection.

    Attributes:
        direction: The direction (x, y, z) in which it shines, of any length; y is up.
        color: Red, green and blue, 0..1 each.
        intensity: Factor for diffuse and specular light, 0 or more.
        ambient: Fraction of the texture that is visible without light, 0 or more.
        specular: Strength of the highlight, 0 or more.
        shininess: Exponent of the highlight, above 0; a larger one makes it smaller.
        enabled: If False, the texture is shown as it is.

    """

    direction: Vector = (0.3, -1.0, 0.5)
    color: Vector = (1.0, 1.0, 1.0)
    intensity: float = 1.0
    ambient: float = 0.15
    specular: float = 0.5
    shininess: float = 32.0
    enabled: bool = True

    def checked(self) -> Light:
        """Returns the light, with vectors as tuples. Raises ValueError if an attribute is out of range."""
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
        """The unit vector towards the light."""
        x, y, z = unit("light.direction", self.direction)
        return -x, -y, -z
