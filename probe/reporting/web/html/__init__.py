"""Pages as text for people: the template engine, what it may call, each page, feed and badge.

Belongs here: which template shows what, and at which address. Never: sockets, who may look.
"""
