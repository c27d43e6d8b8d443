"""Plays the past, or what is thought up: scenarios and recorded histories, faster than they took.

The whole daemon runs here, or its judging alone; only time is not real.
"""
