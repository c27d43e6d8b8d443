"""Every way in which the stand-in can fail: one small class each, all named in `kinds.py`.

A new kind is a class here, a line in `kinds.py` and a test. Which faults act on a request, and
when, is decided by the timeline.
"""
