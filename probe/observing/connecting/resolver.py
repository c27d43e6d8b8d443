"""One query to one resolver. Loading this costs 3 MB, so only a `dns://` canary loads it."""

import asyncio

import dns.asyncquery
import dns.exception
import dns.message
import dns.rcode


async def resolves(resolver: str | None, port: int, name: str) -> bool:
    """Whether `resolver` itself finds an address of `name`; the system's answer proves nothing.

    Raises OSError if it does not answer, or not in DNS.
    """
    found = await asyncio.get_running_loop().getaddrinfo(resolver, None)
    query = dns.message.make_query(name, "A")
    try:
        answer = await dns.asyncquery.udp(query, str(found[0][4][0]), port=port)
    except dns.exception.DNSException as error:
        raise OSError(f"no DNS answer: {error}") from error
    return answer.rcode() == dns.rcode.NOERROR and bool(answer.answer)
