"""How Lambda reports a function that does not come back: crashed, too slow, or out of memory.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html
https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Failure = Callable[[str, float], dict[str, Any]]
"""(request id, timeout in seconds) → what the process would have answered: {error, ends, …}."""

SIGNALS = {6: "aborted", 7: "bus error", 9: "killed", 11: "segmentation fault", 15: "terminated"}


def exit_text(code: int) -> str:
    """What Lambda says of a process that ended with a return code as subprocess gives it."""
    if code == 0:
        return "Runtime exited without providing a reason"
    if code > 0:
        return f"Runtime exited with error: exit status {code}"
    return f"Runtime exited with error: signal: {SIGNALS.get(-code, -code)}"


def error(kind: str, request_id: str, text: str) -> dict[str, Any]:
    """The answer of a process that has ended."""
    return {"error": {"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {text}"}, "ends": True}


def timed_out(request_id: str, timeout: float) -> dict[str, Any]:
    """The answer for a function that took longer than its `timeout` (seconds)."""
    return error("Sandbox.Timedout", request_id, f"Task timed out after {timeout:.2f} seconds")


def failure(kind: str, memory_mb: int, wait: Callable[[float], object]) -> Failure:
    """What happens instead of the handler: `kind` is crash, timeout or out-of-memory; `wait` lets seconds pass."""

    def fail(request_id: str, timeout: float) -> dict[str, Any]:
        match kind:
            case "timeout":
                wait(timeout)
                return {**timed_out(request_id, timeout), "duration_ms": timeout * 1000}
            case "out-of-memory":
                return {**error("Runtime.OutOfMemory", request_id, exit_text(-9)), "max_memory_mb": memory_mb}
            case _:
                return error("Runtime.ExitError", request_id, exit_text(1))

    return fail
