"""Reads the vendors' status pages: what they say, when, and that they say nothing.

Belongs here: fetching a page gently, one file for each format that pages have, and telling what is
new. Never: whether the vendor is right, which is judged elsewhere and only beside our verdict.
"""
