"""What open pages are sent, when, and how their messages are applied.

When a frame runs is decided in `run`.
"""
