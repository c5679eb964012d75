"""Incidents: what people have been told about a flow and not yet been told is over.

One item `incident#<flow ARN>` for each flow that has an open incident, with these attributes:

- `metric#<name>`: the claim {transition_id, alarm, severity, at} of the transition that told people about this metric,
  and in `previous` the one that it took the place of, if any;
- `opened_at`: when the first of them happened; all times are milliseconds since the epoch;
- `closing`: {transition_id, at, started} while a recovery is being told;
- `version`: grows with every change, so that whoever decides on what it read can tell that it is still so;
- `expiration`: seconds since the epoch, after which DynamoDB may forget the item.

Every change is one conditional request, so a function that dies between two of them leaves a state that the next one
can go on from: claims of a transition are found again by its own retry, and a recovery that was never finished does not
hide a later alert.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from alerts.requests import Issue, severest
from alerts.schemas import SEVERITIES
from alerts.table import KEPT_SECONDS, Changed, call, plain, serialize, until_unchanged

_PREFIX = "metric#"
_ABANDONED_MILLISECONDS = 120_000  # longer than any function runs


@dataclass(frozen=True)
class Transition:
    """Who changes an incident: a transition of an alarm, or a manual check (no alarm)."""

    transition_id: str
    alarm: str | None
    fired: bool
    at: int


@dataclass(frozen=True)
class Claim:
    """Which transition told people about a metric, and which one before it."""

    transition_id: str
    alarm: str | None
    severity: str
    at: int
    previous: dict[str, Any] | None = None


@dataclass(frozen=True)
class Incident:
    """An open incident, as read from the table."""

    flow_arn: str
    opened_at: int
    version: int
    claims: dict[str, Claim]
    closing: dict[str, Any] | None

    def is_closed_by(self, by: Transition) -> bool:
        """Whether it is for this transition to tell people that the incident is over."""
        return self.closing is not None and self.closing["transition_id"] == by.transition_id

    @property
    def severity(self) -> str:
        """The highest severity that people were told."""
        return severest([claim.severity for claim in self.claims.values()])


@dataclass(frozen=True)
class Claimed:
    """Which issues are news, and which people know already."""

    new: tuple[Issue, ...]
    known: tuple[Issue, ...]


class IncidentStore:
    """The table's incidents.

    Every method raises StateStoreFailed when the table cannot be used, or changes faster than it can be followed.
    """

    def __init__(self, dynamodb: Any, table_name: str, clock: Callable[[], float] = time.time) -> None:
        self._dynamodb, self._table, self._clock = dynamodb, table_name, clock

    def claim(self, flow_arn: str, issues: Sequence[Issue], by: Transition) -> Claimed:
        """Claim the issues' metrics for a transition.

        News is what nobody has claimed, what this transition claimed before it was interrupted, what the same alarm
        claimed earlier and now fires for again, and what has become more severe.
        """
        return until_unchanged(lambda: self._claim(flow_arn, issues, by))

    def _claim(self, flow_arn: str, issues: Sequence[Issue], by: Transition) -> Claimed:
        claims = {issue.metric: _claim_of(issue, by) for issue in issues}
        try:
            incident = self._write_claims(flow_arn, claims, by)
        except Changed:
            closing = self.get(flow_arn)
            if closing is None or closing.closing is None:
                raise
            if by.at <= closing.closing["at"]:
                return Claimed(new=(), known=tuple(issues))  # what it reports is over already
            self._replace(closing, claims, by)
            return Claimed(new=tuple(issues), known=())
        new = tuple(i for i in issues if _is_news(i, incident.claims[i.metric], by))
        others = {i.metric: incident.claims[i.metric] for i in new}
        again = {
            f"{_PREFIX}{metric}": vars(claims[metric]) | {"previous": vars(other) | {"previous": None}}
            for metric, other in others.items()
            if other.transition_id != by.transition_id
        }
        if again:
            self._update(flow_arn, sets=again, version=incident.version)
        return Claimed(new=new, known=tuple(i for i in issues if i not in new))

    def release(self, flow_arn: str, by: Transition) -> None:
        """Give every claim of a transition that could not tell anyone back to whom it was taken from."""
        until_unchanged(lambda: self._release(flow_arn, by))

    def _release(self, flow_arn: str, by: Transition) -> None:
        incident = self.get(flow_arn)
        if incident is None:
            return
        mine = {
            f"{_PREFIX}{metric}": claim.previous
            for metric, claim in incident.claims.items()
            if claim.transition_id == by.transition_id
        }
        sets = {name: previous for name, previous in mine.items() if previous}
        if len(mine) == len(incident.claims) and not sets:
            self._delete(flow_arn, incident.version)
        elif mine:
            removes = [name for name in mine if name not in sets]
            self._update(flow_arn, sets=sets, removes=removes, version=incident.version)

    def begin_close(self, flow_arn: str, by: Transition) -> Incident | None:
        """Mark the flow's incident as being told over; the caller tells people, then calls `finish_close`.

        Returns:
            The incident; None when there is none. If it is not `is_closed_by` the caller, another tells people: a
            recovery that is under way, or the one of an alarm that has fired since.
        """
        return until_unchanged(lambda: self._begin_close(flow_arn, by))

    def _begin_close(self, flow_arn: str, by: Transition) -> Incident | None:
        incident = self.get(flow_arn)
        if incident is None or not incident.claims:
            return None
        other = incident.closing
        if other and not incident.is_closed_by(by) and not self._abandoned(other):
            return incident
        if any(claim.alarm is not None and claim.at > by.at for claim in incident.claims.values()):
            return incident  # an alarm has fired since: its own return to OK will close the incident
        mark = {"transition_id": by.transition_id, "at": by.at, "started": self._now()}
        return self._update(flow_arn, sets={"closing": mark}, version=incident.version)

    def finish_close(self, incident: Incident) -> None:
        """Forget an incident whose end people were told; a new one that has begun since stays."""
        try:
            self._delete(incident.flow_arn, incident.version)
        except Changed:
            return

    def abort_close(self, incident: Incident) -> None:
        """Take the mark of `begin_close` away again: nobody could be told."""
        try:
            self._update(incident.flow_arn, removes=["closing"], version=incident.version)
        except Changed:
            return

    def get(self, flow_arn: str) -> Incident | None:
        """The flow's incident, if there is one."""
        answer = call(self._dynamodb.get_item, TableName=self._table, Key=self._key(flow_arn), ConsistentRead=True)
        return _incident(flow_arn, answer["Item"]) if answer.get("Item") else None

    def _write_claims(self, flow_arn: str, claims: dict[str, Claim], by: Transition) -> Incident:
        """Claim what is free; raises Changed while the incident is being closed."""
        names = {"#closing": "closing", "#opened": "opened_at", "#version": "version", "#expiration": "expiration"}
        values: dict[str, Any] = {":at": by.at, ":one": 1, ":expiration": self._expiration()}
        sets = ["#opened = if_not_exists(#opened, :at)", "#expiration = :expiration"]
        for i, (metric, claim) in enumerate(claims.items()):
            names[f"#m{i}"], values[f":m{i}"] = f"{_PREFIX}{metric}", vars(claim)
            sets.append(f"#m{i} = if_not_exists(#m{i}, :m{i})")
        answer = call(
            self._dynamodb.update_item,
            TableName=self._table,
            Key=self._key(flow_arn),
            UpdateExpression=f"SET {', '.join(sets)} ADD #version :one",
            ConditionExpression="attribute_not_exists(#closing)",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues={name: serialize(value) for name, value in values.items()},
            ReturnValues="ALL_NEW",
        )
        return _incident(flow_arn, answer["Attributes"])

    def _replace(self, closing: Incident, claims: dict[str, Claim], by: Transition) -> None:
        """Begin a new incident in place of one that is being closed, or whose closing was never finished."""
        item = {
            **{f"{_PREFIX}{metric}": vars(claim) for metric, claim in claims.items()},
            "opened_at": by.at,
            "version": closing.version + 1,
            "expiration": self._expiration(),
        }
        call(
            self._dynamodb.put_item,
            TableName=self._table,
            Item={**self._key(closing.flow_arn), **{name: serialize(value) for name, value in item.items()}},
            ConditionExpression="#version = :version",
            ExpressionAttributeNames={"#version": "version"},
            ExpressionAttributeValues={":version": serialize(closing.version)},
        )

    def _update(
        self, flow_arn: str, version: int, sets: dict[str, Any] | None = None, removes: Sequence[str] = ()
    ) -> Incident:
        attributes = {**(sets or {}), "expiration": self._expiration()}
        names = {f"#s{i}": name for i, name in enumerate(attributes)} | {f"#r{i}": r for i, r in enumerate(removes)}
        values = {f":s{i}": serialize(value) for i, value in enumerate(attributes.values())}
        expression = "SET " + ", ".join(f"#s{i} = :s{i}" for i in range(len(attributes)))
        if removes:
            expression += " REMOVE " + ", ".join(f"#r{i}" for i in range(len(removes)))
        answer = call(
            self._dynamodb.update_item,
            TableName=self._table,
            Key=self._key(flow_arn),
            UpdateExpression=f"{expression} ADD #version :one",
            ConditionExpression="#version = :version",
            ExpressionAttributeNames={**names, "#version": "version"},
            ExpressionAttributeValues={**values, ":one": serialize(1), ":version": serialize(version)},
            ReturnValues="ALL_NEW",
        )
        return _incident(flow_arn, answer["Attributes"])

    def _delete(self, flow_arn: str, version: int) -> None:
        call(
            self._dynamodb.delete_item,
            TableName=self._table,
            Key=self._key(flow_arn),
            ConditionExpression="#version = :version",
            ExpressionAttributeNames={"#version": "version"},
            ExpressionAttributeValues={":version": serialize(version)},
        )

    def _abandoned(self, closing: dict[str, Any]) -> bool:
        return self._now() - int(closing["started"]) > _ABANDONED_MILLISECONDS

    def _now(self) -> int:
        return round(self._clock() * 1000)

    def _expiration(self) -> int:
        return round(self._clock()) + KEPT_SECONDS

    @staticmethod
    def _key(flow_arn: str) -> dict[str, Any]:
        return {"id": {"S": f"incident#{flow_arn}"}}


def _claim_of(issue: Issue, by: Transition) -> Claim:
    return Claim(transition_id=by.transition_id, alarm=by.alarm, severity=issue.severity, at=by.at)


def _is_news(issue: Issue, claim: Claim, by: Transition) -> bool:
    if claim.transition_id == by.transition_id:
        return True
    if by.fired and claim.alarm == by.alarm and claim.at < by.at:
        return True
    return SEVERITIES.index(issue.severity) < SEVERITIES.index(claim.severity)


def _incident(flow_arn: str, item: dict[str, Any]) -> Incident:
    values = plain(item)
    closing = values.get("closing")
    return Incident(
        flow_arn=flow_arn,
        opened_at=int(values["opened_at"]),
        version=int(values["version"]),
        claims={
            name.removeprefix(_PREFIX): Claim(
                transition_id=claim["transition_id"],
                alarm=claim["alarm"],
                severity=claim["severity"],
                at=int(claim["at"]),
                previous=claim["previous"] and {**claim["previous"], "at": int(claim["previous"]["at"])},
            )
            for name, claim in sorted(values.items())
            if name.startswith(_PREFIX)
        },
        closing={**closing, "at": int(closing["at"]), "started": int(closing["started"])} if closing else None,
    )
