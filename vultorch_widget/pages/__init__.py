"""What open pages are sent, when, and how their messages are applied.

`run` decides when a frame runs.
"""
