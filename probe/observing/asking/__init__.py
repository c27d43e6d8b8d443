"""What is sent: a step's request filled with the run's values, its form, its cookies.

Belongs here: everything that says how we ask, where a redirect leads included. Never: how the
request travels, and what its answer means.
"""
