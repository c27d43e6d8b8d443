"""How requests travel: pools and their bounds, names, TLS, what is on the wire, and its timing.

Belongs here: what has to know the internals of aiohttp, TLS or DNS. Never: what is asked, nor what
the answer says.
"""
