"""Who hears of what happened: everybody's queue, channels and their messages, the vendor beside us.

Belongs here: order, patience with slow listeners, what is told and when. Never: what is true, which
is judged before, nor a message's format, which is its reporter's.
"""
