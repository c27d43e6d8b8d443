"""A report written down: one file for each format, chosen from the mapping in `formats`.

A format only writes what the values of `model.report` say: it counts nothing, judges nothing and
names no cause. All text in them may be hostile.
"""
