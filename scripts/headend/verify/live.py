"""The checks of a two-Region workflow, with an operator's access to AWS."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from livecheck.channel import Channel
from livecheck.errors import InvalidEvent, LiveCheckError, SegmentsPending
from livecheck.judge import Finding
from livecheck.service import Access, Asked, described, epoch, manifests, parse

from headend.aws import Aws
from headend.errors import HeadendError
from headend.live_outputs import LiveOutputs

T = TypeVar("T")


def verify(what: str, live: LiveOutputs, aws: Aws) -> list[Finding]:
    """All findings of `epoch` or `manifest`. Raises HeadendError where nothing can be said."""
    asked = parse({"operation": what, "channels": [region.asked() for region in live.regions.both()]})[1]
    return _told(_CHECKS[what], asked, access(aws))


def channels(live: LiveOutputs, reached: Access) -> list[Channel]:
    """The channels of both Regions as MediaLive describes them. Raises HeadendError."""
    asked = parse({"channels": [region.asked() for region in live.regions.both()]})[1]
    return _told(lambda wanted, access: [described(one, access) for one in wanted], asked, reached)


def access(aws: Aws) -> Access:
    """How the checks reach AWS, or what stands in for it."""
    return Access(aws.client, aws.session().get_credentials, aws.endpoint)


def _epoch(asked: tuple[Asked, ...], access: Access) -> list[Finding]:
    return epoch(asked, access, datetime.now(UTC))


_CHECKS: dict[str, Callable[[tuple[Asked, ...], Access], list[Finding]]] = {"epoch": _epoch, "manifest": manifests}


def _told(check: Callable[[tuple[Asked, ...], Access], list[T]], asked: tuple[Asked, ...], reached: Access) -> list[T]:
    try:
        return check(asked, reached)
    except SegmentsPending as error:
        raise HeadendError(f"nothing is on air: {error}; `headend live start` starts the channels") from None
    except InvalidEvent as error:
        raise HeadendError(f"{error}; apply, and verify again") from None
    except LiveCheckError as error:
        raise HeadendError(f"AWS did not answer: {error}; verify again") from None
