"""The commands: arguments in, exit statuses out, no logic.

Exit status 0 is success, 1 a failing target or expectation, 2 a wrong input, 3 a broken daemon.
Each command imports only what it needs: a container runs the health check every few seconds, which
must not load the daemon.
"""
