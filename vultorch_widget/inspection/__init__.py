"""Looking into pictures: which texels a user looks at, their true values, and what became of them.

What is drawn over pictures belongs in `annotations`, and what pages are told of all this in `pages`.
"""
