"""Pictures and scalars of processes that train elsewhere, and the controls that steer them, through a mailbox.

Belongs here: the mailbox, what lies in it, who fills it in the training and who empties it in the notebook.
"""
