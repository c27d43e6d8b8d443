from open_journal import journal

__all__ = ["journal"]
