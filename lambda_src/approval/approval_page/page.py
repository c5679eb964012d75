"""The page: one HTML document without scripts, images or anything from elsewhere, readable on a phone.

The key is in the page's address. So nothing may tell that address to others: no referrer, no cache, no search engine,
no frame; and the page may load and send nothing but its own form, to its own address.
"""

import base64
import hashlib
import html
from collections.abc import Mapping
from typing import Any

_STYLE = """
:root { color-scheme: light dark; font: 18px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 34rem; padding: 1.5rem 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; line-height: 1.25; }
dt { font-size: .85rem; opacity: .75; }
dd { margin: 0 0 .75rem; font-weight: 600; }
p.text { white-space: pre-line; }
form { display: grid; gap: .75rem; margin-top: 1.5rem; }
button { border: 2px solid; border-radius: .5rem; font: inherit; font-weight: 600; min-height: 3.25rem; }
button.approve { background: #116329; border-color: #116329; color: #fff; }
button.reject { background: transparent; color: inherit; }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "content-type": "text/html; charset=utf-8",
    "referrer-policy": "no-referrer",
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
    "x-robots-tag": "noindex, nofollow",
}


def respond(status: int, document: str, headers: Mapping[str, str] | None = None, *, head: bool = False) -> Any:
    """The response of payload format 2.0: {statusCode, headers, body}; for HEAD the body is left out."""
    body = "" if head else document
    return {"statusCode": status, "headers": {**HEADERS, **(headers or {})}, "body": body, "isBase64Encoded": False}


def question(*, title: str, text: str, flow_name: str, until: str, key: str) -> str:
    """What is asked, by when, and the buttons. The form goes to the page's own path, without the key in the address."""
    form = (
        '<form method="post" action="?">'
        f'<input type="hidden" name="key" value="{html.escape(key)}">'
        '<button class="approve" name="answer" value="approve">Approve</button>'
        '<button class="reject" name="answer" value="reject">Reject</button>'
        "</form>"
    )
    return _document(title, text, {"Flow": flow_name, "Answer by": until}, form)


def notice(*, title: str, text: str, facts: Mapping[str, str] | None = None) -> str:
    """A page that only says something."""
    return _document(title, text, facts or {}, "")


def _document(title: str, text: str, facts: Mapping[str, str], form: str) -> str:
    rows = "".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in facts.items())
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>"
        f'<body><main><h1>{html.escape(title)}</h1><p class="text">{html.escape(text)}</p>'
        f"{f'<dl>{rows}</dl>' if rows else ''}{form}</main></body></html>"
    )
