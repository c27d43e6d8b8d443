"""The one thread that may use the journal."""

from concurrent.futures import ThreadPoolExecutor, wait


class Writer(ThreadPoolExecutor):
    """Runs its calls one after the other, in order."""

    def __init__(self) -> None:
        super().__init__(1, thread_name_prefix="journal")

    def end(self, within_s: float) -> bool:
        """Accept nothing more; returns whether all calls were done within `within_s`."""
        last = self.submit(int)
        self.shutdown(wait=False)
        return last in wait([last], within_s).done
