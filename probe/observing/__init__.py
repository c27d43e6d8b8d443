"""Looks outward and turns what a service does into values: runs, claims, connectivity.

Belongs here: everything that talks to the network on behalf of a path: requests and their timing,
what is taken from an answer and expected of it, and the mapping of foreign failures to outcomes. A
target's fault never raises here. Never here: what a run means for a path's state, when it happens,
and who is told.
"""
