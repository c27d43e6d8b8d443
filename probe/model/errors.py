"""The error that a person can do something about."""


class UserError(Exception):
    """Wrong input, or a place that cannot be used: a command prints it and exits with status 2.

    Its text is a sentence that names the place and what to do.
    """
