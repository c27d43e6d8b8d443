"""From YAML text to plain data that knows its places, and from a problem to its words.

Belongs here: what knows of YAML, lines and key paths. Never: what a key means.
"""
