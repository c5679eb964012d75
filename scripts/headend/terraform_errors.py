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
    return None


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
