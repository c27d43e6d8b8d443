from open_journal import journal
from sinks import mailbox, sink

__all__ = ["journal", "mailbox", "sink"]
