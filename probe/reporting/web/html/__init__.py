"""Pages as text for people: the templates' engine, what it may ask, and each page, feed and badge.

Belongs here: what knows which template shows what, and under which address. Never: sockets, who
may look.
"""
