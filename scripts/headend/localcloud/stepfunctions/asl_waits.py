"""Wait states and the pauses of Retry, on the cloud's clock.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
"""

from __future__ import annotations

import random
from datetime import datetime
from typing import TYPE_CHECKING, Any

from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEventException
from moto.stepfunctions.parser.asl.component.common.retry.jitter_strategy_decl import JitterStrategy
from moto.stepfunctions.parser.asl.component.common.retry.retrier_outcome import RetrierOutcome

from headend.localcloud import moto_patches
from headend.localcloud.stepfunctions import asl_comparisons

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer
    from headend.localcloud.clock import Clock

ASL = f"{moto_patches.PARSER}.asl"
WAITS = f"{ASL}.component.state.wait.wait_function"
TIMESTAMP = f"{WAITS}.timestamp:Timestamp"
RETRIER = f"{ASL}.component.common.retry.retrier_decl:RetrierDecl"


def moment(text: Any) -> datetime | None:
    """The moment of a Timestamp, to the microsecond."""
    found = asl_comparisons.timestamp(text)
    return None if found is None else found[0].replace(microsecond=found[1] // 1000)


def pause_before(self: Any, attempt: int) -> float:
    """Seconds before the retry number `attempt`, counted from 0, of a retrier."""
    seconds = self.interval_seconds.seconds * self.backoff_rate.rate**attempt
    seconds = min(seconds, self.max_delay_seconds.max_delays_seconds)
    if self.jitter_strategy.jitter_strategy is JitterStrategy.FULL:
        return random.uniform(0, seconds)  # noqa: S311 - jitter
    return float(seconds)


def pause(clock: Clock, env: Any, seconds: float) -> None:
    """Let so many seconds of the clock pass, or until the execution is stopped."""
    due = clock.time() + seconds
    while env.is_running() and clock.time() < due:
        clock.wait(env.program_state_event, due - clock.time())


def apply(cloud: LocalCloudServer) -> None:
    """Put the waits in place of moto's."""

    def wait(_self: Any, env: Any, wait_seconds: float) -> None:
        pause(cloud.clock, env, wait_seconds)

    def seconds_until(self: Any, env: Any) -> float:
        self.string.eval(env=env)
        text = env.stack.pop()
        until = moment(text)
        if until is None:
            raise FailureEventException(self._create_failure_event(env, text))
        return until.timestamp() - cloud.clock.time()

    def retry(self: Any, env: Any) -> None:
        self.error_equals.eval(env)
        if not env.stack.pop():
            env.stack.append(RetrierOutcome.Skipped)
            return
        key = f"attempts-{self.heap_key}"
        attempt = env.heap.get(key, 0)
        if attempt >= self.max_attempts.attempts:
            env.stack.append(RetrierOutcome.Failed)
            return
        env.heap[key] = attempt + 1
        wait(self, env, pause_before(self, attempt))
        env.stack.append(RetrierOutcome.Executed)

    def from_text(text: str) -> datetime | None:
        return moment(text)

    moto_patches.replace(f"{WAITS}.wait_function:WaitFunction", "_wait_interval", wait)
    moto_patches.replace(TIMESTAMP, "_get_wait_seconds", seconds_until)
    moto_patches.replace(TIMESTAMP, "_from_timestamp_string", staticmethod(from_text))
    moto_patches.replace(RETRIER, "_eval_body", retry)
