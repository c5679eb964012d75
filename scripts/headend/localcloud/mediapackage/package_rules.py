"""What MediaPackage V2 refuses beyond what its model says: pairs of ValidationException's type and a message.

Source: https://docs.aws.amazon.com/mediapackage/latest/APIReference/API_CreateOriginEndpoint.html
https://docs.aws.amazon.com/mediapackage/latest/userguide/policies-permissions.html (policies)
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from headend.localcloud.mediapackage.package_model import HLS_KINDS, MANIFESTS, LivePackageChannel

Json = dict[str, Any]
Problem = tuple[str, str]


def channel_problems(request: Json, input_type: str) -> Iterator[Problem]:
    """What is wrong with a channel of an input type."""
    if input_type == "CMAF":
        return
    if request.get("OutputLockingMode"):
        yield "ONLY_CMAF_INPUT_TYPE_ALLOW_OUTPUT_LOCKING_MODE", "An output locking mode needs the input type CMAF."
    switch = request.get("InputSwitchConfiguration") or {}
    if switch.get("MQCSInputSwitching"):
        yield "ONLY_CMAF_INPUT_TYPE_ALLOW_MQCS_INPUT_SWITCHING", "Switching by MQCS needs the input type CMAF."
    if switch.get("PreferredInput"):
        yield "ONLY_CMAF_INPUT_TYPE_ALLOW_PREFERRED_INPUT_CONFIGURATION", "A preferred input needs the input type CMAF."
    if (request.get("OutputHeaderConfiguration") or {}).get("PublishMQCS"):
        yield "ONLY_CMAF_INPUT_TYPE_ALLOW_MQCS_OUTPUT_CONFIGURATION", "Publishing MQCS needs the input type CMAF."


def endpoint_problems(request: Json, channel: LivePackageChannel) -> Iterator[Problem]:
    """What is wrong with an origin endpoint of a channel."""
    errors = (request.get("ForceEndpointErrorConfiguration") or {}).get("EndpointErrorConditions") or []
    if errors and channel.input_type != "CMAF":
        message = "Forced endpoint errors need a channel of the input type CMAF."
        yield "ONLY_CMAF_INPUT_TYPE_ALLOW_FORCE_ENDPOINT_ERROR_CONFIGURATION", message
    elif errors and channel.locking != "EPOCH_LOCKED":
        message = "Forced endpoint errors need a channel that is EPOCH_LOCKED."
        yield "NON_EPOCH_LOCKED_WITH_FORCE_ENDPOINT_ERROR_CONFIGURATION", message
    if request.get("StreamNameOutputMode") and channel.input_type != "HLS":
        message = "A stream name output mode needs a channel of the input type HLS."
        yield "ONLY_HLS_INPUT_TYPE_ALLOW_STREAM_NAME_OUTPUT_MODE", message
    container = request["ContainerType"]
    given = [kind for kind in MANIFESTS if request.get(kind)]
    names = [one["ManifestName"] for kind in HLS_KINDS for one in request.get(kind) or []]
    for name, count in Counter(names).items():
        if count > 1:
            yield "MANIFEST_NAME_COLLISION", f"The manifest name {name} is used more than once."
    wrong = {
        ("TS", "DashManifests"): "TS_CONTAINER_TYPE_WITH_DASH_MANIFEST",
        ("TS", "MssManifests"): "TS_CONTAINER_TYPE_WITH_MSS_MANIFEST",
        ("CMAF", "MssManifests"): "CMAF_CONTAINER_TYPE_WITH_MSS_MANIFEST",
        ("ISM", "HlsManifests"): "ISM_CONTAINER_TYPE_WITH_HLS_MANIFEST",
        ("ISM", "LowLatencyHlsManifests"): "ISM_CONTAINER_TYPE_WITH_LL_HLS_MANIFEST",
        ("ISM", "DashManifests"): "ISM_CONTAINER_TYPE_WITH_DASH_MANIFEST",
    }
    for kind in given:
        if (container, kind) in wrong:
            yield wrong[container, kind], f"A container of type {container} does not go with {kind}."


def policy_problems(policy: str, arn: str) -> Iterator[Problem]:
    """What is wrong with the policy of a channel or an endpoint: it names exactly that, without wildcards."""
    try:
        document = json.loads(policy)
        statements = document["Statement"]
    except (ValueError, KeyError, TypeError):
        yield "INVALID_POLICY", "The policy is not a JSON document with statements."
        return
    for statement in [statements] if isinstance(statements, dict) else statements:
        resources = statement.get("Resource", [])
        for resource in [resources] if isinstance(resources, str) else resources:
            if resource != arn:
                yield "INVALID_POLICY", f"The policy names {resource}: it must name {arn}, without wildcards."
        if "Principal" not in statement:
            yield "INVALID_POLICY", "A statement of the policy names no principal."
