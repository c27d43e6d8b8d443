"""How many requests a configuration plans to send to each host."""

from collections import Counter, defaultdict
from urllib.parse import urlsplit

from probe.config.once import once_each
from probe.config.path import ProbePath
from probe.config.settings import Settings
from probe.model.secret import reveal


@once_each
def requests_by_host(path: ProbePath) -> Counter[str]:
    """How many requests one run of `path` sends to each host, not counting redirects."""
    hosts = (host_of(reveal(step.request.url)) for step in path.steps)
    return Counter(host for host in hosts if host)


def host_of(url: str) -> str:
    """The host and port of `url`; empty if it is invalid or has a variable before its query."""
    try:
        return urlsplit(url).netloc.lower() if "{{" not in url.split("?", maxsplit=1)[0] else ""
    except ValueError:
        return ""


def planned_by_host(settings: Settings) -> dict[str, float]:
    """How many requests per second are planned for each host."""
    per_second: defaultdict[str, float] = defaultdict(float)
    for service in settings.services:
        for path in service.paths:
            for host, count in requests_by_host(path).items():
                per_second[host] += count / path.interval
    return dict(per_second)
