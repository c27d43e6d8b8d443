"""Why a message was not delivered. No text of these errors holds an address or a secret.

Exception
└── DeliveryError
    ├── RefusedError      another attempt would be refused like this one
    └── UnreachedError    a later attempt may succeed
"""


class DeliveryError(Exception):
    """A message was not delivered."""


class RefusedError(DeliveryError):
    """The receiver rejects it: the channel's address or secret needs fixing."""


class UnreachedError(DeliveryError):
    """The receiver cannot be reached or is busy; it may have asked for `retry_after_s`."""

    def __init__(self, problem: str, retry_after_s: float | None = None) -> None:
        super().__init__(problem)
        self.retry_after_s = retry_after_s
