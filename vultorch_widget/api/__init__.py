"""What users create: views, tensors to draw into, scenes, and the ready-made image fit.

A view creates and joins the parts from the other rooms. The work itself is done there.
"""
