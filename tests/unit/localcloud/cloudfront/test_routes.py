"""Which origins a request is sent to."""

from __future__ import annotations

from typing import Any

import pytest

from headend.localcloud.cloudfront.function_runtime import FunctionError
from headend.localcloud.cloudfront.origin_requests import read_seconds
from headend.localcloud.cloudfront.routes import HOST_HEADER, INLINE_CONTROL, chosen, configured


def origin(name: str) -> dict[str, Any]:
    return {
        "Id": name,
        "DomainName": f"{name}.s3.eu-west-1.amazonaws.com",
        "ConnectionAttempts": 3,
        "S3OriginConfig": {"OriginAccessIdentity": ""},
    }


CONFIG: dict[str, Any] = {
    "Origins": {"Items": [origin("a"), origin("b"), origin("c")]},
    "OriginGroups": {
        "Items": [
            {
                "Id": "g",
                "FailoverCriteria": {"StatusCodes": {"Items": [500, 503]}},
                "Members": {"Items": [{"OriginId": "b"}, {"OriginId": "a"}]},
            }
        ]
    },
}


def ids(calls: list[dict[str, Any]], target: str = "g") -> list[str]:
    return [one["Id"] for one in chosen(configured(CONFIG, target), CONFIG, calls).origins]


def test_a_target_is_an_origin_or_a_group() -> None:
    assert configured(CONFIG, "c").origins == (origin("c"),)
    assert ids([]) == ["b", "a"]
    assert configured(CONFIG, "g").codes == {500, 503}


def test_a_function_selects_an_origin_and_leaves_the_group() -> None:
    assert ids([{"select": "c", "overrides": {}}]) == ["c"]


def test_a_function_changes_the_first_origin_of_a_group_only() -> None:
    route = chosen(configured(CONFIG, "g"), CONFIG, [{"update": {"connectionAttempts": 1, "originPath": "/x"}}])
    assert [one["ConnectionAttempts"] for one in route.origins] == [1, 3]
    assert CONFIG["Origins"]["Items"][1]["ConnectionAttempts"] == 3, "the configuration stays as it is"


def test_a_function_gives_an_origin_of_s3_a_read_timeout() -> None:
    route = chosen(configured(CONFIG, "a"), CONFIG, [{"update": {"timeouts": {"readTimeout": 2}}}])
    assert (read_seconds(route.origins[0]), read_seconds(origin("a"))) == (2, 30)


def test_a_function_makes_a_group_with_settings_of_each_origin() -> None:
    given = {
        "originIds": [{"originId": "c", "originOverrides": {"hostHeader": "c.example.com"}}, "a"],
        "failoverCriteria": {"statusCodes": [404]},
    }
    route = chosen(configured(CONFIG, "g"), CONFIG, [{"group": given}])
    assert [(one["Id"], one.get(HOST_HEADER)) for one in route.origins] == [("c", "c.example.com"), ("a", None)]
    assert route.codes == {404}


def test_a_function_says_how_an_origin_is_signed_for() -> None:
    control = {"enabled": True, "signingBehavior": "always", "signingProtocol": "sigv4", "originType": "mediapackagev2"}
    route = chosen(configured(CONFIG, "a"), CONFIG, [{"update": {"originAccessControlConfig": control}}])
    assert route.origins[0][INLINE_CONTROL]["OriginAccessControlOriginType"] == "mediapackagev2"


@pytest.mark.parametrize(
    ("call", "says"),
    [
        ({"select": "x", "overrides": {}}, "no origin x"),
        ({"group": {"originIds": ["a"], "failoverCriteria": {"statusCodes": [500]}}}, "two originIds"),
        ({"group": {"originIds": ["a", "b"]}}, "statusCodes"),
        ({"group": {"originIds": ["a", "x"], "failoverCriteria": {"statusCodes": [500]}}}, "no origin x"),
        (
            {"group": {"originIds": ["a", "b"], "failoverCriteria": {"statusCodes": [500]}, "selectionCriteria": "x"}},
            "selectionCriteria",
        ),
        ({"select": "a", "overrides": {"timeouts": {"readTimeout": 1}}}, "origin overrides are"),
        ({"update": {"connectionAttempts": 4}}, "connectionAttempts must be 1 to 3"),
        ({"update": {"timeouts": {"connectionTimeout": 11}}}, "connectionTimeout must be 1 to 10"),
        ({"update": {"timeouts": {"readTimeout": 0}}}, "readTimeout must be 1 to 120"),
    ],
)
def test_what_a_function_cannot_choose(call: dict[str, Any], says: str) -> None:
    with pytest.raises(FunctionError, match=says):
        ids([call])
