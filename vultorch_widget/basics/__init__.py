"""Code that any Python program could use: argument checks, atomic files, rates and time budgets.

Nothing here depends on pictures, pages or notebooks.
"""
