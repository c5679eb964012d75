"""The access log of a stage: its format with $context variables in, one line a request out.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_.]*[A-Za-z0-9_])")
NOTHING = "-"


def line(form: str, context: Mapping[str, str]) -> str:
    """The line of one request; a variable without a value is a dash."""
    return VARIABLE.sub(lambda found: context.get(found[1]) or NOTHING, form)


def group_of(destination: str) -> str:
    """The name of the log group that an ARN names."""
    return destination.partition(":log-group:")[2].removesuffix(":*")
