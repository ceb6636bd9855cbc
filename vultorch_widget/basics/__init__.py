"""What any Python program could use: checks of arguments, files written whole, rates and time budgets.

Nothing here knows pictures, pages or notebooks.
"""
