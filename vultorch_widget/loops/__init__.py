"""The view in a loop that somebody else wrote: Lightning, Hugging Face, fastai, Accelerate, or a plain ``for``.

A framework is imported only where its callback is made. Loops reach the view through `host.Host` alone.
"""
