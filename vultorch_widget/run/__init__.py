"""When frames run, and what a frame is: the session of a view, its states, callbacks, waiting and saving."""
