"""Where a redirect or a form leads, in its original octets: they may be signed."""

import re
from typing import Final

from yarl import URL

_URI: Final = re.compile(r"(?:[\w.~:/?#\[\]@!$&'()*+,;=-]|%[0-9a-f]{2})*", re.ASCII | re.IGNORECASE)
"""What RFC 3986 allows; everything else is quoted again."""

_WEB: Final = frozenset({"http", "https"})


def resolve(base: URL, reference: str) -> URL:
    """Where `reference` leads from `base`, without user and fragment. Raises ValueError.

    In a web address only the host is rewritten, and the dots of its path are resolved.
    """
    url = base.join(URL(reference))
    if url.scheme not in _WEB or not url.raw_host:
        return url
    written = URL(reference, encoded=_URI.fullmatch(reference) is not None)
    path, query = written.raw_path, written.raw_query_string
    if not path:
        asks = "?" in reference.partition("#")[0]
        path, query = base.raw_path, query if asks else base.raw_query_string
    elif not path.startswith("/"):  # yarl's join would decode the path of `base`
        path = f"{base.raw_path.rpartition('/')[0]}/{path}"
    return url.origin().join(URL.build(path=path, query_string=query, encoded=True))
