"""What a channel without filters is told of a replayed day."""

import time
from dataclasses import dataclass, field

from configured import channel

from probe.config.settings import Listen
from probe.model.clock import Clock
from probe.model.event import Event
from probe.model.notification import Message
from probe.rehearsing.staging import demo_settings
from probe.running.telling.notifying import Notifying

CLOCK = Clock(now=time.time, monotonic=time.monotonic)  # the replay advances both


@dataclass
class Ears:
    """A reporter that records what the channel is told."""

    heard: list[Message] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = demo_settings("http://127.0.0.1:9", Listen(host="127.0.0.1", port=0))
        told = settings.model_copy(update={"notifications": (channel(),)})
        self._notifying = Notifying(told, CLOCK)

    def handle(self, event: Event) -> None:
        self.heard += [notified.message for notified in self._notifying.consequences(event)]
