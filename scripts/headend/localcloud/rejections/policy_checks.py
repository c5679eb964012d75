"""What a policy document has to be before a service takes it: JSON, statements, principals that exist.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

from moto.iam.models import iam_backends

from headend.localcloud import ACCOUNT_ID

Statement = dict[str, Any]
SERVICE = re.compile(r"[a-z0-9][a-z0-9.-]*\.(amazonaws\.com|amazonaws\.com\.cn|internal)")
ENTITY = re.compile(r"arn:aws:iam::(\d{12}):(role|user)/(?:.*/)?([\w+=,.@-]+)")
ACCOUNT = re.compile(r"arn:aws:iam::\d{12}:root|\d{12}")
SESSION = re.compile(r"arn:aws:sts::\d{12}:(assumed-role|federated-user)/.+")
IDENTIFIER = re.compile(r"(AROA|AIDA)[A-Z0-9]{12,}")


def statements(text: str) -> list[Statement]:
    """The statements of a document. Raises ValueError when it is no policy."""
    document = json.loads(text)
    if not isinstance(document, dict):
        raise ValueError("a policy is a JSON object")  # noqa: TRY004 - for the caller it is the value that is wrong
    found = document.get("Statement")
    listed: list[Any] = found if isinstance(found, list) else [found]
    if not all(isinstance(one, dict) for one in listed):
        raise ValueError("a policy has statements")
    return listed


def values(element: Any) -> list[str]:
    """An element that is one text or a list of them."""
    return [element] if isinstance(element, str) else list(element or [])


def principals(statement: Statement) -> Iterator[tuple[str, str]]:
    """The principals of a statement as (kind, name): ("AWS", "*"), ("Service", "sns.amazonaws.com"), …"""
    for element in ("Principal", "NotPrincipal"):
        given = statement.get(element)
        if given == "*":
            yield "AWS", "*"
        elif isinstance(given, dict):
            for kind, names in given.items():
                for name in values(names):
                    yield kind, name


def invalid_principal(statement: Statement) -> str | None:
    """The first principal that AWS would not find, as its error shows it: `"AWS":"arn:…"`."""
    for kind, name in principals(statement):
        match kind:
            case "AWS" if not _known(name):
                return f'"AWS":"{name}"'
            case "Service" if not SERVICE.fullmatch(name):
                return f'"SERVICE":"{name}"'
    return None


def _known(name: str) -> bool:
    """Whether an account, or a role or user of this account, exists; other accounts' cannot be looked up."""
    if name == "*" or ACCOUNT.fullmatch(name) or SESSION.fullmatch(name) or IDENTIFIER.fullmatch(name):
        return True
    found = ENTITY.fullmatch(name)
    if found is None:
        return name.startswith(("arn:aws:iam::cloudfront:", "arn:aws:iam::aws:")) or name == "amazonaws.com"
    account, kind, entity = found.groups()
    if account != ACCOUNT_ID:
        return True
    backend = iam_backends[account]["aws"]
    if kind == "user":
        return entity in backend.users
    return any(role.name == entity and role.arn == name for role in backend.roles.values())


def names_action(statement: Statement, action: str) -> bool:
    """Whether the Action element of a statement covers an action, wildcards included."""
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in values(statement.get("Action")))
