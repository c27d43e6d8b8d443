"""Recounts the past: from the journal's rows to the times, states and sums of a report.

It says what was observed, never a cause; how a report looks is decided in `reporting`.
"""
