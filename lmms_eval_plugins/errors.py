"""Errors that a user can act on."""


class UserError(Exception):
    """Something the user gave is wrong; the message is one line: what is wrong, where, and what to do.

    The command line prints it without a traceback (``--debug`` shows one) and exits non-zero.
    """
