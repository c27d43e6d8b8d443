"""What keeps us from asking: waits that were asked for, refused credentials, spent budgets.

Belongs here: every reason why a run that is due does not start. Never: what a run showed.
"""
