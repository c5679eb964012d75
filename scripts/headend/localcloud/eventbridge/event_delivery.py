"""Deliveries that are tried again: EventBridge's and Scheduler's retry policies and dead-letter queues.

Sources: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from headend.localcloud.iam.senders import Sender
from headend.localcloud.service_calls import DeliveryError, send_to_queue
from headend.localcloud.timers import Timers

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

MAX_RETRY_ATTEMPTS = 185
MAX_EVENT_AGE = 86_400
LONGEST_DELAY = 600.0
"""Seconds between attempts at most. AWS publishes no figure: with this one 185 retries take about the 24 hours."""


@dataclass(frozen=True)
class Policy:
    """How often and how long (seconds) a delivery is tried."""

    attempts: int = MAX_RETRY_ATTEMPTS
    age: float = MAX_EVENT_AGE

    @classmethod
    def of(cls, target: Mapping[str, Any]) -> Policy:
        """The policy of a target."""
        policy = target.get("RetryPolicy") or {}
        return cls(
            int(policy.get("MaximumRetryAttempts", MAX_RETRY_ATTEMPTS)),
            float(policy.get("MaximumEventAgeInSeconds", MAX_EVENT_AGE)),
        )


@dataclass(frozen=True)
class Delivery:
    """Something to deliver. `attempt(number of retries before)` raises DeliveryError.

    Then one of: `done()`; `gave_up(error, retries, exhausted)` with the condition that ended the retries, or "" for an
    error that no retry helps. `failed()` is told of each failed attempt.
    """

    name: str
    policy: Policy
    attempt: Callable[[int], None]
    done: Callable[[], None]
    failed: Callable[[], None]
    gave_up: Callable[[DeliveryError, int, str], None]


def begin(cloud: LocalCloudServer, delivery: Delivery) -> None:
    """Try on a worker, and again until the delivery is done or given up."""
    since = cloud.clock.time()
    cloud.part(Timers).soon(delivery.name, lambda: _try(cloud, delivery, 0, since))


def _try(cloud: LocalCloudServer, delivery: Delivery, retries: int, since: float) -> None:
    try:
        delivery.attempt(retries)
    except DeliveryError as error:
        delivery.failed()
        delay = _delay(retries)
        if not error.retryable:
            delivery.gave_up(error, retries, "")
        elif retries >= delivery.policy.attempts:
            delivery.gave_up(error, retries, "MaximumRetryAttempts")
        elif cloud.clock.time() + delay - since > delivery.policy.age:
            delivery.gave_up(error, retries, "MaximumEventAgeInSeconds")
        else:
            cloud.part(Timers).after(delay, delivery.name, lambda: _try(cloud, delivery, retries + 1, since))
    else:
        delivery.done()


def _delay(retries: int) -> float:
    """Exponential back-off with jitter."""
    return random.uniform(0.5, 1.0) * min(2.0**retries, LONGEST_DELAY)  # noqa: S311 - jitter


def send_dead_letter(
    cloud: LocalCloudServer, queue: str, body: str, attributes: Mapping[str, str], *, sender: Sender
) -> None:
    """Put what could not be delivered on a queue. Raises DeliveryError."""
    shaped = {name: {"DataType": "String", "StringValue": text} for name, text in attributes.items() if text}
    send_to_queue(cloud, queue, body, shaped, sender=sender)
