"""How requests travel: pools and their bounds, names, TLS, what is on the wire, and its timing.

Belongs here: what has to know aiohttp, TLS or DNS from within. Never: what is asked, nor what the
answer says.
"""
