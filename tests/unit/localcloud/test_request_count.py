"""Counting what the local cloud is asked."""

from __future__ import annotations

from headend.localcloud.request_count import RequestCount


def test_requests_are_counted_by_service_and_operation() -> None:
    count = RequestCount()
    count.add("states", {"HTTP_X_AMZ_TARGET": "AWSStepFunctions.StartExecution", "REQUEST_METHOD": "POST"})
    count.add("states", {"HTTP_X_AMZ_TARGET": "AWSStepFunctions.StartExecution", "REQUEST_METHOD": "POST"})
    count.add("monitoring", {"PATH_INFO": "/service/GraniteServiceVersion20100801/operation/GetMetricData"})
    count.add("mediaconnect", {"PATH_INFO": "/v1/flows/x", "REQUEST_METHOD": "GET"})
    count.add("", {"PATH_INFO": "/", "REQUEST_METHOD": "GET"})
    assert count.by_operation() == {
        "mediaconnect GET": 1,
        "monitoring GetMetricData": 1,
        "states StartExecution": 2,
        "unsigned GET": 1,
    }
