"""What a request to API Gateway needs: its actions are HTTP's methods, its resources the paths of its API.

Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from headend.localcloud.iam.request_needs import Need, Scope

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

TAGS = "/tags/"


def need_of_api_gateway(scope: Scope, environ: WSGIEnvironment) -> Need:
    """The method on the path, without the version of the API; a tagged resource is in its path by its quoted ARN."""
    path = str(environ.get("PATH_INFO", "")).removeprefix("/v2")
    if path.startswith(TAGS):
        path = TAGS + quote(path.removeprefix(TAGS), safe="")
    method = str(environ.get("REQUEST_METHOD", ""))
    return Need(f"apigateway:{method}", f"arn:aws:apigateway:{scope.region}::{path}")
