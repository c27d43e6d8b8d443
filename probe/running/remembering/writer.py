"""The one thread that may use the journal, and that nobody has to wait for at the end."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


class Writer(Executor):
    """Calls one after the other, in order.

    Python waits for the threads of a ThreadPoolExecutor before it ends; one that is stuck in a
    disk that hangs would outlast every SIGTERM. This one is a daemon thread.
    """

    def __init__(self) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: Thread | None = None

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Call `fn` after all that was submitted before."""
        future: Future[T] = Future()
        self._jobs.put(partial(_settle, future, partial(fn, *args, **kwargs)))
        if self._thread is None:
            self._thread = Thread(target=self._work, name="journal", daemon=True)
            self._thread.start()
        return future

    def end(self, within_s: float) -> bool:
        """Take nothing more; whether all that was submitted was done within `within_s`."""
        if self._thread is None:
            return True
        self._jobs.put(None)
        self._thread.join(within_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()


def _settle(future: Future[T], call: Callable[[], T]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = call()
    except BaseException as error:  # noqa: BLE001 - handed to the awaiting side
        future.set_exception(error)
    else:
        future.set_result(result)
