"""The scenario of a stand-in that answers at once and has no fault yet."""

SCENARIO = """
title: a test
source: the test itself
starts: 2026-03-02T11:00:00Z
ends: 2026-03-02T19:00:00Z
seed: 7
latency: {default: 0}
"""
