"""Everything that knows Jupyter, marimo or an event loop: cells, comms, the ticker, interrupts, the widget.

Nothing here knows what a view is; other rooms ask this one what they are running in.
"""
