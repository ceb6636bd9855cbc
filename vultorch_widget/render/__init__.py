"""Tiles to pixels: the torch compositor, which is the specification, and the Vulkan and CUDA ones.

Which tiles there are is planned from a canvas in `tree`; when they are composited is decided in `pages`.
"""
