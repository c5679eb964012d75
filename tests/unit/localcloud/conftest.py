"""The local cloud in this process, for the tests beside this file."""

from running_cloud import REGION, RunningCloud, cloud, package, until

__all__ = ["REGION", "RunningCloud", "cloud", "package", "until"]
