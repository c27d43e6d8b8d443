"""How documents of runs are compressed: most of a run repeats the run before it.

What they have in common is a dictionary that both sides know, so that even a single small document
is compressed well, and any row can be read without its neighbours.
"""

import zlib
from typing import Final

USUAL: Final = (
    b'"retry_after_s":60.0,"certificate_expires_at":17"first_token_s":0."longest_gap_s":0.'
    b'"stream":{"events":12,"first_byte_s":0.,"first_event_s":0."failed_phase":"processing"'
    b'"outcome":"server_error","failed_step":"submit","excerpt":"<!DOCTYPE html><html>'
    b'"error":"","passed":false,"expected":"contains \'","actual":" bytes"json "is \\"number\\""'
    b'"confirmation":true,"credential":"","session_age_s":"quotas":[{"name":"requests",'
    b'"remaining":3999.0,"limit":4000.0,"reset_s":60.0}],"phases":{"resolve":0.0,"connect":0.0,'
    b'"tls":0.0,"tls_version":"TLSv1.3"text/event-stream; charset=utf-8"],["set-cookie","=***; '
    b'HttpOnly; Path=/"],["content-type","text/html; charset=utf-8"],["server","nginx"],'
    b'["request-id","req_"],["content-type","application/json; charset=utf-8"],'
    b'{"id":"","service":"","path":"login","plane":"control","plane":"data","started_at":17'
    b'"duration_s":0.,"outcome":"ok","steps":[{"name":"open","outcome":"ok","duration_s":0.'
    b'"phases":{"connect":0.0,"processing":0.,"transfer":0.0},"hops":[{"url":"https://api.'
    b'"status":200,"phases":{"connect":0.0,"processing":0.,"transfer":0.0}}],"clock_skew_s":0.'
    b'"evidence":{"status":200,"url":"https://","http_version":"1.1","headers":[["content-type",'
    b'"application/json; charset=utf-8"],["content-length","1"],["date","Mon, 02 Mar 2026 11:00:00'
    b' GMT"]],"body_bytes":1,"checks":[{"name":"status","passed":true,"expected":"200",'
    b'"actual":"200"},{"name":"body","passed":true,"expected":"contains \'","actual":""}]}}]}'
)
"""It must never change: what was compressed with it could not be read any more."""

WINDOW: Final = 13
MEMORY: Final = 6
"""8 KiB hold the dictionary and a run; with zlib's own 256 KiB a run took 57 µs instead of 14."""


def packed(document: str) -> bytes:
    """`document` in its stored form."""
    packing = zlib.compressobj(level=9, wbits=WINDOW, memLevel=MEMORY, zdict=USUAL)
    return packing.compress(document.encode()) + packing.flush()


def plain(document: str | bytes) -> bytes:
    """The JSON of a stored document, compressed or, as all once were, plain."""
    if isinstance(document, str):
        return document.encode()
    unpacking = zlib.decompressobj(zdict=USUAL)
    return unpacking.decompress(document) + unpacking.flush()
