"""What a user declares: the panels and canvases of a view, their layout, pointers, and the tiles they ask for.

Nothing here sends, composites or waits.
"""
