"""Secrets that were never configured, recognised by their name or by their shape."""

import re
from collections.abc import Iterator
from typing import Final

REACH: Final = 200
"""Characters from where its name begins within which a secret is recognisable."""

_NAME: Final = r"""
    (?: [\w-]{0,40}
        (?: token | secret | session | password | passwd | cookie | jwt | assertion
          | (?: api | access | private )[_-]?key )
        (?! [_-]? (?: type | endpoint ) ) [\w-]{0,40}
      | (?: [\w-]{0,40}[_-] )? auth (?: orization )? )
"""
"""Not what merely begins alike: `token_type`, `token_endpoint`, `author`, `auth_time`."""

_VAGUE: Final = re.compile(r"""["']?(?:auth|session)["']?\s*[:=]""", re.IGNORECASE)
"""As often the name of a component that works or not: `"auth": "degraded"`."""

TOKEN: Final = re.compile(r"\d|.{16}", re.DOTALL)
"""What tells a token from a word: a digit, or its length."""

_MEMBER: Final = rf"""
    " (?= [\w-]{{1,120}} " ) {_NAME} " \s{{0,8}} : \s{{0,8}}
    (?: " (?P<text> (?: [^"\\] | \\. ){{6,}} )
      | \[ \s{{0,8}} (?P<texts> (?= " ) (?: " (?: [^"\\] | \\. )* "? | [^"\]] )* ) )
"""
"""In a JSON object: a text, or texts in a list, which may be cut short."""

_PAIR: Final = rf"""
    (?<! [\w-] ) (?= [\w-]{{1,120}} = ) {_NAME} = ["']?
    (?P<value> [^\s&;,"'<>]{{6,}} )
"""
"""In a form, a query or a header."""

_SHAPE: Final = r"""
    (?= [egrsxyA] ) (?P<shaped>
        eyJ [\w-]{10,} (?: \. [\w-]* )*
      | (?: (?<! [A-Za-z0-9] ) | (?<= %[0-9A-Fa-f]{2} ) | (?<= \\[nrt] ) )
        (?: gh[opsur]_ [A-Za-z0-9]{16,}
          | github_pat_ \w{16,}
          | glpat- [\w-]{16,}
          | sk- (?= [\w-]{0,60}\d ) [\w-]{16,}
          | [rs]k_ (?: live | test )_ \w{16,}
          | xox[abeoprs]- [\w-]{10,}
          | A[KS]IA [A-Z0-9]{10,}
          | AIza [\w-]{30,}
          | ya29\. [\w-]{16,} ) )
"""
"""JSON in base64, as every JWT begins; then tokens of GitHub, GitLab, OpenAI and Anthropic, Stripe,
Slack, AWS and Google. The first character is tested first: most begin neither these nor a name."""

_LAST_WORD: Final = re.compile(r"([\w-]{0,80}[A-Za-z_])[\W\d]*\Z")
_TELLING: Final = re.compile(_NAME, re.IGNORECASE | re.VERBOSE)
_TELLING_HEADER: Final = re.compile(
    r"(?: .* [_-] )? (?: token | secret | jwt | assertion | key | auth (?: orization )? )",
    re.IGNORECASE | re.VERBOSE,
)
"""Not counters: `X-RateLimit-Remaining-Tokens`."""

_PATTERNS: Final = (
    ('"', re.compile(_MEMBER, re.IGNORECASE | re.VERBOSE)),
    ("=", re.compile(_PAIR, re.IGNORECASE | re.VERBOSE)),
    ("", re.compile(_SHAPE, re.VERBOSE | re.ASCII)),
)
"""Each with what every text it matches contains: few of the texts that are shown do."""


def spans_of_tokens(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of each secret in `text`; takes time in proportion to its length."""
    for mark, pattern in _PATTERNS:
        if mark in text:
            for found in pattern.finditer(text):
                group = str(found.lastgroup)
                if TOKEN.search(found[group]) or not _VAGUE.match(found[0]):
                    yield found.span(group)


def is_token(expression: str, found: object) -> bool:
    """Whether `expression` names what it `found` as a secret, and it may be one."""
    if isinstance(found, list):
        return any(is_token(expression, each) for each in found)
    last = _LAST_WORD.search(expression)
    called = last is not None and _TELLING.fullmatch(last[1]) is not None
    return called and isinstance(found, str) and TOKEN.search(found) is not None


def bears_a_token(header: str) -> bool:
    """Whether the header of this name holds a secret."""
    return _TELLING_HEADER.fullmatch(header) is not None
