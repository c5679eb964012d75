"""What a Distributed Map needs: to start its own machine, to read its items, to write its results.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from headend.asl import integrations
from headend.asl.iam import arguments, arns, encryption
from headend.asl.iam.arguments import Arguments
from headend.asl.iam.arns import Resource
from headend.asl.iam.policy import Conditions, Grant
from headend.asl.iam.settings import Settings
from headend.asl.model import State

PAGE = "https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html"
_BUCKET = "arn:{partition}:s3:::{Bucket}"
_KEY = "arn:{partition}:s3:::{Bucket}/{Key}"


def needs(state: State, settings: Settings) -> Iterator[Grant]:
    """The grants of a Map state; none of an inline one, whose states run in the execution itself."""
    if not any(machine.mode == "DISTRIBUTED" for machine in state.machines):
        return
    yield Grant("states:StartExecution", settings.machine, purpose="to start a child for each batch", source=PAGE)
    executions = settings.arn("states", f"execution:{settings.name}:*")
    named = "an execution's name exists only at run time"
    for action in ("states:DescribeExecution", "states:StopExecution"):
        yield Grant(action, executions, why=named, purpose="to follow and stop its children", source=PAGE)
    if settings.redrive:
        runs = settings.arn("states", f"execution:{settings.name}/*:*")
        yield Grant("states:RedriveExecution", runs, why=named, purpose="to redrive its children", source=PAGE)
    yield from _reader(state, settings)
    yield from _writer(state, settings)


def _reader(state: State, settings: Settings) -> Iterator[Grant]:
    reader = state.fields.get("ItemReader")
    if not isinstance(reader, dict):
        return
    called = integrations.parse(str(reader.get("Resource", "")))
    given = _given(reader, state)
    purpose = "to read its items"
    if called.action == "listObjectsV2":
        prefix = given.text("Prefix") if given.fields is not None else None
        conditions: Conditions = (("StringEquals", "s3:prefix", (prefix,)),) if prefix else ()
        for one in arns.fill(_BUCKET, given, settings):
            yield Grant("s3:ListBucket", one.arn, conditions, one.why, purpose, PAGE)
        config = reader.get("ReaderConfig")
        if isinstance(config, dict) and config.get("Transformation") == "LOAD_AND_FLATTEN":
            form = f"{_BUCKET}/{{Prefix=}}*"
            for one in arns.fill(form, given, settings):
                why = one.why or "the objects are listed at run time"
                yield Grant("s3:GetObject", one.arn, (), why, purpose, PAGE)
    elif called.action == "getObject":
        versioned = "s3:GetObjectVersion" if given.fields is not None and given.has("VersionId") else "s3:GetObject"
        yield from _objects(versioned, arns.fill(_KEY, given, settings), settings, purpose)
        config = reader.get("ReaderConfig")
        kind = config.get("InputType") if isinstance(config, dict) else None
        if kind == "MANIFEST":
            inventory = [
                Resource(f"{one.arn}/*", "the manifest names the files") for one in arns.fill(_BUCKET, given, settings)
            ]
            yield from _objects("s3:GetObject", inventory, settings, purpose)


def _writer(state: State, settings: Settings) -> Iterator[Grant]:
    writer = state.fields.get("ResultWriter")
    if not isinstance(writer, dict) or "Resource" not in writer:
        return
    given = _given(writer, state)
    prefix = given.text("Prefix") if given.fields is not None else None
    form = f"{_BUCKET}/{prefix.rstrip('/')}/*" if prefix else f"{_BUCKET}/*"
    found = [Resource(one.arn, one.why or "the map run names its files") for one in arns.fill(form, given, settings)]
    for action in ("s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"):
        yield from _objects(action, found, settings, "to write its results")


def _objects(action: str, found: list[Resource], settings: Settings, purpose: str) -> Iterator[Grant]:
    for one in found:
        yield Grant(action, one.arn, (), one.why, purpose, PAGE)
        yield from encryption.of(action, one.arn, settings)


def _given(part: Mapping[str, Any], state: State) -> Arguments:
    return arguments.wrap(part.get("Arguments" if state.jsonata else "Parameters"), state.jsonata)
