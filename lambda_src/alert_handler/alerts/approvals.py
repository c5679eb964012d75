"""Approvals in the table: what a person is asked, and which execution waits for the answer.

One item `approval#<id>` for each: `token` (the task token), `key_hash` (SHA-256, in hexadecimal, of the key that the
link carries; the key itself is stored nowhere), `title`, `text`, `flow_name`, `expires` and `expiration` (seconds since
the epoch: too late to answer; may be forgotten). Whoever answers adds `answered`.
"""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from alerts.requests import Request, token_digest
from alerts.table import Changed, Table

_KEPT_SECONDS = 24 * 3600  # so that one who comes too late reads that, not that there is no such question


@dataclass(frozen=True)
class Question:
    """How to answer an approval: by `url`, or with the token in the item `item` of the table."""

    approval_id: str
    expires: int
    url: str | None
    item: str
    table: str


class ApprovalStore:
    """Makes approvals; `base_url` is where they are answered, if anywhere."""

    def __init__(self, table: Table, base_url: str | None, clock: Callable[[], float] = time.time) -> None:
        self._table, self._base_url, self._clock = table, base_url, clock

    def create(self, request: Request, title: str, text: str) -> Question | None:
        """Make the approval of a request; None when it has been answered already.

        Made again, it has a new key: of two links to it, the newer one can answer.

        Raises:
            StateStoreFailed.
        """
        token = str(request.task_token)
        approval_id = f"{request.incident_id}-{token_digest(token)}"
        key = secrets.token_urlsafe(32)
        expires = int(self._clock() + (request.expires_in_seconds or 0))
        attributes = {
            "token": token,
            "key_hash": hashlib.sha256(key.encode()).hexdigest(),
            "title": title,
            "text": text,
            "flow_name": request.flow_name,
            "expires": expires,
            "expiration": expires + _KEPT_SECONDS,
        }
        item = f"approval#{approval_id}"
        try:
            self._table.replace(item, attributes, unless="answered")
        except Changed:
            return None
        url = None
        if self._base_url:
            url = f"{self._base_url.rstrip('/')}/approvals/{quote(approval_id, safe='')}?key={key}"
        return Question(approval_id, expires, url, item, self._table.name)
