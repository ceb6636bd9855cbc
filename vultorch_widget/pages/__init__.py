"""What open pages are told and when, and what they say.

When a frame runs belongs to `run`.
"""
