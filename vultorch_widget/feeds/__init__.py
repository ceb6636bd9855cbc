"""Pictures and scalars of processes that train elsewhere, and the controls that steer them, through a mailbox.

This room has the mailbox (`mailbox`), its contents (`messages`), what fills it in the training (`feed`; `posting` and
what it puts there: `gallery`, `logbook`), who is listened to (`audience`), and what empties it in the notebook
(`reader`, `attached`).
"""
