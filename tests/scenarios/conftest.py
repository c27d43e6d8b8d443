from processes import standin
from sinks import mailbox, sink

__all__ = ["mailbox", "sink", "standin"]
