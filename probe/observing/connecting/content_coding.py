"""Removes the content coding (RFC 9110, 8.4.1) from a body as it arrives.

aiohttp could, but does not reveal whether a gzip body reached its end.
"""

import zlib
from typing import Final, Protocol

from probe.observing.failures import BodyCut, BodyUnreadable

ACCEPTED: Final = "gzip, deflate"
"""What we ask for, whatever else the installed libraries could read."""

MOST_MEMBERS: Final = 1000
"""How many parts a gzip body may have: endless empty ones would be read for ever."""

_GZIP: Final = frozenset({"gzip", "x-gzip"})
_DEFLATE: Final = "deflate"
_FOREIGN: Final = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz"})
_GZIP_MAGIC: Final = b"\x1f"
_GZIP_WINDOW: Final = 16 + zlib.MAX_WBITS
_ZLIB_METHOD: Final = 8


class Decoder(Protocol):
    """Decodes one body."""

    def feed(self, data: bytes, most: int) -> bytes:
        """The decoded `data`, cut to its first `most` bytes.

        Raises BodyUnreadable.
        """

    def finish(self) -> None:
        """Note that nothing more comes. Raises BodyCut if something should."""


def decoder(coding: str) -> Decoder:
    """The decoder for a `Content-Encoding`; an unknown coding is left as it is."""
    coding = coding.strip().lower()
    if coding in _GZIP or coding == _DEFLATE:
        return _Inflation(coding)
    return _Foreign(coding) if coding in _FOREIGN else _Plain()


class _Plain:
    """A body that is not encoded, or in an unknown way."""

    def feed(self, data: bytes, most: int) -> bytes:
        return data[:most]

    def finish(self) -> None:
        return


class _Foreign:
    """A body in a coding that we did not ask for and cannot read."""

    def __init__(self, coding: str) -> None:
        self._coding = coding

    def feed(self, data: bytes, most: int) -> bytes:  # noqa: ARG002 - the signature of Decoder
        raise BodyUnreadable(
            f"the body is encoded as {self._coding}, which cannot be read here;"
            f" unless a step's own headers say otherwise, it accepts {ACCEPTED}"
        )

    def finish(self) -> None:
        return


class _Inflation:
    """A gzip body, of one member or several (RFC 1952, 2.2), or a deflate one.

    Some servers send deflate without the RFC 1950 wrapper that HTTP requires. Bytes after the end
    that are not a further member make the body unreadable: its source is broken.
    """

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._members = 0
        self._member: zlib._Decompress | None = None

    def feed(self, data: bytes, most: int) -> bytes:
        decoded = bytearray()
        while data and len(decoded) < most:
            member = self._member or self._begin(data)
            try:
                decoded += member.decompress(data, most - len(decoded))
            except zlib.error as problem:
                raise BodyUnreadable(f"the body is no {self._coding}: {problem}") from problem
            self._member = None if member.eof else member
            data = member.unused_data or member.unconsumed_tail
        return bytes(decoded)

    def finish(self) -> None:
        if self._member is not None:
            raise BodyCut(f"the body is cut: its {self._coding} data stops before its end")

    def _begin(self, data: bytes) -> "zlib._Decompress":
        """A decompressor for the member that begins with `data`."""
        if self._members and (self._coding == _DEFLATE or not data.startswith(_GZIP_MAGIC)):
            raise BodyUnreadable(f"bytes follow the end of the body's {self._coding} data")
        if self._members == MOST_MEMBERS:
            raise BodyUnreadable(f"the body has more than {MOST_MEMBERS} {self._coding} members")
        self._members += 1
        if self._coding != _DEFLATE:
            return zlib.decompressobj(_GZIP_WINDOW)
        wrapped = data[0] & 0x0F == _ZLIB_METHOD
        return zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
