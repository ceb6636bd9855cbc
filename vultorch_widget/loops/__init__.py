"""The view in a loop that somebody else wrote: Lightning, Hugging Face, fastai, Accelerate, or a plain ``for``.

A framework is imported only when its callback is made. Loops reach the view only through `host.Host`.
"""
