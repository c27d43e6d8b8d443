"""What keeps us from asking: requested waits, refused credentials, spent budgets.

Belongs here: every politeness limit on a run that is due. Never: runs that overlap or come too
late, which belong to the cycle and the schedule, nor what a run showed.
"""
