"""The program inside a function's process: imports the handler once, then answers invocations until its input ends.

It runs as `python -I -S -u function_bootstrap.py` and may only use the standard library. Requests come as JSON lines on
file descriptor HEADEND_REQUESTS, answers go as JSON lines to HEADEND_ANSWERS; standard output and error are the log.
Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html and the runtime interface client for Python.
"""

from __future__ import annotations

import decimal
import importlib
import json
import logging
import os
import resource
import sys
import time
import traceback
from typing import Any, TextIO

END_OF_LOG = "\x1e"
"""Written to the log after each invocation, with the request id: everything the invocation printed is before it."""


class ClientContext:
    """What a mobile client sent along: never set here."""

    custom: Any = None
    env: Any = None
    client: Any = None


class CognitoIdentity:
    """The caller's Cognito identity: never set here."""

    cognito_identity_id: Any = None
    cognito_identity_pool_id: Any = None


class LambdaContext:
    """The second argument of a handler.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    def __init__(self, request_id: str, invoked_function_arn: str, deadline: float) -> None:
        self.aws_request_id = request_id
        self.invoked_function_arn = invoked_function_arn
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.client_context: ClientContext | None = None
        self.identity = CognitoIdentity()
        self.tenant_id: str | None = None
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function times out."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))

    def log(self, message: str) -> None:
        """Write to the function's log."""
        sys.stdout.write(message)


class RequestIdFilter(logging.Filter):
    """Gives each log record the id of the request that is being answered."""

    request_id = ""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True."""
        record.aws_request_id = self.request_id
        return True


class InitError(Exception):
    """The handler could not be loaded; `payload` is the error as the caller sees it."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.payload = {"errorMessage": message, "errorType": kind, "requestId": "", "stackTrace": []}


def encode(value: Any) -> Any:
    """Decimals as numbers; everything else JSON cannot hold is an error."""
    if isinstance(value, decimal.Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def load(name: str) -> Any:
    """The handler function that `module.function` names. Raises InitError."""
    module, _, function = name.rpartition(".")
    if not module:
        raise InitError("Runtime.MalformedHandlerName", f"Bad handler '{name}': not enough values to unpack")
    try:
        loaded = importlib.import_module(module.replace("/", "."))
    except ImportError as error:
        raise InitError("Runtime.ImportModuleError", f"Unable to import module '{module}': {error}") from error
    except SyntaxError as error:
        raise InitError("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module}': {error}") from error
    if not hasattr(loaded, function):
        raise InitError("Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{module}'")
    return getattr(loaded, function)


def failure(error: BaseException, request_id: str) -> dict[str, Any]:
    """An unhandled error as the caller sees it, without the frames of this file."""
    frames = traceback.extract_tb(error.__traceback__)[1:]
    root = os.environ["LAMBDA_TASK_ROOT"]
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request_id,
        "stackTrace": [text.replace(root, "/var/task") for text in traceback.format_list(frames)],
    }


def peak_memory_mb() -> int:
    """The most memory this program has used, in MB; what its starter used does not count, where /proc can tell."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - pathlib costs a cold start
            [peak] = [line.split()[1] for line in status if line.startswith("VmHWM:")]
    except (OSError, ValueError):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return int(peak) // 1024


def report(payload: dict[str, Any]) -> None:
    """Write an error to the log in the runtime's words."""
    text = f"[ERROR] {payload['errorType']}: {payload['errorMessage']}"
    if payload["stackTrace"]:
        text += "\nTraceback (most recent call last):\n" + "".join(payload["stackTrace"]).rstrip("\n")
    sys.stdout.write(text.replace("\n", "\r") + "\n")


def answer(handler: Any, request: dict[str, Any]) -> dict[str, Any]:
    """Run the handler: {"result": JSON text} or {"error": payload}."""
    request_id = request["request_id"]
    context = LambdaContext(request_id, request["invoked_function_arn"], request["deadline"])
    os.environ["_X_AMZN_TRACE_ID"] = request["trace_id"]
    try:
        result = handler(request["event"], context)
    except Exception as error:  # noqa: BLE001 - whatever the handler raises is the answer
        payload = failure(error, request_id)
        report(payload)
        return {"error": payload}
    try:
        return {"result": json.dumps(result, default=encode)}
    except (TypeError, ValueError) as error:
        message = f"Unable to marshal response: {error}"
        payload = {
            "errorMessage": message,
            "errorType": "Runtime.MarshalError",
            "requestId": request_id,
            "stackTrace": [],
        }
        report(payload)
        return {"error": payload}


class Clock:
    """The process's time: the machine's, until the local cloud's clock shows another."""

    def __init__(self) -> None:
        self._follows = False

    def follow(self, arguments: list[str]) -> None:
        """Follow the local cloud's clock from now on, if there are `arguments` for function_clock."""
        if self._follows or not arguments:
            return
        self._follows = True
        own = sys.path.copy()
        sys.path.append(os.path.dirname(__file__))  # noqa: PTH120 - pathlib costs a cold start
        try:
            function_clock = importlib.import_module("function_clock")
        finally:
            sys.path[:] = own
        function_clock.follow(*arguments)


def send(answers: TextIO, message: dict[str, Any]) -> None:
    """One line to the local cloud."""
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def main() -> None:
    """Load the handler, then answer line by line."""
    requests = os.fdopen(int(os.environ.pop("HEADEND_REQUESTS")), "r", encoding="utf-8")
    answers = os.fdopen(int(os.environ.pop("HEADEND_ANSWERS")), "w", encoding="utf-8")
    sys.path[:0] = json.loads(os.environ.pop("HEADEND_PATH"))
    clock = Clock()
    clock.follow(json.loads(os.environ.pop("HEADEND_CLOCK")))
    ids = RequestIdFilter()
    log_handler = logging.StreamHandler(sys.stdout)
    log_handler.setFormatter(
        logging.Formatter(
            "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s", "%Y-%m-%dT%H:%M:%S"
        )
    )
    logging.Formatter.converter = time.gmtime
    log_handler.addFilter(ids)
    logging.getLogger().addHandler(log_handler)
    started = time.monotonic()
    try:
        handler = load(os.environ["_HANDLER"])
    except Exception as error:  # noqa: BLE001 - whatever the module raises is the answer
        payload = error.payload if isinstance(error, InitError) else failure(error, "")
        report(payload)
        send(answers, {"init_error": payload})
        return
    send(answers, {"ready": True, "init_ms": (time.monotonic() - started) * 1000})
    for line in requests:
        request = json.loads(line)
        clock.follow(request["clock"])
        ids.request_id = request["request_id"]
        message = answer(handler, request)
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout.write(f"{END_OF_LOG}{request['request_id']}\n")
        sys.stdout.flush()
        message["max_memory_mb"] = peak_memory_mb()
        send(answers, message)


if __name__ == "__main__":
    main()
