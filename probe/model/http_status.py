"""The classes of status codes (RFC 9110, section 15); `http.HTTPStatus` has single ones."""

from typing import Final

SUCCESS: Final = range(200, 300)
REDIRECTION: Final = range(300, 400)
CLIENT_ERROR: Final = range(400, 500)
SERVER_ERROR: Final = range(500, 600)

OVERLOADED: Final = 529
"""Registered nowhere: `overloaded_error` in the list of errors of Anthropic's API."""
