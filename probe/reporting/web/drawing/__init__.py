"""From times and runs to what templates draw: axes, lanes, strips and lines, as values.

Belongs here: where something is on a picture, and how wide. Never: markup, the board, HTTP.
"""
