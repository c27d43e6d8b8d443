"""Keeps secrets out of what is shown: masks, escapes and cuts foreign text."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from yarl import URL

from probe.config.transaction.steps import VARIABLE, Basic, Request
from probe.config.types import Model
from probe.model.secret import MASK, Secret, reveal
from probe.observing.secret_spellings import folded, forms_of, is_plain
from probe.observing.tokens import REACH, TOKEN, spans_of_tokens

LONGEST: Final = 200
"""Characters of a shown text, by default."""

SHORTEST_SECRET: Final = 4
"""Shorter texts occur everywhere by chance: masking them would hide all and protect none."""

SHORTEST_SEEN: Final = 6
"""The same for what the target itself gave: variables and cookies."""

_LOOKED_AT: Final = 20
"""How many times the shown length is examined: masked, it may become short."""

_BEGINNING: Final = 16
"""Characters by which a possible secret is recognised."""

_MOST_WRITTEN: Final = 16_384
"""Characters of secrets expanded into all forms for one text; a text that seems to hold more is
masked whole."""

_SHORTEST_SEGMENT: Final = 8
_BETWEEN_WORDS: Final = re.compile(r"[\s\"'&?=,;:{}\[\]<>()]+")
_HARMLESS: Final = frozenset({"bearer", "password", "username"})
_ADDRESS: Final = re.compile(
    r"[A-Za-z][\w+.-]*://(?P<authority>[^/?\s]*)(?P<path>[^?\s]*)(?:\?(?P<query>\S*))?"
)
_HOST: Final = re.compile(
    r"""(?: \[[\da-f:.]+\] | [\w-]+ (?:\.[\w-]+)* \. (?:[a-z]{2,24} | \d{1,3}) | localhost)
        (?: :\d+ )? | [\w-]+ :\d{1,5}""",
    re.IGNORECASE | re.VERBOSE,
)


class Masker:
    """Replaces every known secret, in each of the forms in which a target may echo it.

    There are dozens of forms, each as long as the secret: only those of a secret whose beginning
    occurs in the text, in one of its forms, are expanded.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = frozenset(text for text in secrets if len(text) >= SHORTEST_SECRET)
        self._beginnings = [*_beginnings(self._secrets)]
        self._written: dict[str, frozenset[str]] = {}

    def also(self, seen: Iterable[str]) -> "Masker":
        """This masker, hiding also what the target gave: variables, cookies."""
        masker = Masker({text for text in seen if len(text) >= SHORTEST_SEEN} - self._secrets)
        if not masker._secrets:
            return self
        masker._secrets |= self._secrets
        masker._beginnings += self._beginnings
        masker._written = dict(self._written)  # this one may outlive what the target gave
        return masker

    def hide(self, text: str) -> str:
        """`text` with every known secret replaced."""
        return self._beginning(text, len(text))

    def show(self, text: str, limit: int = LONGEST) -> str:
        """`text` masked, then escaped and cut: in this order, or half a secret could remain.

        Foreign text may hold secrets that we do not know; what looks like one is masked too.
        """
        length = _LOOKED_AT * limit
        tokens = [*spans_of_tokens(text[: length + REACH])]
        masked = self._beginning(text, length, tokens)[:limit]
        if masked.isprintable():
            return masked
        return "".join(c if c.isprintable() else _escaped(c) for c in masked)[:limit]

    def _beginning(self, text: str, length: int, spans: Sequence[tuple[int, int]] = ()) -> str:
        """The first `length` characters of `text`, masked, also in `spans`.

        The whole text may be megabytes.
        """
        suspects = self._suspects(folded(text[: length + _BEGINNING]))
        if not suspects and not spans:
            return text[:length]
        if sum(len(each) for each in suspects if not is_plain(each)) > _MOST_WRITTEN:
            return MASK
        forms = {form for secret in suspects for form in self._forms_of(secret)}
        reach = max(map(len, forms), default=0)  # a secret may be cut at the end
        known = _spans(forms, folded(text[: length + reach]))
        return _without(sorted((*known, *spans)), text[:length])

    def _suspects(self, text: str) -> set[str]:
        return {secret for beginning, secret in self._beginnings if beginning in text}

    def _forms_of(self, secret: str) -> frozenset[str]:
        if secret not in self._written:
            self._written[secret] = frozenset(map(folded, forms_of(secret)))
        return self._written[secret]

    def show_url(self, url: URL, *, query: bool = True) -> str:
        """`url` without user, fragment and the values of its query."""
        origin = f"{url.scheme}://{url.raw_authority.rpartition('@')[2]}"
        names = "&".join(f"{name}={MASK}" for name in dict.fromkeys(url.query)) if query else ""
        return self.show(f"{origin}{url.path}{'?' if names else ''}{names}")


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _spans(forms: Iterable[str], text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every occurrence of `forms` in `text`."""
    for form in forms:
        at = text.find(form)
        while at >= 0:
            yield at, at + len(form)
            at = text.find(form, at + len(form))


def _without(spans: Iterable[tuple[int, int]], text: str) -> str:
    """`text` with these spans masked; they are ordered by their beginnings."""
    shown, end = [], 0
    for start, stop in spans:
        if start >= len(text):
            break
        if start >= end:
            shown += [text[end:start], MASK]
        end = max(end, stop)
    return "".join([*shown, text[end:]])


def _beginnings(secrets: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The beginnings of all forms of each secret, with that secret.

    Three characters are four in base64, whatever follows.
    """
    for secret in secrets:
        forms = forms_of(secret[: _BEGINNING * 3 // 4])
        yield from ((form, secret) for form in {folded(form[:_BEGINNING]) for form in forms})


def secrets_in(value: object) -> Iterator[str]:
    """Every secret text inside a part of the configuration, and its parts."""
    match value:
        case None | str() | int() | float():  # most are, and checking for the others takes longer
            return
        case Secret():
            yield from _texts_of(value.reveal())
            yield from _parts_of(value)
        case Request(url=Secret() as url):
            yield from _texts_of_url(url.reveal())
            yield from _parts_of_url(url)
        case Model():
            yield from _pair_of(value)
            yield from secrets_in({name: getattr(value, name) for name in type(value).model_fields})
        case Mapping():
            yield from secrets_in(tuple(value.values()))
        case list() | tuple():
            for item in value:
                yield from secrets_in(item)


def _pair_of(value: Model) -> Iterator[str]:
    if isinstance(value, Basic) and isinstance(value.password, Secret):
        user, password = reveal(value.user), value.password.reveal()
        yield basic_token(user, password, form_encoded=value.form_encoded)


def basic_token(user: str, password: str, *, form_encoded: bool) -> str:
    """`user:password` as basic authentication sends it."""
    if form_encoded:  # without `+`, which servers that only decode percent signs would keep
        user, password = quote(user, safe=""), quote(password, safe="")
    return b64encode(f"{user}:{password}".encode()).decode("ascii")


def _texts_of(secret: str) -> Iterator[str]:
    """The text and its words: `Bearer ${env:KEY}` is one secret, and a target echoes the key."""
    yield secret
    if address := _ADDRESS.fullmatch(VARIABLE.sub("", secret)):
        yield from _texts_of_address(**address.groupdict(""))
        return
    for piece in VARIABLE.sub("\n", secret).split("\n"):
        yield piece.strip()
        for word in _BETWEEN_WORDS.split(piece):
            if len(word) >= SHORTEST_SEEN and word.lower() not in _HARMLESS:
                yield word


def given(text: str) -> Iterator[str]:
    """What a target gave, and how it may show it again; of an address also its secret parts."""
    yield text
    if "%" in text:
        yield unquote(text)
    if address := _ADDRESS.fullmatch(text):
        parts = _texts_of_address(**address.groupdict(""))
        yield from (part for part in parts if TOKEN.search(part))


def _parts_of(secret: Secret) -> Iterator[str]:
    """The parts that `secret` was put together from, except where the target is found."""
    for part in secret.parts:
        if address := _ADDRESS.fullmatch(part):
            yield from _texts_of_address(**address.groupdict(""))
        elif not _HOST.fullmatch(part):
            yield from _texts_of(part)


def _parts_of_url(url: Secret) -> Iterator[str]:
    """The same for a URL; a stage or a port in its authority protects nothing."""
    place = urlsplit(url.reveal()).netloc.rpartition("@")[2]
    return (part for part in _parts_of(url) if part not in place or len(part) >= SHORTEST_SEEN)


def _texts_of_address(authority: str, path: str, query: str) -> Iterator[str]:
    """User, password, tokens and values of an address, as apprise and webhooks take it.

    A host name, recognised by its dot or port, is no secret: the target may be there too.
    """
    identity, _, place = authority.rpartition("@")
    user, _, password = identity.partition(":")
    tokens = [] if _HOST.fullmatch(place) else [place, *place.split(":")]
    values = (pair.partition("=")[2] for pair in query.split("&"))
    found = [password]
    found += (text for text in (user, *tokens, *values) if len(text) >= SHORTEST_SEEN)
    found += (part for part in path.split("/") if len(part) >= _SHORTEST_SEGMENT)
    for text in found:
        yield text
        yield unquote(text)


def _texts_of_url(url: str) -> Iterator[str]:
    parts = urlsplit(VARIABLE.sub("", url))
    yield from (part for part in parts.path.split("/") if len(part) >= _SHORTEST_SEGMENT)
    for pair in parts.query.split("&"):
        yield pair.partition("=")[2]
