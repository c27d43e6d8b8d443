"""What a path does: its requests, the expectations on their responses, and OAuth grants.

Belongs here: the keys inside `steps:`. Never: when a path runs, how it reaches its target.
"""
