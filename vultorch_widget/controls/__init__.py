"""The controls of one panel: what each kind accepts, and the values that hands and programs gave them.

Which panel they stand in belongs to `tree`, how pages hear of them to `pages`.
"""
