"""What differs between a configured Cloud Control resource and the live one, and what a repair makes of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.drift_compare import HIDDEN, Comparison, Rules, compare
from headend.localcloud.cloudcontrol.registry import schema_of

FLOW = "AWS::MediaConnect::Flow"
CONFIGURED: dict[str, Any] = {
    "Name": "live-studio-a",
    "Source": {
        "Name": "primary",
        "Description": "Contribution feed",
        "Protocol": "srt-listener",
        "IngestPort": 5000,
        "WhitelistCidr": "203.0.113.0/24",
    },
    "Tags": [{"Key": "Environment", "Value": "prod"}, {"Key": "Owner", "Value": "noc"}],
}
ADDED_BY_AWS = {
    "FlowArn": "arn:aws:mediaconnect:eu-west-1:123456789012:flow:1-a:live-studio-a",
    "EgressIp": "192.0.2.1",
}


def live(**source: Any) -> dict[str, Any]:
    """The flow as GetResource answers it, with what AWS adds, and `source` on top."""
    model: dict[str, Any] = json.loads(json.dumps({**CONFIGURED, **ADDED_BY_AWS, "AvailabilityZone": "eu-west-1a"}))
    model["Source"] |= {"SourceArn": "arn:source", "IngestIp": "192.0.2.2", "SourceIngestPort": "5000", **source}
    return model


def compared(there: dict[str, Any], configured: dict[str, Any] = CONFIGURED, **rules: Any) -> Comparison:
    schema = schema_of(FLOW, "eu-west-1")
    assert schema is not None
    return compare(configured, there, Rules(**{"schema": schema, "type_name": FLOW, **rules}))


def lines(found: Comparison) -> list[tuple[str, str, Any, Any]]:
    return [(item.path, item.kind, item.configured, item.live) for item in found.differences]


def test_what_aws_adds_by_itself_is_no_drift() -> None:
    there = live()
    found = compared(there)
    assert lines(found) == []
    assert found.restored == there


def test_a_changed_property_is_named_with_both_sides_and_put_back() -> None:
    found = compared(live(WhitelistCidr="0.0.0.0/0", IngestPort=5001))
    assert lines(found) == [
        ("Source.IngestPort", "changed", 5000, 5001),
        ("Source.WhitelistCidr", "changed", "203.0.113.0/24", "0.0.0.0/0"),
    ]
    assert found.restored == live()


def test_a_property_that_is_gone_is_removed_and_one_beyond_the_configuration_is_added() -> None:
    there = live()
    del there["Source"]["WhitelistCidr"]
    there["Source"]["Decryption"] = {"RoleArn": "arn:role", "SecretArn": "arn:secret"}
    found = compared(there)
    assert lines(found) == [
        ("Source.Decryption", "added", None, {"RoleArn": "arn:role", "SecretArn": "arn:secret"}),
        ("Source.WhitelistCidr", "removed", "203.0.113.0/24", None),
    ]
    assert found.restored == live()


def test_what_stood_there_after_the_apply_is_aws_own_until_it_changes() -> None:
    there = live(MinLatency=2000) | {"Maintenance": {"MaintenanceDay": "Monday", "MaintenanceStartHour": "02:00"}}
    assert lines(compared(there, before=there)) == []
    changed = live(MinLatency=200) | {"Maintenance": there["Maintenance"]}
    assert lines(compared(changed, before=there)) == [("Source.MinLatency", "added", None, 200)]


def test_who_may_send_is_drift_however_long_it_has_stood_there() -> None:
    configured = json.loads(json.dumps(CONFIGURED))
    del configured["Source"]["WhitelistCidr"]
    assert lines(compared(live(), configured, before=live())) == [
        ("Source.WhitelistCidr", "added", None, "203.0.113.0/24")
    ]


def test_the_order_of_tags_is_none_and_tags_of_aws_are_not_ours() -> None:
    there = live()
    there["Tags"] = [*reversed(there["Tags"]), {"Key": "aws:created", "Value": "x"}]
    found = compared(there)
    assert lines(found) == []
    assert found.restored == there


def test_tags_are_named_by_their_key() -> None:
    there = live()
    there["Tags"] = [{"Key": "Environment", "Value": "dev"}, {"Key": "Extra", "Value": "x"}]
    found = compared(there)
    assert lines(found) == [
        ("Tags[Environment].Value", "changed", "prod", "dev"),
        ("Tags[Extra]", "added", None, {"Key": "Extra", "Value": "x"}),
        ("Tags[Owner]", "removed", {"Key": "Owner", "Value": "noc"}, None),
    ]
    assert found.restored["Tags"] == CONFIGURED["Tags"]


def test_a_list_of_networks_has_no_order_and_each_of_its_entries_is_named() -> None:
    kind = "AWS::MediaConnect::FlowOutput"
    schema = schema_of(kind, "eu-west-1")
    assert schema is not None
    rules = Rules(schema, kind)
    configured = {"CidrAllowList": ["203.0.113.0/24", "198.51.100.0/24"]}
    assert compare(configured, {"CidrAllowList": ["198.51.100.0/24", "203.0.113.0/24"]}, rules).differences == []
    found = compare(configured, {"CidrAllowList": ["198.51.100.0/24", "0.0.0.0/0"]}, rules)
    assert lines(found) == [
        ("CidrAllowList[]", "removed", "203.0.113.0/24", None),
        ("CidrAllowList[]", "added", None, "0.0.0.0/0"),
    ]
    assert found.restored == configured


def test_an_ordered_list_of_another_type_is_compared_as_a_whole() -> None:
    rules = Rules({"properties": {"Steps": {"type": "array"}}}, "AWS::Other::Thing")
    found = compare({"Steps": [1, 2]}, {"Steps": [2, 1]}, rules)
    assert lines(found) == [("Steps", "changed", [1, 2], [2, 1])]


def test_an_object_in_an_ordered_list_is_compared_without_what_only_aws_says() -> None:
    """MediaPackage says the address of a manifest, which is read only."""
    kind = "AWS::MediaPackageV2::OriginEndpoint"
    schema = schema_of(kind, "eu-west-1")
    assert schema is not None
    configured = {"HlsManifests": [{"ManifestName": "index", "ManifestWindowSeconds": 60}]}
    there = {"HlsManifests": [{"ManifestName": "index", "ManifestWindowSeconds": 60, "Url": "https://example.com"}]}
    assert compare(configured, there, Rules(schema, kind)).differences == []
    there["HlsManifests"][0]["ManifestWindowSeconds"] = 30
    found = compare(configured, there, Rules(schema, kind))
    assert lines(found) == [("HlsManifests[0].ManifestWindowSeconds", "changed", 60, 30)]
    assert found.restored == {"HlsManifests": [{**there["HlsManifests"][0], "ManifestWindowSeconds": 60}]}


def test_a_vpc_interface_that_another_resource_manages_is_not_named_and_stays() -> None:
    there = live() | {"VpcInterfaces": [{"Name": "own"}, {"Name": "by-hand"}]}
    found = compared(there, elsewhere=frozenset({("VpcInterfaces", "own")}))
    assert lines(found) == [("VpcInterfaces[by-hand]", "added", None, {"Name": "by-hand"})]
    assert found.restored["VpcInterfaces"] == [{"Name": "own"}]


def test_what_cannot_be_changed_in_place_is_named_and_left_alone() -> None:
    there = live(Name="other")
    found = compared(there)
    assert [(item.path, item.in_place) for item in found.differences] == [("Source.Name", False)]
    assert found.restored == there


def test_a_default_of_the_schema_is_no_drift_on_either_side() -> None:
    key = {"RoleArn": "arn:role", "SecretArn": "arn:secret"}
    configured = json.loads(json.dumps(CONFIGURED))
    configured["Source"]["Decryption"] = key
    assert lines(compared(live(Decryption={**key, "KeyType": "static-key"}), configured)) == []
    configured["Source"]["Decryption"] = {**key, "KeyType": "static-key"}
    assert lines(compared(live(Decryption=key), configured)) == []


def test_a_policy_is_the_same_as_text_and_as_an_object() -> None:
    rules = Rules({"properties": {"Policy": {"type": ["object", "string"]}}}, "AWS::Other::Thing")
    policy = {"Statement": [{"Effect": "Allow"}]}
    assert compare({"Policy": json.dumps(policy)}, {"Policy": policy}, rules).differences == []
    assert compare({"Policy": json.dumps(policy, indent=2)}, {"Policy": json.dumps(policy)}, rules).differences == []


def test_what_aws_never_shows_is_not_compared() -> None:
    rules = Rules({"writeOnlyProperties": ["/properties/MasterPassword"]}, "AWS::Other::Thing")
    assert compare({"MasterPassword": "x"}, {}, rules).differences == []


@pytest.mark.parametrize(("first", "second"), [(5000, 5000.0), ({}, None), ([], ""), (None, {})])
def test_one_value_written_in_two_ways_is_no_drift(first: Any, second: Any) -> None:
    assert compare({"Value": first}, {"Value": second}, Rules({})).differences == []


@pytest.mark.parametrize(("first", "second"), [(1, True), (0, False), ("5000", 5000), (0, None)])
def test_values_of_two_kinds_are_two_values(first: Any, second: Any) -> None:
    assert len(compare({"Value": first}, {"Value": second}, Rules({})).differences) == 1


SECRET = "correct horse battery staple"


@pytest.mark.parametrize(
    ("configured", "there"),
    [
        ({"Password": SECRET}, {"Password": "x"}),
        ({}, {"Login": {"UserName": "u", "SrtPassphrase": SECRET}}),
        ({"Settings": json.dumps({"AuthToken": SECRET})}, {"Settings": "{}"}),
        ({"Logins": [{"Name": "a", "Password": SECRET}]}, {}),
    ],
)
def test_no_secret_is_shown(configured: dict[str, Any], there: dict[str, Any]) -> None:
    found = compare(configured, there, Rules({}))
    assert found.differences
    assert SECRET not in repr(found.differences)
    assert HIDDEN in repr(found.differences)


def test_nothing_of_a_sensitive_configuration_is_shown() -> None:
    found = compared(live(WhitelistCidr="0.0.0.0/0"), sensitive=True)
    assert lines(found) == [("Source.WhitelistCidr", "changed", HIDDEN, HIDDEN)]
    assert found.restored == live()


_names = st.sampled_from(["Name", "Key", "Tags", "Source", "Value", "CidrAllowList"])
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3),
    max_leaves=10,
)
_models = st.dictionaries(_names, _values, max_size=4)


@given(_models)
def test_a_resource_as_configured_has_no_drift(model: dict[str, Any]) -> None:
    found = compare(model, model, Rules({}, FLOW))
    assert found.differences == []
    assert found.restored == model


@given(_models, _models)
def test_what_is_put_back_has_no_drift_and_without_drift_nothing_is_put_back(
    configured: dict[str, Any], there: dict[str, Any]
) -> None:
    found = compare(configured, there, Rules({}, FLOW))
    assert compare(configured, found.restored, Rules({}, FLOW)).differences == []
    assert bool(found.differences) == (found.restored != there)
