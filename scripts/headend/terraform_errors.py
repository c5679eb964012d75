"""Terraform's diagnostics as lines that a person can act on.

A diagnostic is what `-json` prints: {severity, summary, detail, address?, range?{filename, start{line}}, snippet?}; see
https://developer.hashicorp.com/terraform/internals/machine-readable-ui#diagnostic
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from headend.errors import HeadendError, UsageError

Diagnostic = dict[str, Any]
_MOST_LINES = 10
_LONGEST = 400

_LOCK_FIELD = re.compile(r"^\s*(ID|Who|Created|Path):\s+(.+?)\s*$", re.MULTILINE)
_NO_BUCKET = re.compile(r'S3 bucket "[^"]*" does not exist')
_GONE = re.compile(r"(?:dial tcp|to) (127\.0\.0\.1:\d+).*connection refused", re.DOTALL)
_CREATING = re.compile(r"creating [\w .]+ \(([^)]+)\)")
_TAKEN = re.compile(
    r"EntityAlreadyExists|ResourceAlreadyExistsException|\bAlreadyExistsException|ResourceConflictException: Function"
    r" already|BucketAlreadyOwnedByYou|TrailAlreadyExistsException|ResourceExistsException|DuplicateRecordException"
    r"|ResourceInUseException: Table already exists|ConflictException: Schedule"
)
_FEW = 5
_PROVIDER = re.compile(r"provider (?:registry\.terraform\.io/)?([\w-]+/[\w-]+)")


class TerraformError(HeadendError):
    """A run that failed, with what Terraform reported."""

    def __init__(self, message: str, diagnostics: Sequence[Diagnostic]) -> None:
        super().__init__(message)
        self.diagnostics = list(diagnostics)


def condense(diagnostics: Sequence[Diagnostic], command: str, environment: str) -> HeadendError:
    """The one error to raise for what Terraform reported; `environment` is what --env names."""
    errors = [item for item in diagnostics if item.get("severity") == "error"]
    for item in errors:
        known = _known(item, environment)
        if known:
            return known
    if taken := {str(item["address"]): name for item in errors if item.get("address") and (name := _taken(item))}:
        rest = [_line(item) for item in errors if not _taken(item)][:_MOST_LINES]
        names = ", ".join(sorted(taken.values())[:_FEW]) + (", …" if len(taken) > _FEW else "")
        head = (
            f"{len(taken)} names are taken by what is not in the state: {names}; if a run that died has made it, take "
            f"it over with `headend adopt --env {environment}`, then plan and apply again; else choose another name"
        )
        return TerraformError("\n".join([head, *rest]), errors)
    lines = list(dict.fromkeys(_line(item) for item in errors)) or [f"terraform {command} failed and gave no reason"]
    more = f"\n… and {len(lines) - _MOST_LINES} more" if len(lines) > _MOST_LINES else ""
    return TerraformError("\n".join(lines[:_MOST_LINES]) + more, errors)


def _known(item: Diagnostic, environment: str) -> HeadendError | None:
    summary, detail = str(item.get("summary", "")), str(item.get("detail", ""))
    if "acquiring the state lock" in summary:
        return _locked(detail, environment)
    if summary == "Failed to query available provider packages" or "failed to install provider" in summary.lower():
        found = _PROVIDER.search(detail)
        return UsageError(
            f"no provider {found[1] if found else ''} to be had: {_sentence(detail)}; allow registry.terraform.io, "
            "or set HEADEND_PLUGIN_MIRROR to a folder made with `terraform providers mirror`"
        )
    if summary == "Saved plan is stale":
        return HeadendError(f"the plan is older than the state; run `headend plan --env {environment}` again")
    if "NoSuchBucket" in f"{summary} {detail}" or _NO_BUCKET.search(f"{summary} {detail}"):
        return UsageError(f"there is no bucket for the state yet; run `headend bootstrap --env {environment}` first")
    if found := _GONE.search(f"{summary} {detail}"):
        return HeadendError(
            f"the local cloud at http://{found[1]} is gone, and all that was made there; start one with "
            f"`headend local up`, then `headend plan --env {environment}` and apply"
        )
    return None


def killed(command: str, number: int, environment: str) -> HeadendError:
    """Terraform ended by a signal: it could write no more down."""
    return HeadendError(
        f"terraform {command} was killed (signal {number}): what it had begun may be there and not in the state; "
        f"go on with `headend plan --env {environment}`, which says what to do where the state is locked"
    )


def _taken(item: Diagnostic) -> str | None:
    """The name that a creation found taken."""
    text = f"{item.get('summary', '')} {item.get('detail', '')}"
    found = _CREATING.search(text)
    return found[1] if found and _TAKEN.search(text) else None


def _locked(detail: str, environment: str) -> UsageError:
    field = dict(_LOCK_FIELD.findall(detail))
    if "ID" not in field:
        return UsageError(f"the state is locked and says no more ({_sentence(detail)}); try again")
    return UsageError(
        f"the state is locked by {field.get('Who', 'somebody')} since {field.get('Created', 'an unknown time')} "
        f"(lock id {field['ID']}); wait, or if that run is dead: `headend unlock --env {environment} {field['ID']}`"
    )


def _line(item: Diagnostic) -> str:
    """`file:line: summary: first sentences of the detail`."""
    where = ""
    if item.get("range"):
        where = f"{item['range']['filename']}:{item['range']['start']['line']}: "
    elif item.get("address"):
        where = f"{item['address']}: "
    summary = " ".join(str(item.get("summary", "")).split())
    detail = " ".join(str(item.get("detail", "")).split())
    text = f"{where}{summary}" + (f": {detail}" if detail else "")
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _sentence(text: str) -> str:
    first = " ".join(text.split("\n\n", 1)[0].split())
    return first[:_LONGEST].rstrip(".")
