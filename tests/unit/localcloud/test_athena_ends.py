"""A server that stops ends its queries."""

from __future__ import annotations

import threading

from running_cloud import REGION, RunningCloud, cloud, until

__all__ = ["cloud"]


def queries() -> list[str]:
    """The threads that run queries."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("query ")]


def test_no_query_outlives_the_server(cloud: RunningCloud) -> None:
    cloud.client("s3").create_bucket(Bucket="results", CreateBucketConfiguration={"LocationConstraint": REGION})
    numbers = ", ".join(f"(VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS t{number}(n)" for number in range(40))
    cloud.client("athena").start_query_execution(
        QueryString=f"SELECT count(*) FROM {numbers}", ResultConfiguration={"OutputLocation": "s3://results/"}
    )
    assert queries(), "it would take years"
    cloud.server.shutdown()
    assert until(lambda: not queries())
