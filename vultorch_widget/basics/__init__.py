"""Code that any Python program could use: argument checks, atomic files, rates and time budgets.

`captures` and `nvrtc` need cuda-bindings, and are imported only where a GPU is.
Nothing here depends on pictures, pages or notebooks.
"""
