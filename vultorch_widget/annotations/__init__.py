"""What is drawn over, or instead of, a picture's own values: label palettes, boxes, points, captions.

This room has the data and its checks. `render` paints palettes; pages and `offscreen` draw the rest.
"""
