"""Who is told what happened: the queue to all reporters, channels, the vendor's words beside ours.

Belongs here: order, patience with slow listeners, what is told and when. Never: what is true, which
is judged before, nor message formats, which belong to the reporters.
"""
