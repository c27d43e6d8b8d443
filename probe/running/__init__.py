"""Makes it go: the only place that knows every stage.

Schedules, limits and wires; what a run means is decided in `judging`, never here.
"""
