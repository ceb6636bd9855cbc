"""Watches the layers of a network while it trains: how they are measured, what that costs, and what looks wrong.

Measuring does not change the training's numbers, and an exception in it never ends a training.
"""
