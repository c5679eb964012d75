"""What is done with a new object, and with an expectation. Both may come at any time, in any order, and again.

For an object: its latest values into the table, then its mark in the run's item. The mark is last, so a function that
dies before it has done nothing that the next attempt does not do again, and to do it again changes nothing. Whoever
finds a run complete publishes its metrics and answers its token, also on a repetition: the one that should have may
have died.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from processing import callback as callbacks
from processing import contents, keys
from processing.bucket import Bucket
from processing.callback import Callback
from processing.errors import ManifestInvalid, PublishFailed
from processing.events import ObjectCreated
from processing.expectations import Expectation, Expected
from processing.fleet import Fleet
from processing.runs import Done, Run, Runs
from processing.values import LatestValues

PROCESSED, INCOMPLETE, REPEATED, IGNORED = "processed", "incomplete", "repeated", "ignored"


@dataclass(frozen=True)
class Outcome:
    """What became of an object (`processed`, `incomplete`: it is not whole, `repeated`, `ignored`), and of its run.

    Attributes:
        answered: whether the run's execution was told that it is done: True, False (nobody waits), None (not yet).
    """

    what: str
    run_id: str | None = None
    datapoints: int = 0
    failure: str | None = None
    answered: bool | None = None


class Processor:
    """Processes objects of one bucket, for executions that wait.

    Args:
        clock: seconds since the epoch.
    """

    def __init__(
        self,
        bucket: Bucket,
        values: LatestValues,
        runs: Runs,
        fleet: Fleet,
        callback: Callback,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._bucket, self._values, self._runs = bucket, values, runs
        self._fleet, self._callback, self._clock = fleet, callback, clock

    def created(self, event: ObjectCreated) -> Outcome:
        """Process a new object. StorageFailed, StateStoreFailed, PublishFailed, CallbackFailed: try again."""
        key = keys.parse(event.key) if event.bucket == self._bucket.name else None
        if key is None:
            return Outcome(IGNORED)
        run = self._runs.get(key.run_id)
        known = run.done.get(key.key)
        if known and known.covers(event):
            return Outcome(REPEATED, key.run_id, known.datapoints, known.failure, self._settle(run))
        if run.token and run.waits:
            self._callback.heartbeat(run.token)
        found = self._bucket.raw(key)
        failure = found.contents.failure
        self._values.put(key.metric_type, key.run_id, found.contents.latest.values())
        if not run.done:
            self._runs.begin(key.run_id, self._clock())
        done = Done(found.etag, event.sequencer, found.contents.datapoints, failure.reason if failure else None)
        answered = self._settle(self._runs.record(key.run_id, key.key, done))
        if failure:
            return Outcome(INCOMPLETE, key.run_id, 0, str(failure), answered)
        return Outcome(PROCESSED, key.run_id, done.datapoints, None, answered)

    def expect(self, expectation: Expectation) -> dict[str, Any]:
        """Note what a run waits for, and answer at once where it is all there.

        A metric type of which there is no object at all is published here: no host reports. Metrics that CloudWatch
        does not take are published with the next object, where one is to come.

        Returns:
            {"run_id", "expected": objects, "done": of them, "answered": as in Outcome}; the workflow gets the answer
            through its token.

        Raises:
            ManifestInvalid, StorageFailed, StateStoreFailed, PublishFailed, CallbackFailed.
        """
        expected = {one.metric_type: self._listed(one, expectation.run_id) for one in expectation.expected}
        run = self._runs.expect(expectation.run_id, expectation.task_token, expected, self._clock())
        listed = [key for of_type in expected.values() for key in of_type]
        answered = None
        try:
            answered = self._settle(run)
        except PublishFailed:
            if run.complete:
                raise
        return {
            "run_id": run.run_id,
            "expected": len(listed),
            "done": sum(key in run.done for key in listed),
            "answered": answered,
        }

    def _listed(self, expected: Expected, run_id: str) -> tuple[str, ...]:
        listed = self._bucket.manifest(expected.manifest)
        if len(listed) != expected.objects:
            raise ManifestInvalid(f"{expected.manifest} lists {len(listed)} objects, not {expected.objects}")
        for one in listed:
            key = keys.parse(one)
            if key is None or (key.metric_type, key.run_id) != (expected.metric_type, run_id):
                raise ManifestInvalid(f"{expected.manifest} lists {one[:200]}, which is none of the run's objects")
        return listed

    def _settle(self, run: Run) -> bool | None:
        """Do what is due for a run as it is now. Metrics that CloudWatch does not take keep nobody waiting."""
        refused: PublishFailed | None = None
        for metric_type in run.unpublished:
            try:
                self._publish(run, metric_type)
            except PublishFailed as error:
                refused = error
        answered = None
        if run.complete and run.token and run.waits:
            answered = self._callback.success(run.token, callbacks.answer(run))
            self._runs.note_answered(run.run_id, run.token)
        if refused:
            raise refused
        return answered

    def _publish(self, run: Run, metric_type: str) -> None:
        """Publish a metric type's metrics, from its objects as they are: a host may be in two of them."""
        found: list[contents.Datapoint] = []
        for one in (run.expected or {})[metric_type]:
            key = keys.parse(one)
            if key and not run.done[one].failure:
                found.extend(self._bucket.raw(key).contents.latest.values())
        self._fleet.publish(metric_type, contents.latest(found).values())
        self._runs.note_published(run.run_id, metric_type)
