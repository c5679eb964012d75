"""Reads the request of a browser out of an HTTP API's event, payload format 2.0.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

METHODS = ("GET", "HEAD", "POST")
ANSWERS = ("approve", "reject")

_ID = re.compile(r"[A-Za-z0-9._~:@+=-]{1,256}")
_LARGEST = 4096  # characters of a form: three short fields
_FIELDS = 8


class Refused(Exception):  # noqa: N818 - an answer to the browser, with its status code
    """The request cannot be answered: `status` (HTTP), `says` (to the person), `headers`."""

    def __init__(self, status: int, says: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(says)
        self.status, self.says, self.headers = status, says, dict(headers or {})


@dataclass(frozen=True)
class Request:
    """Which approval, with which key, and how it is answered (`approve`, `reject`; None for a look at the page)."""

    approval_id: str
    key: str
    answer: str | None


def parse(event: Mapping[str, Any]) -> Request:
    """The request in an event. A form's key counts before that of the address: the page sends it in the form.

    Raises:
        Refused: 405 another method, 404 no such address, 413 or 400 a form that no page of ours has sent.
    """
    method = str(((event.get("requestContext") or {}).get("http") or {}).get("method") or "")
    if method not in METHODS:
        raise Refused(405, "This address takes GET and POST.", {"allow": ", ".join(METHODS)})
    approval_id = str((event.get("pathParameters") or {}).get("id") or "")
    if not _ID.fullmatch(approval_id):
        raise Refused(404, "There is no such approval.")
    key = str((event.get("queryStringParameters") or {}).get("key") or "")
    if method != "POST":
        return Request(approval_id, key, None)
    form = _form(event)
    answer = form.get("answer", "")
    if answer not in ANSWERS:
        raise Refused(400, "The answer must be approve or reject. Nothing was done.")
    return Request(approval_id, form.get("key") or key, answer)


def _form(event: Mapping[str, Any]) -> dict[str, str]:
    """The fields of an application/x-www-form-urlencoded body, each once."""
    body = str(event.get("body") or "")
    if len(body) > _LARGEST:
        raise Refused(413, "The form is too large. Nothing was done.")
    try:
        text = base64.b64decode(body, validate=True).decode() if event.get("isBase64Encoded") else body
        fields = parse_qs(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=_FIELDS)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise Refused(400, "The form cannot be read. Nothing was done.") from None
    if any(len(values) > 1 for values in fields.values()):
        raise Refused(400, "A field of the form is there twice. Nothing was done.")
    return {name: values[0] for name, values in fields.items()}
