"""A stand-in AI provider whose faults lie on a timeline, for tests, demonstrations and replays.

Belongs here: what such a provider serves (web front, token endpoint, API, status page), every way
in which it can fail, and the scenarios that say when. It shares no code with the monitor that it
tests: nothing here imports another package of this project, and nothing here judges.
"""
