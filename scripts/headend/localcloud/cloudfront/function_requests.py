"""CloudFront functions as the API keeps them: a development and a live stage, each with its ETag.

Adds to moto: UpdateFunction, PublishFunction, TestFunction, stages, If-Match, functions in use, sizes.

Sources: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/managing-functions.html
https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_PublishFunction.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from headend.localcloud.clock import iso
from headend.localcloud.cloudfront.errors import CloudFrontError
from headend.localcloud.cloudfront.function_runtime import FunctionError, Store, run
from headend.localcloud.cloudfront.key_value_stores import KeyValueStores
from headend.localcloud.cloudfront.records import (
    Config,
    LiveFunction,
    backend,
    check_match,
    collection,
    distributions,
    items,
)

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

Parameters = Mapping[str, Any]
CODE_BYTES = 10 * 1024
FUNCTIONS = 100
"""Quotas. Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"""
LIVE, DEVELOPMENT = "LIVE", "DEVELOPMENT"


class FunctionRequests:
    """The operations on functions."""

    def __init__(self, cloud: LocalCloudServer, stores: KeyValueStores) -> None:
        self._cloud = cloud
        self._stores = stores

    def operations(self) -> Iterator[tuple[str, Callable[[Parameters], Config]]]:
        """(operation, handler) of each."""
        yield "CreateFunction", self.create
        yield "DescribeFunction", self.describe
        yield "GetFunction", self.get
        yield "UpdateFunction", self.update
        yield "PublishFunction", self.publish
        yield "TestFunction", self.test
        yield "DeleteFunction", self.delete
        yield "ListFunctions", self.list_all

    def create(self, given: Parameters) -> Config:
        """Create a function in the development stage; its name must be new."""
        name, code = given["Name"], _code(given)
        if name in self._kept():
            raise CloudFrontError("FunctionAlreadyExists", f"A function with the name {name} already exists.")
        if len(self._kept()) >= FUNCTIONS:
            raise CloudFrontError("TooManyFunctions", f"An account has at most {FUNCTIONS} functions.")
        config = self._checked(given["FunctionConfig"], code)
        account = self._cloud.account_id
        function = self._kept()[name] = LiveFunction(name, config, code, self._cloud.clock.now(), account)
        backend(account).tagger.tag_resource(function.arn, items(given.get("Tags")))
        location = f"https://cloudfront.amazonaws.com/2020-05-31/function/{name}"
        return {"FunctionSummary": self._summary(function, DEVELOPMENT), "ETag": function.etag, "Location": location}

    def describe(self, given: Parameters) -> Config:
        """One stage of a function, development unless said otherwise."""
        function, stage = self._staged(given)
        return {"FunctionSummary": self._summary(function, stage), "ETag": _etag(function, stage)}

    def get(self, given: Parameters) -> Config:
        """A stage's code."""
        function, stage = self._staged(given)
        code = function.live[0] if stage == LIVE and function.live else function.code
        return {"FunctionCode": code, "ETag": _etag(function, stage), "ContentType": "application/octet-stream"}

    def update(self, given: Parameters) -> Config:
        """Change the development stage; what is live stays as it is."""
        function, code = self._named(given["Name"]), _code(given)
        check_match(function.etag, given.get("IfMatch"))
        config = self._checked(given["FunctionConfig"], code)
        function.code = code
        function.change(config, self._cloud.clock.now())
        return {"FunctionSummary": self._summary(function, DEVELOPMENT), "ETag": function.etag}

    def publish(self, given: Parameters) -> Config:
        """Copy the development stage to the live one, which distributions run."""
        function = self._named(given["Name"])
        check_match(function.etag, given.get("IfMatch"))
        function.live = (function.code, dict(function.config), function.etag, self._cloud.clock.now())
        return {"FunctionSummary": self._summary(function, LIVE)}

    def test(self, given: Parameters) -> Config:
        """Run a stage on an event object, as the edge would, without an origin.

        Source: https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/test-function.html
        """
        function = self._named(given["Name"])
        stage = given.get("Stage") or DEVELOPMENT
        check_match(_etag(function, stage), given.get("IfMatch"))
        code, config = function.code, function.config
        if stage == LIVE and function.live:
            code, config = function.live[:2]
        event = given["EventObject"]
        try:
            event = json.loads(event.decode() if isinstance(event, bytes) else event)
        except ValueError as error:
            raise CloudFrontError("InvalidArgument", f"The event object is not JSON: {error}") from error
        try:
            outcome = run(code.decode(), event, self.stores(config))
            kind = "response" if "statusCode" in outcome.value else "request"
            output, message, logs = json.dumps({kind: outcome.value}), "", outcome.logs
        except FunctionError as failure:
            output, message, logs = "", str(failure), failure.logs
        return {
            "TestResult": {
                "FunctionSummary": self._summary(function, stage),
                "ComputeUtilization": "1",
                "FunctionExecutionLogs": logs,
                "FunctionErrorMessage": message,
                "FunctionOutput": output,
            }
        }

    def delete(self, given: Parameters) -> Config:
        """Delete a function that no distribution runs."""
        function = self._named(given["Name"])
        check_match(function.etag, given.get("IfMatch"))
        for one in distributions(self._cloud.account_id).values():
            for behavior in [one.config["DefaultCacheBehavior"], *items(one.config.get("CacheBehaviors"))]:
                used = [each["FunctionARN"] for each in items(behavior.get("FunctionAssociations"))]
                if function.arn in used:
                    raise CloudFrontError(
                        "FunctionInUse", f"The function {function.name} is associated with the distribution {one.id}."
                    )
        del self._kept()[function.name]
        return {}

    def list_all(self, given: Parameters) -> Config:
        """All functions of a stage; without one, of both."""
        stages = [given["Stage"]] if given.get("Stage") else [DEVELOPMENT, LIVE]
        found = [
            self._summary(function, stage)
            for function in self._kept().values()
            for stage in stages
            if stage == DEVELOPMENT or function.live
        ]
        return {"FunctionList": {"MaxItems": 100, "Quantity": len(found), "Items": found}}

    def published(self, arn: str) -> LiveFunction | None:
        """The function of an ARN, when it has a live stage."""
        found = next((one for one in list(self._kept().values()) if one.arn == arn), None)
        return found if found and found.live else None

    def stores(self, config: Config) -> dict[str, Store]:
        """The key-value stores that a function's configuration names, by the store's id."""
        found: dict[str, Store] = {}
        for one in items(config.get("KeyValueStoreAssociations")):
            store = self._stores.by_arn(one["KeyValueStoreARN"])
            if store:
                found[store.id] = Store(store.values, iso(store.created), iso(store.written))
        return found

    # Inside

    def _kept(self) -> dict[str, LiveFunction]:
        return collection(self._cloud.account_id, "functions")

    def _named(self, name: str) -> LiveFunction:
        function = self._kept().get(name)
        if function is None:
            raise CloudFrontError("NoSuchFunctionExists", f"The specified function does not exist: {name}")
        return function

    def _staged(self, given: Parameters) -> tuple[LiveFunction, str]:
        function, stage = self._named(given["Name"]), given.get("Stage") or DEVELOPMENT
        if stage == LIVE and not function.live:
            raise CloudFrontError("NoSuchFunctionExists", f"The specified function does not exist: {function.name}")
        return function, stage

    def _checked(self, given: Parameters, code: bytes) -> Config:
        if len(code) > CODE_BYTES:
            raise CloudFrontError("FunctionSizeLimitExceeded", f"A function has at most {CODE_BYTES} bytes.")
        config: Config = dict(given)
        associated = items(config.get("KeyValueStoreAssociations"))
        if associated and config["Runtime"] != "cloudfront-js-2.0":
            raise CloudFrontError("InvalidArgument", "Key value stores need the runtime cloudfront-js-2.0.")
        if len(associated) > 1:
            raise CloudFrontError("InvalidArgument", "A function has at most one key value store.")
        for one in associated:
            if self._stores.by_arn(one["KeyValueStoreARN"]) is None:
                raise CloudFrontError("EntityNotFound", f"No key value store: {one['KeyValueStoreARN']}")
        if not associated:
            config.pop("KeyValueStoreAssociations", None)
        return config

    def _summary(self, function: LiveFunction, stage: str) -> Config:
        config, modified = function.config, function.modified
        if stage == LIVE and function.live:
            _, config, _, modified = function.live
        return {
            "Name": function.name,
            "Status": "UNPUBLISHED" if not function.live or function.live[2] != function.etag else "UNASSOCIATED",
            "FunctionConfig": config,
            "FunctionMetadata": {
                "FunctionARN": function.arn,
                "Stage": stage,
                "CreatedTime": function.created,
                "LastModifiedTime": modified,
            },
        }


def _etag(function: LiveFunction, stage: str) -> str:
    return function.live[2] if stage == LIVE and function.live else function.etag


def _code(given: Parameters) -> bytes:
    code = given["FunctionCode"]
    return code.encode() if isinstance(code, str) else bytes(code)
