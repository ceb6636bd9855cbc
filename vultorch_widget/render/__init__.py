"""Turns tiles into pictures. The torch compositor is the specification; Vulkan and CUDA do the same faster.

`tree` plans the tiles from a canvas; `pages` decides when they are composited.
"""
