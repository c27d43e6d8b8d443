"""A text that must not be shown."""

from typing import Final

MASK: Final = "***"


class Secret:
    """A text that prints as `***` everywhere; `reveal()` is the only way to the value.

    `source` says where it came from, such as `${env:KEY}`, and may be shown. `parts` are the
    secrets that it was put together from, none if it is a single one.
    """

    __slots__ = ("_value", "parts", "source")

    def __init__(self, value: str, source: str = "", parts: tuple[str, ...] = ()) -> None:
        self._value = value
        self.source = source
        self.parts = parts

    def reveal(self) -> str:
        """The value itself, for sending and nothing else."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret('{MASK}')"

    def __str__(self) -> str:
        return MASK

    def __format__(self, spec: str) -> str:
        return format(MASK, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.reveal() == self._value

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret cannot be pickled")


def reveal(text: str | Secret) -> str:
    """The text itself, whether secret or not."""
    return text.reveal() if isinstance(text, Secret) else text
