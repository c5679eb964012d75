"""A MediaLive channel that is on air is neither changed nor destroyed: MediaLive takes no change of one that runs.

A refused change fails the stack's update and rolls it back, half-way through an apply; and a channel that is deleted is
stopped first, which ends every player's session. So this is said before anything is done.
Source: https://docs.aws.amazon.com/medialive/latest/ug/editing-deleting-channel.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import botocore.exceptions

from headend.aws import Aws
from headend.errors import HeadendError, UsageError, one_line
from headend.state import Resource

STACK = "aws_cloudformation_stack"
CHANNEL = "AWS::MediaLive::Channel"
OFF_AIR = frozenset({"IDLE", "DELETING", "DELETED", "CREATE_FAILED", "UPDATE_FAILED"})


@dataclass(frozen=True)
class Channel:
    """A channel: its id, its Region, and where it stands in the configuration."""

    id: str
    region: str
    address: str


def changed(plan: Mapping[str, Any]) -> list[Channel]:
    """The channels that a plan (`terraform show -json`) changes, replaces or destroys."""
    found: list[Channel] = []
    for item in plan.get("resource_changes", []):
        actions = set(item["change"]["actions"])
        if item["type"] == STACK and actions & {"update", "delete"}:
            found += _channel(item["change"].get("before") or {}, item["address"])
    return found


def held(resources: Iterable[Resource]) -> list[Channel]:
    """The channels in a state."""
    return [one for item in resources if item.type == STACK for one in _channel(item.attributes, item.address)]


def require_off_air(channels: Iterable[Channel], aws: Aws, env: str, done: str) -> None:
    """Raise UsageError, one line for each channel that is on air. `done` is what would be: changed, destroyed."""
    lines = []
    regions = set()
    for channel in channels:
        state = _state(channel, aws)
        if state not in OFF_AIR:
            regions.add(channel.region)
            lines.append(
                f"channel {channel.id} in {channel.region} is {state} and would be {done}, which MediaLive does not do "
                f"on air; `headend live stop --env {env} --region {channel.region}` moves viewers away and stops it "
                f"({channel.address})"
            )
    if len(regions) > 1:
        lines.append(f"both: `headend live stop --env {env}` ends the programme in all Regions")
    if lines:
        raise UsageError("\n".join(lines))


def _channel(attributes: Mapping[str, Any], address: str) -> Iterator[Channel]:
    identifier = (attributes.get("outputs") or {}).get("ChannelId")
    parts = str(attributes.get("id") or "").split(":")
    if identifier and len(parts) > 3 and CHANNEL in str(attributes.get("template_body")):
        yield Channel(str(identifier), parts[3], address)


def _state(channel: Channel, aws: Aws) -> str:
    client = aws.client("medialive", channel.region)
    try:
        return str(client.describe_channel(ChannelId=channel.id)["State"])
    except client.exceptions.NotFoundException:
        return "DELETED"
    except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
        raise HeadendError(f"channel {channel.id} in {channel.region}: {one_line(error)}") from None
