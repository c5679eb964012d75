"""Links into the AWS console, in the partition and Region of the resource."""

from urllib.parse import quote

from alerts.errors import InvalidRequest
from alerts.requests import milliseconds

_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
}


def _home(service: str, arn: str) -> str | None:
    parts = arn.split(":")
    if len(parts) < 6 or parts[1] not in _CONSOLES or not parts[3]:
        return None
    region = quote(parts[3], safe="")
    return f"https://{region}.{_CONSOLES[parts[1]]}/{service}/home?region={region}"


def flow(arn: str | None) -> str | None:
    """The flow's page; None when the ARN is none."""
    home = _home("mediaconnect", arn) if arn else None
    return f"{home}#/flows/{quote(arn, safe=':')}" if home and arn else None


def dashboard(name: str, near_arn: str) -> str | None:
    """The dashboard's page, in the partition and Region of another resource."""
    home = _home("cloudwatch", near_arn)
    return f"{home}#dashboards/dashboard/{quote(name, safe='')}" if home and name else None


def execution(arn: str, started: str | None) -> str | None:
    """The page of an EXPRESS execution, which the console finds by ARN and start."""
    home = _home("states", arn)
    if not home:
        return None
    try:
        start = f"?startDate={milliseconds(started)}" if started else ""
    except InvalidRequest:
        start = ""
    return f"{home}#/express-executions/details/{quote(arn, safe=':')}{start}"
