"""Deciding: values in, values out. No I/O, no clock, no logging; `now` is an argument.

Live runs, the replay of a history and the property tests all go through the same functions.
"""
