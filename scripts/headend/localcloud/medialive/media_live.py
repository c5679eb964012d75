"""MediaLive's operations over moto's back end: states over time, conflicts, schedules, tags, events and refusals.

Sources: https://docs.aws.amazon.com/medialive/latest/apireference/resources.html (operations, errors),
https://docs.aws.amazon.com/medialive/latest/ug/monitor-activity-types-channel.html (states)
"""

from __future__ import annotations

import copy
import random
import re
import threading
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from moto.medialive.models import medialive_backends

from headend.errors import HeadendError
from headend.localcloud.app import LocalCloudServer
from headend.localcloud.cloudcontrol.model_problems import Problem, known, operation_model, problems
from headend.localcloud.cloudcontrol.rest_json import ServiceError, respond
from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.iam.identity import Identity
from headend.localcloud.iam.policy_evaluation import Principal
from headend.localcloud.mediaconnect.media_connect import MediaConnect, MediaConnectError
from headend.localcloud.medialive import channel_events, managed_outputs, schedule
from headend.localcloud.medialive.channel_model import (
    CHANNEL_FIELDS,
    INPUT_FIELDS,
    PULLED_TYPES,
    LiveChannel,
    LiveInput,
    LiveSecurityGroup,
)
from headend.localcloud.medialive.channel_plane import ChannelPlane
from headend.localcloud.medialive.channel_rules import channel_problems, input_problems, whitelist_problems
from headend.localcloud.timers import Timers

CREATING_SECONDS = 0.5
STARTING_SECONDS = 2.0
STOPPING_SECONDS = 1.0
UPDATING_SECONDS = 0.5
DELETING_SECONDS = 0.3
"""AWS takes seconds for most of these, and up to minutes to start."""
KEPT_DELETED = 100
"""How many deleted channels and inputs of a Region are still described, as DELETED."""
SERVICE = "medialive.amazonaws.com"
FLOW_ACTIONS = ("mediaconnect:ManagedDescribeFlow", "mediaconnect:ManagedAddOutput")
"""What an input's role needs on each of its flows.

Source: https://docs.aws.amazon.com/medialive/latest/ug/trusted-entity-requirements.html
"""

Json = dict[str, Any]


class MediaLive:
    """MediaLive of all Regions. `call` runs one operation; parameters and answers have the API reference's names.

    `plane` is told when channels start, stop and pause.
    """

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._lock = threading.RLock()
        self._deleted: dict[str, dict[str, LiveChannel | LiveInput]] = {}
        self._telling = threading.Lock()
        self._told: deque[tuple[str, Callable[[], None]]] = deque()
        self.plane = ChannelPlane()

    def call(self, operation: str, region: str, parameters: Json) -> Json:
        """Run `operation` (`CreateChannel`, …). Raises ServiceError, or NotImplementedError for an unknown one."""
        method: Callable[[str, Json], Json] | None = getattr(self, f"_{_snake(operation)}", None)
        if method is None or operation not in OPERATIONS:
            raise NotImplementedError(f"MediaLive's {operation} is not implemented")
        shape = operation_model("medialive", operation).input_shape
        found = list(problems(shape, parameters, wire=True))
        if found:
            raise _bad("; ".join(str(one) for one in found))
        with self._lock:
            return method(region, known(shape, parameters))

    def channels(self) -> Iterator[LiveChannel]:
        """All channels of all Regions."""
        with self._lock:
            for _, _, backend in list(medialive_backends.iter_backends()):
                yield from list(backend._channels.values())

    def channel(self, region: str, identifier: str) -> LiveChannel:
        """The channel with this id. Raises ServiceError NotFoundException."""
        found = self._backend(region)._channels.get(identifier)
        if not isinstance(found, LiveChannel):
            raise _missing("Channel", identifier)
        return found

    def input(self, region: str, identifier: str) -> LiveInput:
        """The input with this id. Raises ServiceError NotFoundException."""
        found = self._backend(region)._inputs.get(identifier)
        if not isinstance(found, LiveInput):
            raise _missing("Input", identifier)
        return found

    def principal(self, channel: LiveChannel) -> Principal:
        """As whom a channel writes to its destinations.

        Raises AccessDenied when its role does not trust MediaLive, HeadendError when it has none.
        """
        role = channel.settings.get("RoleArn")
        if not role:
            raise HeadendError(f"channel {channel.id} has no role to write with: give it a RoleArn")
        return self._cloud.part(Identity).assume(role, SERVICE, source_arn=channel.arn)

    def feeds(self, channel: LiveChannel) -> list[str]:
        """The ARNs of the flows that the active input takes (the first one before the channel runs), by pipeline."""
        with self._lock:
            for one in channel.attachments:
                if channel.active_input in ("", one.get("InputAttachmentName")):
                    held = self._inputs(channel.region).get(str(one.get("InputId")))
                    flows = (held.settings.get("MediaConnectFlows") or []) if held else []
                    return [str(flow["FlowArn"]) for flow in flows][: len(channel.pipelines)]
        return []

    def alert(self, channel: LiveChannel, kind: str, pipeline: str, message: str, *, is_set: bool) -> None:
        """Set or clear an alert on a pipeline (`0`, `1`); nothing happens when it is so already."""
        with self._lock:
            key = f"{kind}/{pipeline}"
            held = channel.alerts.get(key)
            if is_set == bool(held and held["State"] == "SET"):
                return
            now = self._cloud.clock.now()
            if is_set:
                held = channel.alerts[key] = {
                    "AlertType": kind,
                    "Id": uuid.uuid4().hex,
                    "Message": message,
                    "PipelineId": pipeline,
                    "SetTimestamp": now,
                    "State": "SET",
                }
            else:
                held = channel.alerts[key]
                held |= {"State": "CLEARED", "ClearedTimestamp": now}
            detail = channel_events.alert(channel, held["Id"], kind, pipeline, message, is_set=is_set)
            self._publish(channel, channel_events.ALERT, detail)

    # Channels

    def _create_channel(self, region: str, request: Json) -> Json:
        _refuse(channel_problems(request, self._inputs(region)))
        self._check_free(region, request["InputAttachments"])
        if request.get("DryRun"):
            return {"Channel": LiveChannel(self._cloud.account_id, region, "0", request).describe()}
        channel = LiveChannel(self._cloud.account_id, region, self._new_id(region), request)
        self._backend(region)._channels[channel.id] = channel
        self._attach(channel)
        self._enter(channel, "CREATING", CREATING_SECONDS, lambda: self._show(channel, "IDLE", "CREATED"))
        return {"Channel": channel.describe()}

    def _describe_channel(self, region: str, request: Json) -> Json:
        identifier = request["ChannelId"]
        gone = self._deleted.get(region, {}).get(f"channel {identifier}")
        return gone.describe() if gone else self.channel(region, identifier).describe()

    def _list_channels(self, region: str, request: Json) -> Json:
        return _page("Channels", [one.summary() for one in self._backend(region)._channels.values()], request)

    def _update_channel(self, region: str, request: Json) -> Json:
        channel = self._idle(region, request, "update")
        changed = {**channel.settings, **{name: request[name] for name in CHANNEL_FIELDS if name in request}}
        asked = {**changed, "ChannelClass": channel.channel_class}
        _refuse(channel_problems(asked, self._inputs(region)))
        self._check_free(region, asked["InputAttachments"], channel)
        if not request.get("DryRun"):
            self._detach(channel)
            channel.settings = changed
            channel.name = changed.get("Name") or ""
            self._attach(channel)
        return {"Channel": channel.describe()}

    def _update_channel_class(self, region: str, request: Json) -> Json:
        channel = self._idle(region, request, "change the class of")
        destinations = request.get("Destinations") or channel.settings["Destinations"]
        asked = {**channel.settings, "Destinations": destinations, "ChannelClass": request["ChannelClass"]}
        _refuse(channel_problems(asked, self._inputs(region)))
        channel.settings["Destinations"] = destinations
        channel.channel_class = request["ChannelClass"]
        self._enter(channel, "UPDATING", UPDATING_SECONDS, lambda: self._become(channel, "IDLE"))
        return {"Channel": channel.describe()}

    def _delete_channel(self, region: str, request: Json) -> Json:
        channel = self._idle(region, request, "delete")
        self._enter(channel, "DELETING", DELETING_SECONDS, lambda: self._remove_channel(channel))
        return channel.describe()

    def _start_channel(self, region: str, request: Json) -> Json:
        channel = self._idle(region, request, "start")
        channel.paused = frozenset()
        channel.active_input = str(channel.attachments[0].get("InputAttachmentName") or "")
        channel.active_action = ""
        self._touch_flows(channel)
        self._show(channel, "STARTING", "STARTING")
        self._enter(channel, "STARTING", STARTING_SECONDS, lambda: self._started(channel))
        return channel.describe()

    def _stop_channel(self, region: str, request: Json) -> Json:
        channel = self.channel(region, request["ChannelId"])
        if channel.state != "RUNNING":
            raise _conflict(f"Channel {channel.id} is {channel.state}: only a channel that is RUNNING can be stopped.")
        self._show(channel, "STOPPING", "STOPPING")
        self._enter(channel, "STOPPING", STOPPING_SECONDS, lambda: self._stopped(channel))
        return channel.describe()

    def _list_alerts(self, region: str, request: Json) -> Json:
        channel = self.channel(region, request["ChannelId"])
        wanted = request.get("StateFilter")
        alerts = [dict(one) for one in channel.alerts.values() if wanted in (None, one["State"])]
        return _page("Alerts", alerts, request)

    # Schedules

    def _batch_update_schedule(self, region: str, request: Json) -> Json:
        channel = self.channel(region, request["ChannelId"])
        creates = copy.deepcopy((request.get("Creates") or {}).get("ScheduleActions") or [])
        deletes = (request.get("Deletes") or {}).get("ActionNames") or []
        now = self._cloud.clock.now()
        _refuse(schedule.batch_problems(channel, creates, deletes, now))
        deleted = [action for action in channel.actions if action["ActionName"] in deletes]
        channel.actions = [action for action in channel.actions if action["ActionName"] not in deletes] + creates
        timers = self._cloud.part(Timers)
        for action in creates:
            start = schedule.start_of(action)
            if schedule.is_immediate(action):
                self._act(channel, action)
            elif start:
                timers.at(start.timestamp(), f"schedule of channel {channel.id}", partial(self._due, channel, action))
        answer: Json = {"Creates": {"ScheduleActions": creates}, "Deletes": {"ScheduleActions": deleted}}
        return answer

    def _describe_schedule(self, region: str, request: Json) -> Json:
        return _page("ScheduleActions", copy.deepcopy(self.channel(region, request["ChannelId"]).actions), request)

    def _delete_schedule(self, region: str, request: Json) -> Json:
        channel = self._idle(region, request, "delete the schedule of")
        channel.actions = []
        return {}

    def _due(self, channel: LiveChannel, action: Json) -> None:
        with self._lock:
            if channel.state == "RUNNING" and any(one is action for one in channel.actions):
                self._act(channel, action)

    def _act(self, channel: LiveChannel, action: Json) -> None:
        paused = schedule.paused_by(action)
        if paused is not None:
            channel.paused = paused
            shown = ", ".join(sorted(paused)) or "none"
            self._note(channel, f"{channel.name}: paused pipelines: {shown}", paused=sorted(paused))
            self._tell("pause", lambda: self.plane.pipelines_paused(channel, paused))
        attachment = schedule.input_of(action)
        if attachment:
            channel.active_input, channel.active_action = attachment, str(action["ActionName"])
            self._note(channel, f"{channel.name}: takes {attachment}", input=attachment)
            for pipeline in channel.pipelines:
                detail = channel_events.input_change(channel, pipeline)
                self._publish(channel, channel_events.INPUT_CHANGE, detail)

    # Inputs and security groups

    def _create_input(self, region: str, request: Json) -> Json:
        self._check_input(region, request, str(request.get("Type")))
        made = LiveInput(self._cloud.account_id, region, self._new_id(region), request)
        self._backend(region)._inputs[made.id] = made
        managed_outputs.follow(self._cloud.part(MediaConnect), made)
        self._enter(made, "CREATING", CREATING_SECONDS, lambda: self._settle_input(made))
        return {"Input": made.describe()}

    def _describe_input(self, region: str, request: Json) -> Json:
        identifier = request["InputId"]
        gone = self._deleted.get(region, {}).get(f"input {identifier}")
        return gone.describe() if gone else self.input(region, identifier).describe()

    def _list_inputs(self, region: str, request: Json) -> Json:
        return _page("Inputs", [one.describe() for one in self._backend(region)._inputs.values()], request)

    def _update_input(self, region: str, request: Json) -> Json:
        held = self.input(region, request["InputId"])
        busy = [one for one in held.attached if self.channel(region, one).state not in ("IDLE", "CREATING")]
        if busy:
            raise _conflict(f"Input {held.id} cannot be updated: channel {busy[0]} is not idle.")
        changed = {**held.settings, **{name: request[name] for name in INPUT_FIELDS if name in request}}
        self._check_input(region, {**changed, "Vpc": held.vpc}, held.type)
        held.settings = changed
        held.name = changed.get("Name") or ""
        managed_outputs.follow(self._cloud.part(MediaConnect), held)
        return {"Input": held.describe()}

    def _delete_input(self, region: str, request: Json) -> Json:
        held = self.input(region, request["InputId"])
        if held.attached:
            raise _conflict(f"Input {held.id} is attached to channel {held.attached[0]}: detach it, or delete that.")
        self._enter(held, "DELETING", DELETING_SECONDS, lambda: self._remove_input(held))
        return {}

    def _create_input_security_group(self, region: str, request: Json) -> Json:
        _refuse_bad(whitelist_problems(request.get("WhitelistRules") or []))
        made = LiveSecurityGroup(self._cloud.account_id, region, self._new_id(region), request)
        self._security_groups(region)[made.id] = made
        return {"SecurityGroup": self._described(made)}

    def _describe_input_security_group(self, region: str, request: Json) -> Json:
        return self._described(self._group(region, request))

    def _list_input_security_groups(self, region: str, request: Json) -> Json:
        held = self._security_groups(region).values()
        return _page("InputSecurityGroups", [self._described(one) for one in held], request)

    def _update_input_security_group(self, region: str, request: Json) -> Json:
        group = self._group(region, request)
        if "WhitelistRules" in request:
            _refuse_bad(whitelist_problems(request["WhitelistRules"]))
            group.rules = list(request["WhitelistRules"])
        if "Tags" in request:
            group.tags = dict(request["Tags"])
        return {"SecurityGroup": self._described(group)}

    def _delete_input_security_group(self, region: str, request: Json) -> Json:
        group = self._group(region, request)
        users = self._users(group)
        if users:
            raise _bad(f"Input security group {group.id} is in use by input {users[0]}.")
        del self._security_groups(region)[group.id]
        return {}

    # Tags

    def _list_tags_for_resource(self, region: str, request: Json) -> Json:
        return {"Tags": dict(self._tagged(region, request["ResourceArn"]).tags)}

    def _create_tags(self, region: str, request: Json) -> Json:
        self._tagged(region, request["ResourceArn"]).tags.update(request.get("Tags") or {})
        return {}

    def _delete_tags(self, region: str, request: Json) -> Json:
        tags = self._tagged(region, request["ResourceArn"]).tags
        for key in request["TagKeys"]:
            tags.pop(key, None)
        return {}

    def _tagged(self, region: str, arn: str) -> LiveChannel | LiveInput | LiveSecurityGroup:
        backend = self._backend(region)
        for held in (backend._channels, backend._inputs, self._security_groups(region)):
            for one in held.values():
                if one.arn == arn:
                    found: LiveChannel | LiveInput | LiveSecurityGroup = one
                    return found
        raise _missing("Resource", arn)

    # States

    def _enter(self, held: LiveChannel | LiveInput, state: str, seconds: float, then: Callable[[], None]) -> None:
        """Be in `state` for so long, then do `then`, on a thread of its own and without the lock."""
        held.state = state

        def over() -> None:
            if held.state == state:
                then()

        self._cloud.part(Timers).after(seconds, f"medialive {held.id} {state}", over)

    def _become(self, channel: LiveChannel, state: str) -> None:
        with self._lock:
            channel.state = state

    def _show(self, channel: LiveChannel, state: str, event: str) -> None:
        """The channel comes to `state`, which is told as `event`."""
        with self._lock:
            previous, channel.state = channel.state, state
            self._note(channel, f"{channel.name}: {previous} → {state}", **{"from": previous, "to": state})
            self._publish(channel, channel_events.STATE_CHANGE, channel_events.state_change(channel, event))

    def _started(self, channel: LiveChannel) -> None:
        with self._lock:  # whoever sees it RUNNING and pauses it is told of after this
            self._show(channel, "RUNNING", "RUNNING")
            self._tell("start", lambda: self.plane.channel_started(channel))

    def _stopped(self, channel: LiveChannel) -> None:
        self._tell("stop", lambda: self.plane.channel_stopped(channel))
        self._tell("stopped", lambda: self._idle_again(channel))

    def _idle_again(self, channel: LiveChannel) -> None:
        with self._lock:
            channel.paused = frozenset()
            self._touch_flows(channel)
            self._show(channel, "IDLE", "STOPPED")

    def _tell(self, what: str, call: Callable[[], None]) -> None:
        """Tell the media plane, one call after the other in the order of events, without the lock."""
        self._told.append((what, call))
        self._cloud.part(Timers).soon(f"media plane {what}", self._tell_next)

    def _tell_next(self) -> None:
        with self._telling:
            what, call = self._told.popleft()
            try:
                call()
            except Exception as error:  # noqa: BLE001 - pictures that fail change no state
                self._cloud.report(f"media plane {what}", error)

    def _remove_channel(self, channel: LiveChannel) -> None:
        with self._lock:
            self._detach(channel)
            self._backend(channel.region)._channels.pop(channel.id, None)
            self._show(channel, "DELETED", "DELETED")
            self._keep(channel.region, f"channel {channel.id}", channel)

    def _remove_input(self, held: LiveInput) -> None:
        with self._lock:
            held.state = "DELETED"
            managed_outputs.follow(self._cloud.part(MediaConnect), held)
            self._backend(held.region)._inputs.pop(held.id, None)
            self._keep(held.region, f"input {held.id}", held)

    def _keep(self, region: str, key: str, gone: LiveChannel | LiveInput) -> None:
        held = self._deleted.setdefault(region, {})
        held[key] = gone
        while len(held) > KEPT_DELETED:
            del held[next(iter(held))]

    def _attach(self, channel: LiveChannel) -> None:
        for one in channel.attachments:
            held = self.input(channel.region, one["InputId"])
            held.attached = sorted({*held.attached, channel.id})
            self._settle_input(held)

    def _detach(self, channel: LiveChannel) -> None:
        for held in self._inputs(channel.region).values():
            if channel.id in held.attached:
                held.attached.remove(channel.id)
                self._settle_input(held)

    def _check_free(self, region: str, attachments: list[Json], channel: LiveChannel | None = None) -> None:
        """An input that is pushed to MediaLive belongs to one channel."""
        for one in attachments:
            held = self.input(region, one["InputId"])
            others = [name for name in held.attached if channel is None or name != channel.id]
            if others and held.type not in PULLED_TYPES:
                raise _conflict(f"inputId={held.id} is already attached")

    def _settle_input(self, held: LiveInput) -> None:
        with self._lock:
            if held.state not in ("DELETING", "DELETED"):
                held.state = "ATTACHED" if held.attached else "DETACHED"

    def _touch_flows(self, channel: LiveChannel) -> None:
        """MediaLive changes the outputs of the flows that it takes: those on air pass through UPDATING."""
        media = self._cloud.part(MediaConnect)
        for one in channel.attachments:
            held = self._inputs(channel.region).get(str(one.get("InputId")))
            for flow in (held.settings.get("MediaConnectFlows") or []) if held else []:
                managed_outputs.touch(media, channel.region, flow["FlowArn"])

    def _note(self, channel: LiveChannel, summary: str, **detail: Any) -> None:
        known = {"channel_id": channel.id, "channel_name": channel.name, **detail}
        self._cloud.timeline.record("channel-state", channel.region, channel.arn, summary, **known)

    def _publish(self, channel: LiveChannel, kind: str, detail: Json) -> None:
        self._cloud.publish(channel.region, channel_events.SOURCE, kind, [channel.arn], detail)

    # Inside

    def _backend(self, region: str) -> Any:
        backends = medialive_backends[self._cloud.account_id]
        if region not in backends:
            raise NotImplementedError(f"MediaLive is not available in {region}")
        return backends[region]

    def _inputs(self, region: str) -> dict[str, LiveInput]:
        held: dict[str, LiveInput] = self._backend(region)._inputs
        return held

    def _security_groups(self, region: str) -> dict[str, LiveSecurityGroup]:
        """They are kept in moto's back end, which has none of its own, so that the inventory knows them."""
        held: dict[str, LiveSecurityGroup] = vars(self._backend(region)).setdefault("input_security_groups", {})
        return held

    def _group(self, region: str, request: Json) -> LiveSecurityGroup:
        identifier = request["InputSecurityGroupId"]
        found = self._security_groups(region).get(identifier)
        if found is None:
            raise _missing("Input security group", identifier)
        return found

    def _users(self, group: LiveSecurityGroup) -> list[str]:
        held = self._inputs(group.region).values()
        return [one.id for one in held if group.id in one.settings.get("InputSecurityGroups", [])]

    def _described(self, group: LiveSecurityGroup) -> Json:
        return group.describe(self._users(group))

    def _idle(self, region: str, request: Json, verb: str) -> LiveChannel:
        channel = self.channel(region, request["ChannelId"])
        if channel.state != "IDLE":
            raise _conflict(f"Cannot {verb} channel {channel.id}: it is {channel.state}, and has to be IDLE.")
        return channel

    def _check_input(self, region: str, asked: Json, kind: str) -> None:
        _refuse_bad(input_problems(asked, kind, self._security_groups(region), self._zone))
        if kind == "MEDIACONNECT":
            self._check_flows(region, asked)

    def _check_flows(self, region: str, asked: Json) -> None:
        identity = self._cloud.part(Identity)
        source = f"arn:aws:medialive:{region}:{self._cloud.account_id}:input:*"
        try:
            role = identity.assume(asked["RoleArn"], SERVICE, source_arn=source)
            for flow in asked["MediaConnectFlows"]:
                for action in FLOW_ACTIONS:
                    identity.authorise(role, action, flow["FlowArn"])
        except AccessDenied as error:
            raise _bad(f"MediaLive cannot take the flows in the role {asked['RoleArn']}: {error}") from error

    def _zone(self, arn: str) -> str | None:
        try:
            flow = self._cloud.part(MediaConnect).flow(arn.split(":")[3], arn)
        except (IndexError, MediaConnectError, NotImplementedError):
            return None
        return str(flow.availability_zone)

    def _new_id(self, region: str) -> str:
        backend = self._backend(region)
        while True:
            made = str(random.randint(1_000_000, 9_999_999))  # noqa: S311 - a name, no secret
            if made not in {*backend._channels, *backend._inputs, *self._security_groups(region)}:
                return made


OPERATIONS = frozenset(
    {
        "BatchUpdateSchedule",
        "CreateChannel",
        "CreateInput",
        "CreateInputSecurityGroup",
        "CreateTags",
        "DeleteChannel",
        "DeleteInput",
        "DeleteInputSecurityGroup",
        "DeleteSchedule",
        "DeleteTags",
        "DescribeChannel",
        "DescribeInput",
        "DescribeInputSecurityGroup",
        "DescribeSchedule",
        "ListAlerts",
        "ListChannels",
        "ListInputSecurityGroups",
        "ListInputs",
        "ListTagsForResource",
        "StartChannel",
        "StopChannel",
        "UpdateChannel",
        "UpdateChannelClass",
        "UpdateInput",
        "UpdateInputSecurityGroup",
    }
)


def install(cloud: LocalCloudServer) -> None:
    """Put MediaLive in front of moto's."""
    service = MediaLive(cloud)
    cloud.provide(service)
    cloud.add_service("medialive", lambda request, region: respond("medialive", service.call, request, region))


def _snake(operation: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


def _page(name: str, items: list[Json], request: Json) -> Json:
    start = int(request.get("NextToken") or 0)
    size = int(request.get("MaxResults") or 20)
    token = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return {name: items[start : start + size], **token}


def _refuse(found: Iterator[Problem]) -> None:
    """Refuse what can be understood but not done: all problems at once, each with its place."""
    listed = list(found)
    if listed:
        errors = [{"elementPath": f"/{one.path}", "errorMessage": one.message} for one in listed]
        message = f"The request has {len(listed)} problem(s): " + "; ".join(str(one) for one in listed)
        raise ServiceError("UnprocessableEntityException", message, 422, validationErrors=errors)


def _refuse_bad(found: Iterator[Problem]) -> None:
    listed = [str(one) for one in found]
    if listed:
        raise _bad("; ".join(listed))


def _bad(message: str) -> ServiceError:
    return ServiceError("BadRequestException", message, 400)


def _conflict(message: str) -> ServiceError:
    return ServiceError("ConflictException", message, 409)


def _missing(kind: str, identifier: str) -> ServiceError:
    return ServiceError("NotFoundException", f"{kind} {identifier} not found.", 404)
