"""The function of live_delivery at the edge: whom it asks first, and that it fails open.

Run as it is committed, with settings as Terraform puts them in, by the local cloud's edge, which takes no more of
JavaScript than CloudFront's runtime 2.0 has.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from headend.localcloud.cloudfront.function_runtime import Outcome, Store, run

MODULE = Path(__file__).parents[2] / "modules" / "live_delivery"
CODE = (MODULE / "functions" / "choose_origin.js").read_text(encoding="utf-8")
PLACES = json.loads((MODULE / "regions.json").read_text(encoding="utf-8"))
FRANKFURT, VIRGINIA = "eu-central-1", "us-east-1"
CODES = [403, 404, 429, 500, 502, 503, 504]
AT_THE_SECOND = {"group": ["secondary", "primary"], "by": "default"}
GERMANY = {"country": "DE", "latitude": "52.52000", "longitude": "13.40500"}
OHIO = {"country": "US", "latitude": "39.96000", "longitude": "-83.00000"}


def settings(**changes: Any) -> dict[str, Any]:
    """The settings as choice.tf has them: Frankfurt is the primary, Virginia the secondary."""
    regions = {"primary": FRANKFURT, "secondary": VIRGINIA}
    origins = [{"id": name, "region": region, **PLACES[region]} for name, region in regions.items()]
    found = {
        "countries": {},
        "location": True,
        "origins": origins,
        "preferred": "auto",
        "quality": False,
        "read_timeout": None,
        "status_codes": CODES,
    }
    return found | changes


def viewed(place: Mapping[str, str]) -> dict[str, Any]:
    """A viewer's request from a place, as the edge shows it to the function."""
    headers = {f"cloudfront-viewer-{name}": {"value": value} for name, value in place.items()}
    return {
        "version": "1.0",
        "context": {"eventType": "viewer-request"},
        "viewer": {"ip": "192.0.2.1"},
        "request": {
            "method": "GET",
            "uri": "/live/index.m3u8",
            "querystring": {"m": {"value": "1"}},
            "headers": headers,
            "cookies": {},
        },
    }


def outcome(
    place: Mapping[str, str], said: str | None = None, store: Mapping[str, str] | None = None, **changes: Any
) -> Outcome:
    """What the function does with a viewer from a place. `said` is what the operator has said."""
    code = CODE.replace("__SETTINGS__", json.dumps(settings(**changes)))
    values = dict(store or {}) | ({} if said is None else {"preferred_region": said})
    return run(code, viewed(place), {"store": Store(values)})


def route(place: Mapping[str, str], said: str | None = None, **changes: Any) -> dict[str, Any]:
    """Where the request goes: {} is the origin group as it is configured, the primary first."""
    found = outcome(place, said, **changes)
    assert found.value == viewed(place)["request"], "the request itself is left as it is"
    if not found.origin:
        return {}
    [call] = found.origin
    if "update" in call:
        return {"update": call["update"]}
    group = call["group"]
    assert group["failoverCriteria"] == {"statusCodes": CODES}
    return {"group": [one["originId"] for one in group["originIds"]], "by": group["selectionCriteria"]}


def test_a_viewer_is_served_from_the_nearer_region_with_the_other_one_behind_it() -> None:
    assert route(GERMANY) == {}
    assert route(OHIO) == AT_THE_SECOND


@given(
    latitude=st.floats(-90, 90).map(lambda value: round(value, 5)),
    longitude=st.floats(-180, 180).map(lambda value: round(value, 5)),
)
def test_the_nearer_region_is_the_one_at_the_smaller_distance(latitude: float, longitude: float) -> None:
    distances = [distance(PLACES[region], latitude, longitude) for region in (FRANKFURT, VIRGINIA)]
    assume(abs(distances[0] - distances[1]) > 1)
    place = {"country": "ZZ", "latitude": str(latitude), "longitude": str(longitude)}
    assert route(place) == ({} if distances[0] < distances[1] else AT_THE_SECOND)


def distance(region: Mapping[str, float], latitude: float, longitude: float) -> float:
    """Kilometres between a Region and a place: haversine."""
    here, there = math.radians(latitude), math.radians(region["latitude"])
    apart = math.radians(longitude - region["longitude"])
    half = math.sin((here - there) / 2) ** 2 + math.cos(here) * math.cos(there) * math.sin(apart / 2) ** 2
    return 2 * 6371 * math.asin(min(1, math.sqrt(half)))


def test_a_country_goes_where_it_is_sent_whatever_the_distance() -> None:
    assert route(GERMANY, countries={"DE": VIRGINIA}) == AT_THE_SECOND
    assert route(OHIO, countries={"DE": VIRGINIA, "US": FRANKFURT}) == {}


def test_where_nothing_is_known_of_the_viewer_the_primary_is_asked_first() -> None:
    assert route({}) == {}
    assert route({"country": "US"}) == {}
    assert route({"latitude": "39.9", "longitude": "nowhere"}) == {}


def test_without_a_choice_by_location_the_primary_is_asked_first() -> None:
    assert route(OHIO, location=False) == {}
    places = [{"id": "primary", "region": "eu-west-9"}, {"id": "secondary", "region": VIRGINIA}]
    assert route(OHIO, location=False, origins=places) == {}


@pytest.mark.parametrize("place", [GERMANY, OHIO, {}])
def test_an_operator_s_word_goes_before_all(place: dict[str, str]) -> None:
    countries = {"DE": FRANKFURT, "US": FRANKFURT}
    assert route(place, VIRGINIA, countries=countries, preferred=FRANKFURT, quality=True) == AT_THE_SECOND
    assert route(place, FRANKFURT, countries={"DE": VIRGINIA}, preferred=VIRGINIA, quality=True) == {}


def test_auto_takes_an_operator_s_word_back() -> None:
    assert route(GERMANY, "auto") == {}
    assert route(OHIO, "auto") == AT_THE_SECOND
    assert route(GERMANY, "auto", preferred=VIRGINIA) == {}, "and stands above what was configured"


def test_as_long_as_nobody_has_said_anything_what_is_configured_holds() -> None:
    assert route(GERMANY, preferred=VIRGINIA) == AT_THE_SECOND
    assert route(OHIO, preferred=FRANKFURT) == {}


def test_a_region_that_is_no_origin_s_is_as_if_nothing_had_been_said() -> None:
    assert route(OHIO, "ap-south-1") == AT_THE_SECOND
    assert route(GERMANY, "") == {}


def test_media_quality_chooses_between_the_regions_with_the_nearer_one_as_the_first() -> None:
    assert route(GERMANY, quality=True) == {"group": ["primary", "secondary"], "by": "media-quality-score"}
    assert route(OHIO, "auto", quality=True) == {"group": ["secondary", "primary"], "by": "media-quality-score"}


def test_a_bucket_that_is_asked_first_is_waited_for_no_longer_than_configured() -> None:
    assert route(GERMANY, read_timeout=1) == {"update": {"timeouts": {"readTimeout": 1}}}
    assert route(OHIO, read_timeout=1) == AT_THE_SECOND


def test_without_a_store_viewers_are_served_and_the_log_says_why() -> None:
    code = CODE.replace("__SETTINGS__", json.dumps(settings()))
    found = run(code, viewed(OHIO), {})
    assert [one["originId"] for one in found.origin[0]["group"]["originIds"]] == ["secondary", "primary"]
    assert [line for line in found.logs if "preference not read" in line]


def test_an_absent_word_is_not_logged() -> None:
    assert outcome(OHIO).logs == []


@pytest.mark.parametrize("broken", [{"origins": None}, {"countries": None}, {"origins": []}, {"status_codes": None}])
def test_whatever_goes_wrong_the_request_goes_on_as_configured(broken: dict[str, Any]) -> None:
    found = outcome(OHIO, **broken)
    assert found.value == viewed(OHIO)["request"]
    assert found.origin == [] or broken == {"status_codes": None}


@given(
    st.dictionaries(st.sampled_from(["country", "latitude", "longitude"]), st.text(max_size=20)),
    st.none() | st.text(max_size=20),
)
def test_no_header_and_no_word_makes_it_fail(place: dict[str, str], said: str | None) -> None:
    assert route(place, said) in ({}, AT_THE_SECOND)


def test_the_table_has_every_region_that_media_live_runs_in_somewhere_on_the_globe() -> None:
    assert set(PLACES) >= set(botocore.session.Session().get_available_regions("medialive"))
    for region, place in PLACES.items():
        assert re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region)
        assert abs(place["latitude"]) <= 90
        assert abs(place["longitude"]) <= 180
