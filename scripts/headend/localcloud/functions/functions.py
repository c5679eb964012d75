"""Lambda: functions really run, in processes of their own, with logs, metrics, versions and asynchronous invocation.

Sources: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
"""

from __future__ import annotations

import base64
import json
import math
import time
import uuid
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from moto.awslambda.models import lambda_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.exceptions import JsonRESTError

from headend.localcloud import moto_patches
from headend.localcloud.clock import iso
from headend.localcloud.cloudwatch import embedded_metrics
from headend.localcloud.cloudwatch.platform_metrics import PlatformMetrics
from headend.localcloud.faults.faults import Faults
from headend.localcloud.functions import function_faults, function_platform
from headend.localcloud.functions.function_runtime import MAX_PROCESSES, Outcome, Package, Runtime
from headend.localcloud.iam.identity import Identity
from headend.localcloud.service_calls import DeliveryError, deliver
from headend.localcloud.workers import Workers

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

MODELS = "moto.awslambda.models"
ASYNC_DELAYS = (60.0, 120.0)
"""Seconds before the second and the third attempt of an asynchronous invocation."""
ASYNC_WORKERS = 16
SWEEP_SECONDS = 60.0


@dataclass(frozen=True)
class Invocation:
    """The answer to one invocation. `function_error` is Unhandled or None; `payload` is JSON text."""

    payload: str
    function_error: str | None
    executed_version: str
    log_tail: str
    request_id: str


class ThrottledError(Exception):
    """The function has no concurrency left."""


class Functions:
    """All functions of the local cloud."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._metrics = PlatformMetrics(cloud)
        self._async = Workers(cloud.clock, ASYNC_WORKERS, "async-invoke")
        readers = partial(cloud.spawn, counts=False)
        self.runtime = Runtime(
            cloud.state_dir / "functions",
            cloud.endpoint,
            readers,
            cloud.part(Identity).session,
            cloud.calling,
            lambda: "" if cloud.clock.real else str(cloud.clock_file.path),
        )

    def find(self, region: str, name: str, qualifier: str | None = None) -> Any:
        """moto's function of a name, partial or full ARN, by version or alias. Raises moto's not-found errors."""
        return lambda_backends[self._cloud.account_id][region].get_function(name, qualifier)

    def invoke(self, region: str, name: str, payload: str | bytes, qualifier: str | None = None) -> Invocation:
        """Run a function and wait. Raises moto's not-found errors, ValueError (bad JSON) and ThrottledError."""
        function = self.find(region, name, qualifier)
        event = json.loads(payload) if payload else {}
        latest = self.find(region, function.function_name)
        reserved = latest.reserved_concurrency
        if reserved is not None and int(reserved) == 0:
            self._metrics.put(region, "AWS/Lambda", {"FunctionName": function.function_name}, Throttles=1)
            raise ThrottledError
        arn, alias = _invoked_arn(function, name, qualifier)
        package = _package(function, region)
        limit = MAX_PROCESSES if reserved is None else int(reserved)
        fails = self._cloud.part(Faults).of_function(region, package.name)
        wait = partial(self._cloud.clock.wait, self._cloud.stopping)
        failure = function_faults.failure(fails, package.memory_mb, wait) if fails else None
        outcome = self.runtime.invoke(package, event, arn, limit, failure)
        self._record(package, outcome, alias, arn)
        return Invocation(
            payload=outcome.payload,
            function_error="Unhandled" if outcome.error else None,
            executed_version=package.version,
            log_tail="\n".join(outcome.log)[-4096:],
            request_id=outcome.request_id,
        )

    def invoke_async(self, region: str, name: str, payload: str | bytes, qualifier: str | None = None) -> None:
        """Queue an event; it is tried up to three times, then goes to the on-failure destination."""
        self.find(region, name, qualifier)
        json.loads(payload or "{}")
        self._async.submit(self._attempt, region, name, payload, qualifier, 1)

    def close(self) -> None:
        """End all processes."""
        self._async.shutdown(wait=False, cancel_futures=True)
        self.runtime.close()

    def _attempt(self, region: str, name: str, payload: str | bytes, qualifier: str | None, attempt: int) -> None:
        try:
            function = self.find(region, name, qualifier)
            answer: Invocation | None = None
            try:
                answer = self.invoke(region, name, payload, qualifier)
            except ThrottledError:
                attempt = len(ASYNC_DELAYS) + 1
            config = self._async_config(region, function.function_name)
            if answer is not None and not answer.function_error:
                self._destination(function, config, "OnSuccess", "Success", payload, answer, attempt)
                return
            if attempt <= min(int(config.get("MaximumRetryAttempts", 2)), len(ASYNC_DELAYS)):
                delay = ASYNC_DELAYS[attempt - 1]

                def again() -> None:
                    if not self._cloud.clock.wait(self._cloud.stopping, delay):
                        self._attempt(region, name, payload, qualifier, attempt + 1)

                self._cloud.spawn(f"retry-{function.function_name}", again)
                return
            self._destination(function, config, "OnFailure", "RetriesExhausted", payload, answer, attempt)
            request_id = answer.request_id if answer else str(uuid.uuid4())
            failed = function_platform.error_of(answer.payload) if answer else None
            function_platform.send_dead_letter(self._cloud, function, payload, request_id, failed)
        except Exception as error:  # noqa: BLE001 - there is no caller left to tell
            self._cloud.report(f"asynchronous invocation of {name}", error)

    def _exists(self, package: Package) -> bool:
        try:
            self.find(package.region, package.name)
        except JsonRESTError:
            return False
        return True

    def _async_config(self, region: str, name: str) -> dict[str, Any]:
        configured = self.find(region, name).event_invoke_config
        return dict(configured[-1].config) if configured else {}

    def _destination(
        self,
        function: Any,
        config: dict[str, Any],
        kind: str,
        condition: str,
        payload: str | bytes,
        answer: Invocation | None,
        attempts: int,
    ) -> None:
        """Send the invocation record to the destination of `kind`, if there is one."""
        arn = (config.get("DestinationConfig") or {}).get(kind, {}).get("Destination")
        if not arn:
            return
        context: dict[str, Any] = {"statusCode": 200, "executedVersion": str(function.version)}
        if answer and answer.function_error:
            context["functionError"] = answer.function_error
        version_arn = function.function_arn
        if str(function.version) == "$LATEST":
            version_arn = f"{version_arn}:$LATEST"
        record = {
            "version": "1.0",
            "timestamp": iso(self._cloud.clock.now()),
            "requestContext": {
                "requestId": answer.request_id if answer else str(uuid.uuid4()),
                "functionArn": version_arn,
                "condition": condition,
                "approximateInvokeCount": attempts,
            },
            "requestPayload": json.loads(payload or "{}"),
            "responseContext": context,
            "responsePayload": json.loads(answer.payload) if answer else None,
        }
        sender = function_platform.sender_of(function.function_arn, function.role)
        try:
            deliver(self._cloud, arn, json.dumps(record), sender=sender)
        except DeliveryError as error:
            self._metrics.put(
                function.region, "AWS/Lambda", {"FunctionName": function.function_name}, DestinationDeliveryFailures=1
            )
            self._cloud.report(f"destination of {function.function_name}", error)

    def _record(self, package: Package, outcome: Outcome, alias: str | None, arn: str) -> None:
        """Write the log, the metrics and the timeline entry of one invocation."""
        now = self._cloud.clock.time()
        started = now - outcome.duration_ms / 1000
        lines = [*_frame(package, outcome)]
        stamped = [(started, line) for line in lines[:-2]] + [(now, line) for line in lines[-2:]]
        account = self._cloud.account_id
        exists = self._exists(package)  # a log group is not made again for a function that was deleted meanwhile
        written = function_platform.write_log(self._cloud, package, outcome.log_stream, stamped, exists=exists)
        if package.traced:
            function_platform.trace(self._cloud, package)
        for line in outcome.log if written else ():  # embedded metrics are read from the log
            for metrics in embedded_metrics.extract(line):
                cloudwatch_backends[account][package.region].put_metric_data(metrics.namespace, metrics.data)
        dimensions: list[dict[str, str]] = [{"FunctionName": package.name}]
        if alias:
            dimensions.append({"FunctionName": package.name, "Resource": f"{package.name}:{alias}"})
        errors = float(outcome.error)
        for names in dimensions:
            self._metrics.put(
                package.region, "AWS/Lambda", names, Invocations=1, Errors=errors, Duration=outcome.duration_ms
            )
        failed = json.loads(outcome.payload) if outcome.error else None
        cold = "" if outcome.init_ms is None else ", cold start"
        ending = f"failed with {failed.get('errorType')}: {failed.get('errorMessage')}" if failed else "ran"
        self._cloud.timeline.record(
            "function",
            package.region,
            arn,
            f"{package.name} {ending} ({outcome.duration_ms:.0f} ms{cold})",
            function=package.name,
            version=package.version,
            request_id=outcome.request_id,
            duration_ms=round(outcome.duration_ms, 1),
            init_ms=None if outcome.init_ms is None else round(outcome.init_ms, 1),
            error=failed,
        )


def _frame(package: Package, outcome: Outcome) -> list[str]:
    """The log lines of one invocation with the lines the platform puts around them."""
    billed = -(-outcome.duration_ms // 1)
    init = "" if outcome.init_ms is None else f"\tInit Duration: {outcome.init_ms:.2f} ms\t"
    first = [f"START RequestId: {outcome.request_id} Version: {package.version}"]
    if outcome.init_ms is not None:
        first.insert(0, "INIT_START Runtime Version: python:3.13 (local)")
    error = json.loads(outcome.payload) if outcome.error else {}
    middle = list(outcome.log)
    if error.get("errorType") in ("Sandbox.Timedout", "Runtime.ExitError", "Runtime.OutOfMemory"):
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
        middle.append(f"{stamp}Z {outcome.request_id} {error['errorMessage'].partition(' Error: ')[2]}")
    report = f"REPORT RequestId: {outcome.request_id}\tDuration: {outcome.duration_ms:.2f} ms\t"
    report += f"Billed Duration: {billed:.0f} ms\t"
    return [
        *first,
        *middle,
        f"END RequestId: {outcome.request_id}",
        f"{report}Memory Size: {package.memory_mb} MB\tMax Memory Used: {outcome.max_memory_mb} MB{init}",
    ]


def _package(function: Any, region: str) -> Package:
    return Package(
        name=function.function_name,
        version=str(function.version),
        handler=function.handler,
        code=function.code_bytes,
        code_sha=str(function.code_sha_256),
        region=region,
        memory_mb=int(function.memory_size),
        timeout=float(function.timeout),
        role=function.role,
        variables=dict(function.environment_vars or {}),
        traced=(function.tracing_config or {}).get("Mode") == "Active",
    )


def _invoked_arn(function: Any, name: str, qualifier: str | None) -> tuple[str, str | None]:
    """The ARN as the caller addressed the function, and the alias or version used, if any."""
    prefix, _, rest = function.function_arn.partition(":function:")
    bare = f"{prefix}:function:{rest.split(':')[0]}"
    tail = name.partition(":function:")[2] or name
    used = tail.partition(":")[2] or qualifier
    return (f"{bare}:{used}", used) if used else (bare, None)


def _error(status: int, kind: str, message: str) -> tuple[int, dict[str, str], str]:
    headers = {"status": str(status), "x-amzn-errortype": kind, "content-type": "application/json"}
    return status, headers, json.dumps({"Type": "User", "Message": message, "message": message})


def install(cloud: LocalCloudServer) -> None:
    """Run functions instead of asking Docker, and end processes whose function changed."""
    functions = Functions(cloud)
    cloud.provide(functions)

    def invoke(self: Any) -> tuple[int, dict[str, str], str | bytes]:
        """POST /2015-03-31/functions/NAME/invocations."""
        name = unquote(self.path.rsplit("/", 2)[-2])
        qualifier = self._get_param("Qualifier") or self._get_param("qualifier")
        kind = self.headers.get("X-Amz-Invocation-Type") or "RequestResponse"
        body = self.body or "{}"
        try:
            function = functions.find(self.region, name, qualifier)
            json.loads(body)
            if kind == "DryRun":
                return 204, {"status": "204"}, ""
            if kind == "Event":
                functions.invoke_async(self.region, name, body, qualifier)
                return 202, {"status": "202"}, ""
            answer = functions.invoke(self.region, name, body, qualifier)
        except ThrottledError:
            return _error(429, "TooManyRequestsException", "Rate Exceeded.")
        except ValueError as error:
            return _error(400, "InvalidRequestContentException", f"Could not parse request body into json: {error}")
        headers = {"content-type": "application/json", "x-amz-executed-version": str(function.version)}
        if answer.function_error:
            headers["x-amz-function-error"] = answer.function_error
        if self.headers.get("X-Amz-Log-Type") == "Tail":
            headers["x-amz-log-result"] = base64.b64encode(answer.log_tail.encode()).decode()
        return 200, headers, answer.payload

    def invoke_from_service(self: Any, body: str, _request_headers: Any, response_headers: Any) -> str | bytes:
        """How moto's own services call a function: the event of a queue, a stream, a log subscription."""
        answer = functions.invoke(self.region, self.function_arn, body or "{}")
        if answer.function_error:
            response_headers["x-amz-function-error"] = answer.function_error
        return answer.payload

    def put_event_invoke_config(self: Any, function_name: str, config: dict[str, Any]) -> Any:
        """moto appends and then answers with the first: keep the newest."""
        function = self.get_function(function_name)
        del function.event_invoke_config[:]
        return moto_patches.original(f"{MODELS}:LambdaBackend", "put_function_event_invoke_config")(
            self, function_name, config
        )

    def delete_function(self: Any, function_name: str, qualifier: str | None = None) -> None:
        function = self.get_function(function_name)
        moto_patches.original(f"{MODELS}:LambdaBackend", "delete_function")(self, function_name, qualifier)
        functions.runtime.retire(function.function_name, self.region_name)

    moto_patches.replace("moto.awslambda.responses:LambdaResponse", "invoke", invoke)
    moto_patches.replace(f"{MODELS}:LambdaFunction", "invoke", invoke_from_service)
    moto_patches.replace(f"{MODELS}:LambdaBackend", "put_function_event_invoke_config", put_event_invoke_config)
    moto_patches.replace(f"{MODELS}:LambdaBackend", "delete_function", delete_function)
    cloud.every(SWEEP_SECONDS, "function-sweep", functions.runtime.sweep, lambda: math.inf)

    cloud.at_the_end(functions.close)
