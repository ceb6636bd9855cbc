"""Looking into pictures: which part of them is visible, their true values, and how much two of them differ.

Drawing over pictures belongs in `annotations`, and what pages are told about all this in `pages`.
"""
