"""What is sent: a step's request filled with the run's values, its form, its cookies.

Belongs here: everything about how we ask, including where a redirect leads. Never: how the request
travels, and what its answer means.
"""
