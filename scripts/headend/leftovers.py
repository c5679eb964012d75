"""Proof that a destroy has left nothing: every back end is asked, and no list of ours says which.

Two questions, neither of which needs to know what a deployment is made of:

1. Of what Terraform destroyed, what still answers? The state from before the destroy is refreshed in a scratch root
   module: the provider asks for each resource through that resource's own API, and keeps what is still there.
2. What else is there? On AWS the Resource Groups Tagging API is asked for the deployment's tag; the local cloud lists
   all that exists beyond a fresh server, less what was there before the first apply and what others have made.
"""

from __future__ import annotations

import json
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import botocore.exceptions

from headend.environments import find, names
from headend.errors import HeadendError, one_line
from headend.session import Session, recall
from headend.state import Resource, region_by_provider, resources, without
from headend.terraform import Terraform
from headend.terraform_errors import Diagnostic, TerraformError

BEFORE, AFTER = "inventory-before", "inventory-after"
DEPLOYMENT_TAG = "Deployment"
GLOBAL_REGION = "us-east-1"
"""Where the tags of what has no Region are asked for, CloudFront's distributions among it."""
_GLOBAL = "arn:aws:cloudfront::"

Item = dict[str, Any]
_ABSENT = re.compile(r"NotFound|DoesNotExist|NoSuch|StatusCode: 404|does not exist|was not found", re.IGNORECASE)


@dataclass(frozen=True)
class Leftover:
    """Something that outlived its deployment, and how it was found."""

    what: str
    found_by: str

    def __str__(self) -> str:
        return f"{self.what} (found by {self.found_by})"


def note_before(session: Session) -> None:
    """Before an apply: what a local cloud holds while nothing of this deployment stands yet."""
    items = _inventory(session)
    if items is not None and not resources(session.terraform.pull_state()):
        session.remember(BEFORE, {"endpoint": session.aws.endpoint, "items": items})


def note_after(session: Session) -> None:
    """After an apply: what the local cloud holds now, so that other deployments know what is not theirs."""
    items = _inventory(session)
    before = _noted(session, session.environment.name, BEFORE)
    if items is not None:
        session.remember(AFTER, {"endpoint": session.aws.endpoint, "items": _less(items, before)})


def find_leftovers(session: Session, state: str) -> list[Leftover]:
    """What is still there of the deployment whose state, from before the destroy, is `state`."""
    left = list(_still_answering(session, state))
    items = _inventory(session)
    if items is None:
        before = resources(state)
        gone = {resource.arn for resource in before}
        return left + [item for item in _tagged(session, before) if item.what not in gone]
    known = _noted(session, session.environment.name, BEFORE)
    for other in names(session.environment.root):
        if other != session.environment.name:
            known += _noted(session, other, AFTER)
    return left + [
        Leftover(f"{item['service']} {item['type']} {item['id']} in {item['region']}", "the local cloud's inventory")
        for item in _less(items, known)
    ]


def _still_answering(session: Session, state: str) -> Iterator[Leftover]:
    """Refresh `state` in a root module that knows providers only; what the refresh keeps still exists."""
    before = resources(state)
    if not before:
        return
    scratch = session.environment.work_dir / "leftovers"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    root = json.dumps(_scratch_root(before, session.config.region), indent=2)
    (scratch / "main.tf.json").write_text(root, encoding="utf-8")
    copy = scratch / "terraform.tfstate"
    copy.write_text(state, encoding="utf-8")
    terraform = Terraform(
        scratch, session.environment.work_dir / "leftovers-work", session.aws.environment, session.tell, "leftovers"
    )
    terraform.init()
    plan = scratch / "refresh.tfplan"
    while True:
        try:
            terraform.plan(plan, refresh_only=True)
            break
        except TerraformError as error:
            # Some resources are read through what held them; that being gone is an error to the provider, not absence.
            absent = _said_to_be_absent(error.diagnostics, resources(copy.read_text(encoding="utf-8")))
            copy.write_text(without(copy.read_text(encoding="utf-8"), absent), encoding="utf-8")
    kept = terraform.show_json(plan).get("prior_state", {}).get("values", {}).get("root_module", {})
    for address in _addresses(kept):
        identity = next((item.arn or item.id for item in before if item.address == address), "")
        yield Leftover(f"{address} {identity}".strip(), "asking for it")


def _said_to_be_absent(diagnostics: list[Diagnostic], found: list[Resource]) -> set[str]:
    """The addresses of the resources of which every error says that they are not there.

    Raises HeadendError for an error that says anything else, or does not name a resource by its identifier.
    """
    absent = set()
    for item in diagnostics:
        text = f"{item.get('summary', '')} {item.get('detail', '')}"
        named = [resource for resource in found if resource.id and resource.id in text]
        if not named or not _ABSENT.search(text):
            raise HeadendError(f"cannot ask whether everything is gone: {' '.join(text.split())[:400]}")
        absent.add(max(named, key=lambda resource: len(resource.id)).address)
    return absent


def _addresses(module: dict[str, Any]) -> Iterator[str]:
    for item in module.get("resources", []):
        if item["mode"] == "managed":
            yield item["address"]
    for child in module.get("child_modules", []):
        yield from _addresses(child)


def _scratch_root(before: list[Resource], region: str) -> dict[str, Any]:
    """A root module in JSON syntax with one provider block for each provider configuration that the state names."""
    named = region_by_provider(before)
    required: dict[str, dict[str, str]] = {}
    blocks: dict[str, list[dict[str, Any]]] = {}
    for provider in sorted({item.provider for item in before}):
        source, _, alias = provider.partition('["')[2].partition('"]')
        name = source.rsplit("/", 1)[1]
        required[name] = {"source": source}
        if name == "aws":
            block: dict[str, Any] = {"region": named.get(provider, region)}
            blocks.setdefault(name, []).append({**block, "alias": alias.lstrip(".")} if alias else block)
    return {"terraform": {"required_providers": required}, "provider": blocks}


def _tagged(session: Session, before: list[Resource]) -> Iterator[Leftover]:
    """What carries the deployment's tag in its Regions, those of a state among them."""
    regions = {session.config.region, *region_by_provider(before).values()}
    if session.config.live:
        regions.add(session.config.live.secondary_region)
    if any(item.arn.startswith(_GLOBAL) for item in before):
        regions.add(GLOBAL_REGION)
    wanted = [{"Key": DEPLOYMENT_TAG, "Values": [session.config.name]}]
    for region in sorted(regions):
        client = session.aws.client("resourcegroupstaggingapi", region)
        try:
            for page in client.get_paginator("get_resources").paginate(TagFilters=wanted):
                for item in page["ResourceTagMappingList"]:
                    yield Leftover(item["ResourceARN"], f"tag {DEPLOYMENT_TAG}")
        except botocore.exceptions.ClientError as error:
            said = one_line(error)
            raise HeadendError(f"cannot ask for what is left by tag in {region}: {said}") from None


def _inventory(session: Session) -> list[Item] | None:
    """What the local cloud at the endpoint holds; None for AWS and for servers that are not our local cloud."""
    if not session.aws.is_local:
        return None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{session.aws.endpoint}/_headend/inventory", timeout=30) as answer:
            found: list[Item] = json.load(answer)["resources"]
            return found
    except (urllib.error.URLError, ValueError, KeyError, TypeError):
        return None


def _noted(session: Session, environment: str, name: str) -> list[Item]:
    """What an environment noted about the endpoint of this session; another endpoint's notes do not count."""
    folder = session.environment.root / "envs" / environment
    place = (
        session.environment if environment == session.environment.name else find(str(folder), session.environment.root)
    )
    noted = recall(place, name) or {}
    return list(noted["items"]) if noted.get("endpoint") == session.aws.endpoint else []


def _less(items: list[Item], known: list[Item]) -> list[Item]:
    seen = {_key(item) for item in known}
    return [item for item in items if _key(item) not in seen]


def _key(item: Item) -> tuple[str, ...]:
    return tuple(str(item.get(part, "")) for part in ("service", "region", "type", "id"))
