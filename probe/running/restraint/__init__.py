"""What keeps us from asking: waits that were asked for, refused credentials, spent budgets.

Belongs here: every limit that politeness sets to a run that is due. Never: runs that overlap or
come too late, which are the cycle's and the schedule's, nor what a run showed.
"""
