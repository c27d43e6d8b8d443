"""The HTTP server: a status page for people, JSON for programs, routes for Prometheus.

It reads the board and judges nothing. Foreign text leaves here legible and inert, or not at all;
no page loads anything from another host.
"""
