"""incident.io's pages, a variant of Statuspage v2.

Ids are ULIDs, some components are only in `components.json`, and incidents name no components.
"""

import re
from typing import Final

from probe.observing.vendor import statuspage
from probe.observing.vendor.page_content import fields

_ULID: Final = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")


def fits(document: object) -> bool:
    """Whether it is a summary whose page has a ULID."""
    page = fields(fields(document).get("page")).get("id")
    return statuspage.fits(document) and isinstance(page, str) and bool(_ULID.fullmatch(page))
