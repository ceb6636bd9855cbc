"""What users create: views, tensors to draw into, scenes, and the ready-made image fit.

A view creates and joins parts from other rooms, which do the work.
"""
