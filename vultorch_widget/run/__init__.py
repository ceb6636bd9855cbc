"""When frames run and what a frame does: a view's session, states, callbacks, waiting and saving."""
