"""HTTP APIs answer requests: at an address of the local cloud's own, as no name of AWS's leads to this machine.

`ApiEndpoint` is http://127.0.0.1:PORT/_aws/execute-api/API_ID; what follows it is the path that AWS would see. A
route's function is called if its policy, or the integration's role, lets the API call it.

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from moto.apigatewayv2.models import apigatewayv2_backends
from moto.core.exceptions import JsonRESTError, ServiceException
from werkzeug.wrappers import Request, Response

from headend.localcloud import moto_patches
from headend.localcloud.apigateway import access_logs, payload_format
from headend.localcloud.apigateway.http_routes import DEFAULT, Match, path_of, route_of, stage_of
from headend.localcloud.apigateway.payload_format import Call, MalformedResponse
from headend.localcloud.cloudwatch.platform_metrics import PlatformMetrics
from headend.localcloud.functions.functions import Functions, ThrottledError
from headend.localcloud.iam.senders import Sender
from headend.localcloud.logs.log_writer import write
from headend.localcloud.service_calls import DeliveryError, permit, region_of

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

PREFIX = "/_aws/execute-api/"
MODELS = "moto.apigatewayv2.models:ApiGatewayV2Backend"
RESPONSES = "moto.apigatewayv2.responses:ApiGatewayV2Response"
API_GATEWAY = "apigateway.amazonaws.com"
NOT_PERMITTED = (
    "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. "
    "Check the permissions and try again."
)


@dataclass
class Answered:
    """The answer to a request, and what the access log says of the integration."""

    response: Response
    context: dict[str, str] = field(default_factory=dict)


class HttpApis:
    """All HTTP APIs of the local cloud."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._metrics = PlatformMetrics(cloud)

    def endpoint(self, api_id: str) -> str:
        """The address of an API, without a slash at its end."""
        return f"{self._cloud.endpoint}{PREFIX}{api_id}"

    def answer(self, request: Request) -> Response:
        """The answer to a request below PREFIX."""
        api_id, slash, rest = request.path.removeprefix(PREFIX).partition("/")
        region, api = self._find(api_id)
        if api is None or api.disable_execute_api_endpoint in (True, "true"):
            return _message(404, "Not Found")
        path = slash + rest or "/"
        found = stage_of(path, list(api.stages))
        if found is None:
            return _message(404, "Not Found")
        stage, below = found
        match = route_of(request.method, below, [route.route_key for route in list(api.routes.values())])
        call = Call(
            request=request,
            account=self._cloud.account_id,
            api_id=api_id,
            stage=stage,
            route_key=match.route_key if match else "",
            path=path,
            variables=match.variables if match else {},
            stage_variables=api.stages[stage].stage_variables or {},
            request_id=uuid.uuid4().hex[:15] + "=",
            trace_id=f"Root=1-{int(self._cloud.clock.time()):08x}-{uuid.uuid4().hex[:24]}",
            time=self._cloud.clock.time(),
        )
        answered = self._integrate(region, api, call, match) if match else Answered(_message(404, "Not Found"))
        answered.response.headers["apigw-requestid"] = call.request_id
        self._record(region, api, call, answered)
        return answered.response

    def _find(self, api_id: str) -> tuple[str, Any]:
        for region, backend in list(apigatewayv2_backends[self._cloud.account_id].items()):
            api = backend.apis.get(api_id)
            if api is not None and api.protocol_type == "HTTP":
                return region, api
        return "", None

    def _integrate(self, region: str, api: Any, call: Call, match: Match) -> Answered:
        """What the route's integration answers; NotImplementedError for what the local cloud does not have."""
        route = next(one for one in list(api.routes.values()) if one.route_key == match.route_key)
        integration = api.integrations.get(str(route.target or "").removeprefix("integrations/"))
        if integration is None:
            return Answered(_message(404, "Not Found"))
        if (route.authorization_type or "NONE") != "NONE":
            raise NotImplementedError(f"routes of HTTP APIs with authorization {route.authorization_type}")
        function = _function_of(str(integration.integration_uri or ""))
        if integration.integration_type != "AWS_PROXY" or not function or integration.payload_format_version != "2.0":
            raise NotImplementedError("integrations of HTTP APIs but those of functions in payload format 2.0")
        resource = f"{call.stage}/{call.request.method}{path_of(match.route_key)}"
        if match.route_key == DEFAULT:
            resource = f"{call.stage}/{DEFAULT}"
        source = f"arn:aws:execute-api:{region}:{call.account}:{call.api_id}/{resource}"
        sender = Sender(API_GATEWAY, source, role_arn=str(integration.credentials_arn or ""))
        return self._invoke(function, sender, call)

    def _invoke(self, function: str, sender: Sender, call: Call) -> Answered:
        try:
            permit(self._cloud, sender, "lambda:InvokeFunction", function)
        except DeliveryError:
            return _failed(NOT_PERMITTED)
        functions = self._cloud.part(Functions)
        begun = self._cloud.clock.time()
        try:
            made = functions.invoke(region_of(function), function, json.dumps(payload_format.event(call)))
        except ThrottledError:
            return _failed("Rate Exceeded.")
        except (JsonRESTError, ServiceException) as error:
            return _failed(str(error))
        context = {
            "integrationLatency": str(round((self._cloud.clock.time() - begun) * 1000)),
            "integration.requestId": made.request_id,
            "integration.integrationStatus": "200",
        }
        if made.function_error:
            said = str(json.loads(made.payload).get("errorMessage", ""))
            return _failed(f"The Lambda function returned the following error: {said}", context)
        try:
            response = payload_format.response(made.payload)
        except MalformedResponse as error:
            return _failed(f"The response received from the Lambda function is not valid: {error}", context)
        return Answered(response, context | {"integration.status": str(response.status_code)})

    def _record(self, region: str, api: Any, call: Call, answered: Answered) -> None:
        """Write the access log's line, the metrics and the timeline's entry; none of them holds the query."""
        status, length = answered.response.status_code, len(answered.response.get_data())
        latency = round((self._cloud.clock.time() - call.time) * 1000)
        request = call.request
        context = {
            "accountId": call.account,
            "apiId": call.api_id,
            "domainName": call.domain,
            "domainPrefix": call.domain.partition(".")[0],
            "httpMethod": request.method,
            "identity.sourceIp": request.remote_addr or "",
            "identity.userAgent": request.headers.get("User-Agent", ""),
            "path": call.path,
            "protocol": str(request.environ.get("SERVER_PROTOCOL", "HTTP/1.1")),
            "requestId": call.request_id,
            "requestTime": call.clock,
            "requestTimeEpoch": str(int(call.time * 1000)),
            "responseLatency": str(latency),
            "responseLength": str(length),
            "routeKey": call.route_key,
            "stage": call.stage,
            "status": str(status),
            **answered.context,
        }
        settings = api.stages[call.stage].access_log_settings or {}
        if settings.get("destinationArn") and settings.get("format"):
            group = access_logs.group_of(settings["destinationArn"])
            lines = [(call.time, access_logs.line(settings["format"], context))]
            write(call.account, region, group, f"{call.api_id}/{call.stage}", lines, create=False)
        numbers = {
            "Count": 1.0,
            "4xx": float(400 <= status < 500),
            "5xx": float(status >= 500),
            "DataProcessed": float(length),
            "Latency": float(latency),
        }
        if "integrationLatency" in answered.context:
            numbers["IntegrationLatency"] = float(answered.context["integrationLatency"])
        for dimensions in ({"ApiId": call.api_id}, {"ApiId": call.api_id, "Stage": call.stage}):
            self._metrics.put(region, "AWS/ApiGateway", dimensions, **numbers)
        self._cloud.timeline.record(
            "http",
            region,
            api.arn,
            f"{request.method} {call.path} of {api.name}: {status}",
            api_id=call.api_id,
            method=request.method,
            path=call.path,
            route=call.route_key,
            status=status,
        )


def _function_of(uri: str) -> str:
    """The function that an integration names by its ARN, or by that of Lambda's API; empty for something else."""
    name = uri.partition("/functions/")[2].removesuffix("/invocations") or uri
    return name if name.startswith("arn:aws:lambda:") else ""


def _failed(why: str, context: dict[str, str] | None = None) -> Answered:
    message = {"integrationErrorMessage": why, "integration.error": why}
    return Answered(_message(500, "Internal Server Error"), {**(context or {}), **message})


def _message(status: int, text: str) -> Response:
    return Response(json.dumps({"message": text}, separators=(",", ":")), status=status, mimetype="application/json")


def install(cloud: LocalCloudServer) -> None:
    """Give APIs an address that answers, and stages what moto does not keep."""
    apis = HttpApis(cloud)
    cloud.provide(apis)
    cloud.add_site(PREFIX, apis.answer)

    def create_api(self: Any, *args: Any, **settings: Any) -> Any:
        """AWS's address would lead to AWS."""
        api = moto_patches.original(MODELS, "create_api")(self, *args, **settings)
        if api.protocol_type == "HTTP":
            api.api_endpoint = apis.endpoint(api.api_id)
        return api

    def update_stage(self: Any) -> tuple[int, dict[str, str], str]:
        """PATCH /v2/apis/API_ID/stages/NAME: what is given takes the place of what was.

        Source: https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html
        """
        *_, api_id, _, name = self.path.split("/")
        stage = self.apigatewayv2_backend.get_stage(api_id, unquote(name))
        given = json.loads(self.body)
        for key, attribute in STAGE.items():
            if key in given:
                setattr(stage, attribute, given[key])
        return 200, {}, json.dumps(stage.to_json())

    moto_patches.replace(MODELS, "create_api", create_api)
    moto_patches.replace(RESPONSES, "update_stage", update_stage)


STAGE = {
    "accessLogSettings": "access_log_settings",
    "autoDeploy": "auto_deploy",
    "clientCertificateId": "client_certificate_id",
    "defaultRouteSettings": "default_route_settings",
    "description": "description",
    "routeSettings": "route_settings",
    "stageVariables": "stage_variables",
}
"""Parameter of UpdateStage → attribute of moto's stage."""
