"""When frames run and what a frame does: a view's session, states, callbacks, waiting, saving and alarms.

Going back to a checkpoint, the branches that this leaves, and the futures that are explored from one state are here
too, because they decide which frames run next.
"""
