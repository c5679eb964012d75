"""What exists in the local cloud beyond what a fresh one has, asked of every back end of moto and of none by name.

A resource is an object of one of moto's classes that sits in a collection of a back end. What a back end has at its
birth (default VPC, default event bus, …) is remembered then and does not count; what was put into those defaults does.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

from moto.core.base_backend import BackendDict, BaseBackend, backend_lock

from headend.localcloud import moto_patches
from headend.localcloud.app import LocalCloudServer
from headend.localcloud.media.as_run import GROUP as MEDIALIVE_LOGS

OWNER = "moto.core.base_backend:AccountSpecificBackend"
DEPTH = 8
NAMING = ("arn", "flow_arn", "function_arn", "topic_arn", "queue_arn", "execution_arn", "name", "id")
"""Attributes that name a resource, best first; otherwise the key under which it is kept does."""


class Resource(TypedDict):
    """One resource. `type` is the class's name without `Fake` or `Live`."""

    service: str
    region: str
    type: str
    id: str


class Inventory:
    """Remembers what every back end was born with, and lists the rest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._born: dict[int, dict[int, object]] = {}

    def born(self, backend: BaseBackend) -> None:
        """Take what `backend` has now for its defaults; only its first call counts."""
        with self._lock:
            if id(backend) not in self._born:
                # The objects are kept, so that nothing new can get their ids.
                self._born[id(backend)] = {id(backend): backend}
                found = {id(item): item for _, item in _resources(backend, None)}
                self._born[id(backend)] |= found

    def resources(self) -> list[Resource]:
        """All that exists beyond the defaults, sorted."""
        with backend_lock:
            known = [
                (backends.service_name, region, backend)
                for backends in BackendDict._instances
                for _, region, backend in list(backends.iter_backends())
            ]
        found: list[Resource] = []
        for service, region, backend in known:
            born = self._born.get(id(backend), {})
            for key, item in _resources(backend, born):
                if id(item) not in born and not _is_going(item) and not _is_managed_by_aws(item):
                    found.append(
                        {
                            "service": service,
                            "region": region,
                            "type": type(item).__name__.removeprefix("Fake").removeprefix("Live"),
                            "id": _name(item, key),
                        }
                    )
        return sorted(found, key=lambda one: (one["service"], one["region"], one["type"], one["id"]))


def _resources(backend: BaseBackend, born: Mapping[int, object] | None) -> Iterator[tuple[str, object]]:
    """(key, object) of what sits in the back end's collections. Looks into a resource only if it is one of `born`.

    With None for `born`, looks into everything: that is how the defaults are found.
    """
    seen: set[int] = set()

    def walk(value: object, key: str, depth: int, *, collected: bool) -> Iterator[tuple[str, object]]:
        if depth > DEPTH or isinstance(value, (str, bytes, int, float, type(None))) or id(value) in seen:
            return
        if isinstance(value, Mapping):
            seen.add(id(value))
            for name, item in list(value.items()):
                yield from walk(item, str(name), depth + 1, collected=True)
        elif isinstance(value, (list, tuple, set, frozenset)):
            seen.add(id(value))
            for item in list(value):
                yield from walk(item, key, depth + 1, collected=True)
        elif _is_ours(value) and not isinstance(value, BaseBackend):
            seen.add(id(value))
            if collected:
                yield key, value
            if not collected or born is None or id(value) in born:
                for name, item in list(vars(value).items()):
                    yield from walk(item, name, depth + 1, collected=False)

    for name, item in list(vars(backend).items()):
        yield from walk(item, name, 0, collected=False)


def _is_ours(value: object) -> bool:
    """Whether it is an instance of a class that moto defines, or of a subclass, and not a helper without state."""
    kinds = type(value).__mro__
    return any(kind.__module__.startswith("moto.") for kind in kinds) and hasattr(value, "__dict__")


def _is_going(item: object) -> bool:
    """Whether it is deleted already, or waits for it: a KMS key or a secret in its recovery window, a VPC endpoint.

    Terminated instances are still shown for a while, in their reservation.
    Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/terminating-instances.html
    """
    instances = getattr(item, "instances", None)
    if type(item).__name__ == "Reservation" and instances and all(one.state == "terminated" for one in instances):
        return True
    if getattr(item, "key_state", "") == "PendingDeletion" or getattr(item, "state", "") == "deleted":
        return True
    return bool(getattr(item, "deleted_date", None))


def _is_managed_by_aws(item: object) -> bool:
    """Whether it is a managed policy of AWS, or what AWS makes when a service first needs it, once for a Region.

    Nobody can delete AWS's KMS keys. The log group of MediaLive holds the as-run logs of all channels of a Region, past
    ones too.

    Sources: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-key
    https://docs.aws.amazon.com/medialive/latest/ug/working-with-logs.html
    """
    if type(item).__name__ == "AWSManagedPolicy" or _is_log_of_all_channels(item):
        return True
    aliases = getattr(item, "aliases", None)
    return isinstance(aliases, Mapping) and any(str(name).startswith("alias/aws/") for name in aliases)


def _is_log_of_all_channels(item: object) -> bool:
    return type(item).__name__ == "LogGroup" and getattr(item, "name", "") == MEDIALIVE_LOGS


def _name(item: object, key: str) -> str:
    attributes = vars(item)
    return next((str(attributes[name]) for name in NAMING if isinstance(attributes.get(name), str)), key)


def install(cloud: LocalCloudServer) -> None:
    """Watch back ends being born, and answer /_headend/inventory."""
    inventory = Inventory()
    for backends in list(BackendDict._instances):
        for _, _, backend in list(backends.iter_backends()):
            inventory.born(backend)

    def get(self: Any, region_name: str) -> Any:
        fresh = region_name not in self.keys()  # `in self` would ask for the Regions that are known
        backend = moto_patches.original(OWNER, "__getitem__")(self, region_name)
        if fresh:
            inventory.born(backend)
        return backend

    moto_patches.replace(OWNER, "__getitem__", get)
    cloud.provide(inventory)
    cloud.control.add("GET", "inventory", lambda _: {"resources": inventory.resources()})
