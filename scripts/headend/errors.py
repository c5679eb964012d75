"""The errors that people see: one line each, with the remedy in it."""

from __future__ import annotations


class HeadendError(Exception):
    """A check or a run failed. The message is one line that says what to do; the command exits with 1."""

    exit_code = 1


class UsageError(HeadendError):
    """Wrong use or bad input: nothing was changed. The command exits with 2."""

    exit_code = 2


def one_line(error: object) -> str:
    """What an error says, on one line: AWS's and Terraform's have line breaks in them."""
    return " ".join(str(error).split())
