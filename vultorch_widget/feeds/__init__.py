"""Pictures and scalars of processes that train elsewhere, and the controls that steer them, through a mailbox.

This room has the mailbox, its contents, what fills it in the training, and what empties it in the notebook.
"""
