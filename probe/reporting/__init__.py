"""Telling others: one file or folder per audience: Prometheus, the disk, people, pagers.

Reporters take events and read no other stage. Nothing here looks outward or judges, and no reporter
knows another one, so that a slow or broken one delays no other. They share only the words, and the
board that keeps what people look at.
"""
