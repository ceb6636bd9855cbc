"""The layers of a canvas with labels, from which a replay puts its picture together with some labels hidden.

A replay keeps them beside the pictures, by these prefixes and the canvas's id. No id of a canvas begins like them:
there, ``%`` is part of an escape.
"""

LABELS = "%labels/"
"""A label map: nothing is hidden, and no pixel mixes two labels."""
UNDER = "%under/"
"""A picture without its overlay."""
OVERLAY = "%overlay/"
"""An overlay by itself, like a label map."""
LAYER = "%"
"""Any of them."""
