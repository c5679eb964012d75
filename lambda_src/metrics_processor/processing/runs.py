"""Runs in the table: what each is to process, what is processed, and who waits for it. One item `run#<run id>`:

- `expected`: metric type → the keys of its objects; there once the workflow has said it;
- `token`: the task token of the execution that waits;
- `done`: key → {`etag`, `sequencer`, `datapoints`, `failure` where it is not whole: a word of `processing.contents`},
  for each object processed;
- `published`: metric types whose metrics are in CloudWatch;
- `answered`: the token that Step Functions has had back, or no longer waits for;
- `expiration`: seconds since the epoch, after which DynamoDB may forget the item.

Each change is one request that changes its own part of the item and answers with the whole. So of all that work on a
run, one sees the last object and the expectation together: whichever came last.

An item holds 400 KB: about 1,200 objects a run.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from processing.events import ObjectCreated
from processing.table import Unchanged, call, deserialize, serialize


@dataclass(frozen=True)
class Done:
    """An object that was processed: which version, how many datapoints, and why it is not whole, in a word of
    `processing.contents` (None: it is).
    """

    etag: str
    sequencer: str
    datapoints: int
    failure: str | None = None

    def covers(self, event: ObjectCreated) -> bool:
        """Whether the event tells of what was processed, or of an earlier version."""
        if self.sequencer == event.sequencer:
            return self.etag == event.etag
        return self.sequencer > event.sequencer


@dataclass(frozen=True)
class Run:
    """A run as it is in the table. `expected` is None until the workflow has said what to expect."""

    run_id: str
    token: str | None = None
    expected: Mapping[str, tuple[str, ...]] | None = None
    done: Mapping[str, Done] = field(default_factory=dict)
    published: frozenset[str] = frozenset()
    answered: str | None = None

    @property
    def waits(self) -> bool:
        """Whether an execution waits for the run, as far as is known."""
        return self.token is not None and self.token != self.answered

    @property
    def complete(self) -> bool:
        """Whether every expected object is processed."""
        return self.expected is not None and all(self.complete_type(one) for one in self.expected)

    @property
    def unpublished(self) -> list[str]:
        """The metric types that are processed, and whose metrics are not in CloudWatch."""
        return [one for one in self.expected or {} if one not in self.published and self.complete_type(one)]

    def complete_type(self, metric_type: str) -> bool:
        """Whether every expected object of a metric type is processed."""
        return all(key in self.done for key in (self.expected or {}).get(metric_type, ()))


class Runs:
    """The table's runs, each kept for `retention` seconds. StateStoreFailed: the table could not be used."""

    def __init__(self, dynamodb: Any, table: str, retention: int) -> None:
        self._dynamodb, self._table, self._retention = dynamodb, table, retention

    def get(self, run_id: str) -> Run:
        """The run as it is now."""
        answer = call(self._dynamodb.get_item, TableName=self._table, Key=_key(run_id), ConsistentRead=True)
        return _run(run_id, answer.get("Item") or {})

    def expect(self, run_id: str, token: str, expected: Mapping[str, tuple[str, ...]], now: float) -> Run:
        """Note what the workflow waits for. The last token counts: a task that is tried again has another."""
        return self._update(
            run_id,
            "SET #token = :token, #expected = :expected, #expiration = :expiration, "
            "#done = if_not_exists(#done, :none)",
            {
                ":token": token,
                ":expected": {one: list(keys) for one, keys in expected.items()},
                ":expiration": int(now) + self._retention,
                ":none": {},
            },
        )

    def begin(self, run_id: str, now: float) -> None:
        """Make the run's item, where an object comes first."""
        self._update(
            run_id,
            "SET #done = if_not_exists(#done, :none), #expiration = if_not_exists(#expiration, :expiration)",
            {":none": {}, ":expiration": int(now) + self._retention},
        )

    def record(self, run_id: str, key: str, done: Done) -> Run:
        """Note that an object is processed, unless a later version of it is; returns the run as it is then."""
        entry = {
            "etag": done.etag,
            "sequencer": done.sequencer,
            "datapoints": done.datapoints,
            **({"failure": done.failure} if done.failure else {}),
        }
        entry_path = "#done.#key"
        try:
            return self._update(
                run_id,
                f"SET {entry_path} = :entry",
                {":entry": entry, ":sequencer": done.sequencer, ":etag": done.etag},
                condition=(
                    f"attribute_not_exists({entry_path}) OR {entry_path}.#sequencer < :sequencer OR "
                    f"({entry_path}.#sequencer = :sequencer AND {entry_path}.#etag <> :etag)"
                ),
                key=key,
            )
        except Unchanged:
            return self.get(run_id)

    def note_published(self, run_id: str, metric_type: str) -> None:
        """Note that a metric type's metrics are in CloudWatch."""
        self._update(run_id, "ADD #published :published", {":published": {metric_type}})

    def note_answered(self, run_id: str, token: str) -> None:
        """Note that nothing more is to be said to this token, while it is the run's."""
        try:
            self._update(run_id, "SET #answered = :token", {":token": token}, condition="#token = :token")
        except Unchanged:
            return

    def _update(
        self, run_id: str, change: str, values: Mapping[str, Any], condition: str | None = None, key: str | None = None
    ) -> Run:
        names = {f"#{name}": name for name in _NAMES if f"#{name}" in change + (condition or "")}
        answer = call(
            self._dynamodb.update_item,
            TableName=self._table,
            Key=_key(run_id),
            UpdateExpression=change,
            ExpressionAttributeNames=names | ({"#key": key} if key else {}),
            ExpressionAttributeValues={name: serialize(value) for name, value in values.items()},
            ReturnValues="ALL_NEW",
            **({"ConditionExpression": condition} if condition else {}),
        )
        return _run(run_id, answer["Attributes"])


_NAMES = ("answered", "done", "etag", "expected", "expiration", "published", "sequencer", "token")


def _key(run_id: str) -> dict[str, Any]:
    return {"id": {"S": f"run#{run_id}"}}


def _run(run_id: str, item: Mapping[str, Any]) -> Run:
    values = {name: deserialize(value) for name, value in item.items()}
    expected = values.get("expected")
    return Run(
        run_id=run_id,
        token=values.get("token"),
        expected=None if expected is None else {one: tuple(keys) for one, keys in expected.items()},
        done={
            key: Done(one["etag"], one["sequencer"], int(one["datapoints"]), one.get("failure"))
            for key, one in values.get("done", {}).items()
        },
        published=frozenset(values.get("published", ())),
        answered=values.get("answered"),
    )
