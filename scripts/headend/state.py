"""What a Terraform state holds, read from `terraform state pull` (format version 4)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from headend.errors import HeadendError

FLOW_TYPE = "AWS::MediaConnect::Flow"


@dataclass(frozen=True)
class Resource:
    """One managed resource instance: where it stands in the configuration, and what it is in AWS.

    `sensitive` names the attributes whose values nobody may see.
    """

    address: str
    type: str
    provider: str
    attributes: dict[str, Any]
    sensitive: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """The provider's identifier."""
        return str(self.attributes.get("id", ""))

    @property
    def arn(self) -> str:
        """The ARN, empty where the resource has none."""
        found = self.attributes.get("arn") or self.id
        return str(found) if str(found).startswith("arn:") else ""


def resources(text: str) -> list[Resource]:
    """The managed resources of a state; an empty text is an empty state."""
    if not text.strip():
        return []
    try:
        state = json.loads(text)
        return [
            Resource(
                _address(item, instance), item["type"], item["provider"], instance["attributes"], _sensitive(instance)
            )
            for item in state["resources"]
            if item["mode"] == "managed"
            for instance in item["instances"]
        ]
    except (ValueError, KeyError, TypeError):
        raise HeadendError("the state is not in the format of Terraform 1.x; look at `terraform state pull`") from None


def without(text: str, addresses: set[str]) -> str:
    """The same state, less some managed resources."""
    state = json.loads(text)
    for item in state["resources"]:
        if item["mode"] == "managed":
            item["instances"] = [each for each in item["instances"] if _address(item, each) not in addresses]
    return json.dumps(state)


def region_by_provider(found: Iterable[Resource]) -> dict[str, str]:
    """The Region of each provider configuration: the one that most of its resources' ARNs name."""
    named: dict[str, Counter[str]] = {}
    for item in found:
        parts = item.arn.split(":")
        if len(parts) > 3 and parts[3]:
            named.setdefault(item.provider, Counter())[parts[3]] += 1
    return {provider: regions.most_common(1)[0][0] for provider, regions in named.items()}


def flow_arns(found: list[Resource]) -> list[str]:
    """The ARNs of the MediaConnect flows among them."""
    return [item.id for item in found if item.attributes.get("type_name") == FLOW_TYPE]


def _sensitive(instance: dict[str, Any]) -> frozenset[str]:
    paths = instance.get("sensitive_attributes") or []
    return frozenset(str(path[0]["value"]) for path in paths if path)


def _address(item: dict[str, Any], instance: dict[str, Any]) -> str:
    parts = [item["module"]] if item.get("module") else []
    name = f"{item['type']}.{item['name']}"
    if "index_key" in instance:
        name += f"[{json.dumps(instance['index_key'])}]"
    return ".".join([*parts, name])
