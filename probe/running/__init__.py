"""Makes it go: the place that knows every stage of the daemon.

Schedules, limits and wires; what a run means is decided in `judging`, never here.
"""
