"""From times and runs to what templates draw: axes, lanes, strips and lines, as values.

Belongs here: where on a picture something stands, and how wide. Never: markup, the board, HTTP.
"""
