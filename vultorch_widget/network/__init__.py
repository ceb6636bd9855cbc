"""What goes on in the layers of a network while it trains: how it is measured, what it costs, and what looks wrong.

Measuring changes no number of the training, and an exception in it never ends one.
"""
