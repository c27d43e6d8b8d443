"""The journal while the daemon runs: written in a thread of its own, read at the start, kept short.

Belongs here: when and in which thread the journal is used. Never: what stands in it and how.
"""
