"""Flow ARNs: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselementalmediaconnect.html."""

import re

_FLOW_ARN = re.compile(r"arn:aws[a-z-]*:mediaconnect:[a-z0-9-]+:[0-9]{12}:flow:[A-Za-z0-9-]+:[^\s:/]{1,256}", re.ASCII)


def is_flow_arn(value: object) -> bool:
    """Whether this is the ARN of a MediaConnect flow."""
    return isinstance(value, str) and _FLOW_ARN.fullmatch(value) is not None
