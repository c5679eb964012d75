"""ARNs of MediaConnect: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselementalmediaconnect.html."""

import re

_FLOW_ARN = re.compile(r"arn:aws[a-z-]*:mediaconnect:[a-z0-9-]+:[0-9]{12}:flow:[A-Za-z0-9-]+:[^\s:/]{1,256}", re.ASCII)
_ANY_ARN = re.compile(
    r"(arn:aws[a-z-]*:mediaconnect:[a-z0-9-]+:[0-9]{12}:[A-Za-z]+):([A-Za-z0-9-]+(?::[A-Za-z0-9-]+)*):([^\s:/]{1,256})",
    re.ASCII,
)


def is_flow_arn(value: object) -> bool:
    """Whether this is the ARN of a MediaConnect flow."""
    return isinstance(value, str) and _FLOW_ARN.fullmatch(value) is not None


def canonical(value: object) -> str | None:
    """The ARN of a flow, or of a part of one, as the API writes it; None for anything else.

    Older documents of events part the id by colons: `flow:1:AbC:dEf:NAME` is `flow:1-AbC-dEf:NAME`.
    """
    found = _ANY_ARN.fullmatch(value) if isinstance(value, str) else None
    return f"{found[1]}:{found[2].replace(':', '-')}:{found[3]}" if found else None
