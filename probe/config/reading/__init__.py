"""Reads YAML text into plain data with the place of each part, and puts problems into words.

Belongs here: what depends on YAML, lines and key paths. Never: what a key means.
"""
