"""What users hold: views, tensors to draw into, scenes, and the ready-made image fit.

A view makes the parts of the other rooms and joins them; what it does not do itself belongs below.
"""
