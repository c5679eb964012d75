"""The filter criteria of event source mappings.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from __future__ import annotations

import json
from typing import Any

from headend.localcloud.eventbridge.event_patterns import compiled


def accepts(mapping: Any, record: Any) -> bool:
    """Whether a mapping's filter criteria let a record through."""
    filters = (mapping.filter_criteria or {}).get("Filters") or []
    return not filters or any(compiled(str(one["Pattern"])).matches(record) for one in filters)


def parsed(text: str) -> Any:
    """A body as filters see it: JSON where it is, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def failed_items(mapping: Any, payload: str) -> list[str] | None:
    """The identifiers that a function reports as failed, if its mapping lets it; None for an answer that is no report.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    if "ReportBatchItemFailures" not in (mapping.function_response_types or []):
        return []
    answer = parsed(payload)
    if not answer:
        return []
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if failures is None:
        return [] if isinstance(answer, dict) else None
    names = [one.get("itemIdentifier") if isinstance(one, dict) else None for one in failures]
    return None if any(not name for name in names) else [str(name) for name in names]
