"""What a path does: its requests, what their answers must look like, grants that stand for several.

Belongs here: the keys inside `steps:`. Never: when a path runs, how it reaches its target.
"""
