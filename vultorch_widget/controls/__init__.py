"""The controls of one panel: what each kind accepts, and the values that users and programs have set.

Which panel they are in belongs to `tree`, and how pages are told of them to `pages`.
"""
