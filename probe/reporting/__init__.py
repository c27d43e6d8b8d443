"""Telling others: one file or folder, one audience. Prometheus, the disk, people, pagers.

Reporters take events and read no other stage. Nothing here looks outward or judges, and no
reporter knows another one, so that one that is slow or broken delays nobody. What they share are
the words, and the board that keeps what people look at.
"""
