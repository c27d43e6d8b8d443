"""The commands: arguments in, exit statuses out, no logic.

Exit status 0 is success, 1 a failing target or expectation, 2 a wrong input, 3 a broken daemon.
Each command imports what it needs: a container asks for its health every few seconds, and that
must not load the daemon.
"""
