"""The rules alone: without a cloud, and without knowing the inputs."""

from __future__ import annotations

import copy
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import live_channels
from headend.localcloud.cloudcontrol.model_problems import operation_model, problems
from headend.localcloud.medialive.channel_rules import channel_problems, whitelist_problems
from running_cloud import RunningCloud

NOWHERE = cast(RunningCloud, None)
GOOD = {
    kind: live_channels.channel(NOWHERE, "1", kind, RoleArn="arn:aws:iam::123456789012:role/live")
    for kind in ("hls", "cmaf")
}
SHAPE = operation_model("medialive", "CreateChannel").input_shape


def told(asked: dict[str, Any]) -> list[str]:
    return [one.path for one in [*problems(SHAPE, asked, wire=True), *channel_problems(asked, None)]]


@pytest.mark.parametrize("kind", ["hls", "cmaf"])
def test_a_good_channel_has_no_problems(kind: str) -> None:
    assert told(GOOD[kind]) == []


def test_inputs_are_looked_at_only_where_they_are_known() -> None:
    assert [one.path for one in channel_problems(GOOD["hls"], {})] == ["inputAttachments/0/inputId"]
    twice = copy.deepcopy(GOOD["hls"])
    twice["InputAttachments"] *= 2
    assert told(twice) == ["inputAttachments"], "names are looked at in any case"


@given(st.sampled_from(["hls", "cmaf"]), st.data())
def test_whatever_is_left_out_the_rules_say_so_or_pass(kind: str, data: st.DataObject) -> None:
    """No rule breaks on what another one finds missing."""
    asked = copy.deepcopy(GOOD[kind])
    at: Any = asked
    while True:
        key = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if not isinstance(at[key], dict | list) or not at[key] or data.draw(st.booleans()):
            del at[key]
            break
        at = at[key]
    if not list(problems(SHAPE, asked, wire=True)):
        list(channel_problems(asked, None))


@given(st.ip_addresses().map(str), st.text(max_size=20))
def test_whitelists_hold_addresses_and_networks(address: str, text: str) -> None:
    assert list(whitelist_problems([{"Cidr": address}])) == []
    assert list(whitelist_problems([{"Cidr": f"{text}!"}])) != []
