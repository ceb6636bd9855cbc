"""A camera that orbits a point."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import NamedTuple

from .vector import Vector, along, vector

NEAREST, FARTHEST = 0.05, 1000.0
"""Distances that zooming stays within, and coordinates of the target that panning does."""
MOST = 10.0
"""Widths, heights or notches of a wheel that one event may tell: more is no hand's."""
ZOOM = 0.9
"""What a notch of the wheel makes of the distance."""


class Frame(NamedTuple):
    """Where a camera is, and its axes: unit vectors at right angles to each other."""

    eye: Vector
    right: Vector
    up: Vector
    forward: Vector


@dataclass(slots=True)
class Camera:
    """Looks at ``target`` from ``distance`` away; y is up.

    Attributes:
        azimuth: Radians around the vertical; at 0 the camera is in front (positive z).
        elevation: Radians above the horizontal; pi / 2 is straight above, with the front at the bottom.
        distance: From the target, above 0.
        target: The point (x, y, z) that is looked at.
        fov: Vertical field of view in degrees, above 0 and below 180.

    """

    azimuth: float = 0.0
    elevation: float = 0.6
    distance: float = 3.0
    target: Vector = (0.0, 0.0, 0.0)
    fov: float = 45.0

    def reset(self) -> None:
        """Puts every attribute back to its default."""
        for field in fields(self):
            setattr(self, field.name, field.default)

    def checked(self) -> Camera:
        """Itself, with ``target`` as a tuple. Raises ValueError where an attribute is out of its range."""
        if not 0 < self.distance < math.inf:
            raise ValueError(f"camera.distance must be above 0, not {self.distance!r}")
        if not 0 < self.fov < 180:
            raise ValueError(f"camera.fov must be above 0 and below 180 degrees, not {self.fov!r}")
        if not (math.isfinite(self.azimuth) and math.isfinite(self.elevation)):
            raise ValueError(f"camera angles must be finite, not {self.azimuth!r} and {self.elevation!r}")
        self.target = vector("camera.target", self.target)
        return self

    def frame(self) -> Frame:
        """Position and axes."""
        sin_a, cos_a = math.sin(self.azimuth), math.cos(self.azimuth)
        sin_e, cos_e = math.sin(self.elevation), math.cos(self.elevation)
        away = (cos_e * sin_a, sin_e, cos_e * cos_a)
        # From the angles, not from a cross product with the vertical, which vanishes straight above.
        right, up = (cos_a, 0.0, -sin_a), (-sin_e * sin_a, cos_e, -sin_e * cos_a)
        return Frame(along(self.target, (self.distance, away)), right, up, (-away[0], -away[1], -away[2]))

    @property
    def slope(self) -> float:
        """Half the height of what is seen, at a distance of 1."""
        return math.tan(math.radians(self.fov) / 2)

    # --- what a hand does --------------------------------------------------------------------------------------------

    def orbit(self, across: float, down: float) -> None:
        """Follows a drag, in parts of the picture's width and height: half a turn for all of either."""
        self.azimuth -= _clamped(across, MOST) * math.pi
        self.elevation = _clamped(self.elevation + _clamped(down, MOST) * math.pi, math.pi / 2)

    def pan(self, across: float, down: float) -> None:
        """Follows a drag, in parts of the picture's height: what is at the target's distance stays under the hand."""
        _, right, up, _ = self.frame()
        seen = 2 * self.distance * self.slope
        across, down = _clamped(across, MOST), _clamped(down, MOST)
        x, y, z = along(self.target, (-across * seen, right), (down * seen, up))
        self.target = _clamped(x, FARTHEST), _clamped(y, FARTHEST), _clamped(z, FARTHEST)

    def zoom(self, notches: float) -> None:
        """Comes nearer by ``notches`` of a wheel."""
        self.distance = min(FARTHEST, max(NEAREST, self.distance * ZOOM ** _clamped(notches, 10 * MOST)))


def _clamped(value: float, most: float) -> float:
    """``value``, within ``most`` of 0."""
    return min(most, max(-most, value))
