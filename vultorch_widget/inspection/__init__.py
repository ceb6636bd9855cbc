"""Looking into pictures: which part of them is seen, their true values, and how far two of them differ.

What is drawn over pictures belongs in `annotations`, and what pages are told of all this in `pages`.
"""
