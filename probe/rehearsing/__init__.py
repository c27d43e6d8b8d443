"""Plays the past, or invented events: scenarios and recorded histories, faster than they took.

The whole daemon runs here, or only its judging; only time is not real.
"""
