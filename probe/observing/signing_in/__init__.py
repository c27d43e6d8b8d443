"""What makes a login a login: kept sessions and their login pages, OAuth's ends, codes and tokens.

Belongs here: what only a path that signs in has. Never: the credential of a single request, which
belongs to `asking`.
"""
