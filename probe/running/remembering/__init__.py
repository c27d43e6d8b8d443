"""The journal while the daemon runs: written in its own thread, read at the start, pruned.

Belongs here: when and in which thread the journal is used. Never: what it contains and how.
"""
