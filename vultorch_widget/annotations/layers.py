"""The layers of a canvas with labels, from which a replay composes its picture with some labels hidden.

A replay keeps them beside the pictures, under these prefixes and the canvas's id. No canvas id starts with one: in an
id, ``%`` is always part of an escape.
"""

LABELS = "%labels/"
"""A label map: nothing is hidden, and no pixel mixes two labels."""
UNDER = "%under/"
"""A picture without its overlay."""
OVERLAY = "%overlay/"
"""An overlay on its own, like a label map."""
LAYER = "%"
"""Any of these prefixes."""
