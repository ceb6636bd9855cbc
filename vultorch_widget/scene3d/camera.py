"""A camera that orbits a point."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import NamedTuple

from .vector import Vector, along, vector

NEAREST, FARTHEST = 0.05, 1000.0
"""Limits of the distance when zooming. ``FARTHEST`` also limits the target's coordinates when panning."""
MOST_DISTANCE, LEAST_FOV = 1e9, 0.001
"""Limits of what a program may set: beyond them, a pixel's ray leaves the range of single precision."""
MOST = 10.0
"""Maximum picture widths, heights or wheel notches that one event may report. No user reaches it."""
ZOOM = 0.9
"""Factor by which one wheel notch changes the distance."""


class Frame(NamedTuple):
    """A camera's position and axes, which are orthogonal unit vectors."""

    eye: Vector
    right: Vector
    up: Vector
    forward: Vector


@dataclass(slots=True)
class Camera:
    """Looks at ``target`` from ``distance`` away; y is up.

    Attributes:
        azimuth: Radians around the vertical. At 0 the camera is in front of the target (positive z).
        elevation: Radians above the horizontal. pi / 2 is straight above, with the front at the bottom.
        distance: Distance from the target, above 0 and at most 1e9.
        target: The point (x, y, z) in the centre of the view.
        fov: Vertical field of view in degrees, at least 0.001 and below 180.

    """

    azimuth: float = 0.0
    elevation: float = 0.6
    distance: float = 3.0
    target: Vector = (0.0, 0.0, 0.0)
    fov: float = 45.0

    def reset(self) -> None:
        """Resets every attribute to its default."""
        for field in fields(self):
            setattr(self, field.name, field.default)

    def checked(self) -> Camera:
        """Returns the camera, with ``target`` as a tuple. Raises ValueError if an attribute is out of range."""
        if not 0 < self.distance <= MOST_DISTANCE:
            raise ValueError(f"camera.distance must be above 0 and at most {MOST_DISTANCE:g}, not {self.distance!r}")
        if not LEAST_FOV <= self.fov < 180:
            raise ValueError(f"camera.fov must be at least {LEAST_FOV} and below 180 degrees, not {self.fov!r}")
        if not (math.isfinite(self.azimuth) and math.isfinite(self.elevation)):
            raise ValueError(f"camera angles must be finite, not {self.azimuth!r} and {self.elevation!r}")
        self.target = vector("camera.target", self.target)
        return self

    def frame(self) -> Frame:
        """Position and axes."""
        sin_a, cos_a = math.sin(self.azimuth), math.cos(self.azimuth)
        sin_e, cos_e = math.sin(self.elevation), math.cos(self.elevation)
        away = (cos_e * sin_a, sin_e, cos_e * cos_a)
        # From the angles: a cross product with the vertical would vanish straight above.
        right, up = (cos_a, 0.0, -sin_a), (-sin_e * sin_a, cos_e, -sin_e * cos_a)
        return Frame(along(self.target, (self.distance, away)), right, up, (-away[0], -away[1], -away[2]))

    @property
    def slope(self) -> float:
        """Half the height of the view at a distance of 1."""
        return math.tan(math.radians(self.fov) / 2)

    # --- user input --------------------------------------------------------------------------------------------------

    def orbit(self, across: float, down: float) -> None:
        """Follows a drag, in fractions of the picture's width and height. The full width or height is half a turn."""
        self.azimuth -= _clamped(across, MOST) * math.pi
        self.elevation = _clamped(self.elevation + _clamped(down, MOST) * math.pi, math.pi / 2)

    def pan(self, across: float, down: float) -> None:
        """Follows a drag, in fractions of the picture's height. Points at the target's distance stay under the
        pointer.
        """
        _, right, up, _ = self.frame()
        seen = 2 * self.distance * self.slope
        across, down = _clamped(across, MOST), _clamped(down, MOST)
        x, y, z = along(self.target, (-across * seen, right), (down * seen, up))
        self.target = _clamped(x, FARTHEST), _clamped(y, FARTHEST), _clamped(z, FARTHEST)

    def zoom(self, notches: float) -> None:
        """Moves closer by ``notches`` of a wheel."""
        self.distance = min(FARTHEST, max(NEAREST, self.distance * ZOOM ** _clamped(notches, 10 * MOST)))


def _clamped(value: float, most: float) -> float:
    """``value`` limited to ``-most``..``most``."""
    return min(most, max(-most, value))
