from processes import standin

__all__ = ["standin"]
