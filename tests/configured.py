"""Configurations without a file, for tests of what comes after reading one."""

from collections.abc import Mapping
from functools import cache

from probe.config.notifications import Channel
from probe.config.settings import Settings

STEPS = [{"request": "GET http://x.invalid/"}]


def acme(*paths: Mapping[str, object], **fields: object) -> Settings:
    """One service of these paths, each run every 30 s with one request unless it says otherwise."""
    whole = [{"interval": 30.0, "steps": STEPS, **path} for path in paths]
    return Settings.model_validate({"services": [{"name": "acme", "paths": whole, **fields}]})


def channel(name: str = "team", **fields: object) -> Channel:
    """A channel that wants everything, a webhook unless another kind is given."""
    given = {"webhook": "https://hook.example.com/", **fields}
    known = {key: value for key, value in given.items() if value is not None}
    return Channel.model_validate({"name": name, **known})


def settings(*channels: Channel) -> Settings:
    """A service of two paths, and the channels."""
    return _without_channels().model_copy(update={"notifications": tuple(channels)})


@cache
def _without_channels() -> Settings:
    paths = [
        {"name": "login", "plane": "control", "steps": STEPS},
        {"name": "api", "plane": "data", "steps": STEPS},
    ]
    data = {
        "location": "fra1",
        "page_url": "https://probe.example.com",
        "services": [{"name": "acme", "paths": paths}],
    }
    return Settings.model_validate(data)
