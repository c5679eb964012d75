"""The local cloud in this process, for the tests beside this file."""

from running_cloud import cloud

__all__ = ["cloud"]
