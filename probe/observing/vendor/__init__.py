"""Reads the vendors' status pages: what they say, when, and when they say nothing.

Belongs here: fetching a page politely, one file for each page format, and finding what is new.
Never: whether the vendor is right, which is judged elsewhere and only beside our verdict.
"""
