"""The journal while the daemon runs: written behind its back, read when it starts, kept short.

Belongs here: when and in which thread the journal is used. Never: what stands in it and how.
"""
