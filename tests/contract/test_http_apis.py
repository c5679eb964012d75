"""API Gateway: HTTP APIs route requests to functions, hand on payload format 2.0, and answer what the function says."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from headend.localcloud import ACCOUNT_ID
from headend.localcloud.apigateway import access_logs
from headend.localcloud.apigateway.http_apis import NOT_PERMITTED
from headend.localcloud.apigateway.http_routes import route_of, stage_of
from running_cloud import REGION, RunningCloud

GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide"
ROUTES = f"{GUIDE}/http-api-develop-routes.html"
FORMAT = f"{GUIDE}/http-api-develop-integrations-lambda.html"
TROUBLE = f"{GUIDE}/http-api-troubleshooting-lambda.html"
LOGGING = f"{GUIDE}/http-api-logging.html"
VARIABLES = f"{GUIDE}/http-api-logging-variables.html"
METRICS = f"{GUIDE}/http-api-metrics.html"
STAGES = f"{GUIDE}/http-api-stages.html"
DISABLED = f"{GUIDE}/http-api-disable-default-endpoint.html"
BINARY = "https://aws.amazon.com/blogs/compute/handling-binary-data-using-amazon-api-gateway-http-apis/"
ACTIONS = "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html"
UPDATE_STAGE = "https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis-apiid-stages-stagename.html"

ECHO = "import json\ndef handler(event, context):\n    return event\n"
SAYS = "import json\ndef handler(event, context):\n    return json.loads(event['body'])\n"
FAILS = "def handler(event, context):\n    raise ValueError('no')\n"


@dataclass
class Answer:
    status: int
    headers: Any
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=body, method=method, headers=sent)
    try:
        with urllib.request.urlopen(request, timeout=20) as response:
            return Answer(response.status, response.headers, response.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read().decode())


@dataclass
class Api:
    """An HTTP API with one function."""

    cloud: RunningCloud
    id: str
    url: str
    function: str

    @property
    def client(self) -> Any:
        return self.cloud.client("apigatewayv2")

    def stage(self, name: str = "$default", **settings: Any) -> None:
        self.client.create_stage(ApiId=self.id, StageName=name, AutoDeploy=True, **settings)

    def permit(self, path: str = "*") -> None:
        source = f"arn:aws:execute-api:{REGION}:{ACCOUNT_ID}:{self.id}/{path}"
        self.cloud.permit_invoke(self.function, "apigateway.amazonaws.com", SourceArn=source)

    def say(self, answer: Any) -> Answer:
        """What a client gets when the function answers with this."""
        return ask(f"{self.url}/", "POST", json.dumps(answer).encode(), Content_Type="application/json")


def api(cloud: RunningCloud, code: str, *route_keys: str) -> Api:
    """An API whose routes all lead to one function, without a stage and a permission."""
    function = cloud.function(code)
    client = cloud.client("apigatewayv2")
    made = client.create_api(Name=f"api-{uuid.uuid4().hex[:8]}", ProtocolType="HTTP")
    integration = client.create_integration(
        ApiId=made["ApiId"],
        IntegrationType="AWS_PROXY",
        IntegrationUri=f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{function}",
        PayloadFormatVersion="2.0",
    )
    for key in route_keys or ("$default",):
        client.create_route(ApiId=made["ApiId"], RouteKey=key, Target=f"integrations/{integration['IntegrationId']}")
    return Api(cloud, made["ApiId"], made["ApiEndpoint"], function)


@pytest.fixture(scope="module")
def says(cloud: RunningCloud) -> Api:
    """An API whose function answers with the body that it is sent."""
    made = api(cloud, SAYS)
    made.stage()
    made.permit()
    return made


@pytest.fixture(scope="module")
def echo(cloud: RunningCloud) -> Api:
    """An API whose function answers with the event."""
    made = api(cloud, ECHO, "ANY /pets/{id}", "$default")
    made.stage(StageVariables={"colour": "blue"})
    made.stage("prod")
    made.permit()
    return made


TABLE = ["GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default"]


@pytest.mark.contract("The best match wins: full, then greedy, then $default; the more specific first", source=ROUTES)
@pytest.mark.parametrize(
    ("method", "path", "wanted"),
    [
        ("GET", "/pets/dog/1", "GET /pets/dog/1"),
        ("GET", "/pets/dog/2", "GET /pets/dog/{id}"),
        ("GET", "/pets/cat/1", "GET /pets/{proxy+}"),
        ("GET", "/pets/dog/1/2", "GET /pets/{proxy+}"),
        ("POST", "/test/5", "ANY /{proxy+}"),
        ("POST", "/pets/dog/1", "ANY /{proxy+}"),
        ("GET", "/", "$default"),
    ],
)
def test_routes(method: str, path: str, wanted: str) -> None:
    for order in (TABLE, TABLE[::-1]):
        match = route_of(method, path, order)
        assert match is not None
        assert match.route_key == wanted


@pytest.mark.contract("ANY matches the methods that no other route of the path names", source=ROUTES)
def test_any() -> None:
    keys = ["ANY /pets", "GET /pets"]
    assert [getattr(route_of(method, "/pets", keys), "route_key", None) for method in ("GET", "POST")] == keys[::-1]
    assert route_of("POST", "/pets", ["GET /pets"]) is None


@pytest.mark.contract("A request goes to the stage that its path begins with, else to $default", source=ROUTES)
@pytest.mark.parametrize(
    ("path", "stages", "wanted"),
    [
        ("/prod/pets", ["$default", "prod"], ("prod", "/pets")),
        ("/prod", ["prod"], ("prod", "/")),
        ("/pets", ["$default", "prod"], ("$default", "/pets")),
        ("/production/pets", ["$default", "prod"], ("$default", "/production/pets")),
        ("/pets", ["prod"], None),
    ],
)
def test_stages(path: str, stages: list[str], wanted: Any) -> None:
    assert stage_of(path, stages) == wanted


@pytest.mark.contract("Without a stage or a route that matches the API answers 404 Not Found", source=ROUTES)
def test_not_found(cloud: RunningCloud) -> None:
    made = api(cloud, ECHO, "GET /pets")
    assert ask(f"{made.url}/pets").status == 404
    made.stage()
    answer = ask(f"{made.url}/cats")
    assert (answer.status, answer.json) == (404, {"message": "Not Found"})


@pytest.mark.contract(
    "A function is handed the request in payload format 2.0",
    source=FORMAT,
    limits="domainName is this machine's; x-forwarded-for and its like are those of the local connection.",
)
def test_the_event(echo: Api) -> None:
    query = "parameter1=value1&parameter1=value2&parameter2=value%20x"
    sent = {"X_Twice": "1", "Cookie": "cookie1=a; cookie2=b", "Content_Type": "text/plain", "User_Agent": "agent"}
    event = ask(f"{echo.url}/pets/6%207?{query}", "POST", b"Hello", **sent).json
    assert {name: event[name] for name in event if name not in ("headers", "requestContext")} == {
        "version": "2.0",
        "routeKey": "ANY /pets/{id}",
        "rawPath": "/pets/6 7",
        "rawQueryString": query,
        "cookies": ["cookie1=a", "cookie2=b"],
        "queryStringParameters": {"parameter1": "value1,value2", "parameter2": "value x"},
        "body": "Hello",
        "pathParameters": {"id": "6 7"},
        "isBase64Encoded": False,
        "stageVariables": {"colour": "blue"},
    }
    assert event["headers"]["x-twice"] == "1"
    assert {"host", "x-amzn-trace-id", "x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"} <= set(
        event["headers"]
    )
    assert "cookie" not in event["headers"]
    context = event["requestContext"]
    assert context["http"] == {
        "method": "POST",
        "path": "/pets/6 7",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "agent",
    }
    assert (context["accountId"], context["apiId"], context["stage"]) == (ACCOUNT_ID, echo.id, "$default")
    assert context["routeKey"] == "ANY /pets/{id}"
    other = {"domainName", "domainPrefix", "requestId", "time", "timeEpoch"}
    assert set(context) == other | {"accountId", "apiId", "http", "routeKey", "stage"}


@pytest.mark.contract("What a request does not have is not in its event", source=FORMAT)
def test_a_bare_event(echo: Api) -> None:
    event = ask(f"{echo.url}/prod/x").json
    assert set(event) == {
        "version",
        "routeKey",
        "rawPath",
        "rawQueryString",
        "headers",
        "requestContext",
        "isBase64Encoded",
    }
    assert (event["rawPath"], event["requestContext"]["stage"]) == ("/prod/x", "prod")


@pytest.mark.contract("A body that is neither text, JSON, XML nor JavaScript is handed on as Base64", source=BINARY)
@pytest.mark.parametrize(
    ("kind", "encoded"),
    [
        ("text/csv", False),
        ("application/json", False),
        ("application/xml", False),
        ("application/javascript", False),
        ("application/x-www-form-urlencoded", True),
        ("image/png", True),
    ],
)
def test_binary_bodies(echo: Api, kind: str, encoded: bool) -> None:
    event = ask(f"{echo.url}/", "POST", b"a=b", Content_Type=kind).json
    assert event["isBase64Encoded"] is encoded
    assert event["body"] == (base64.b64encode(b"a=b").decode() if encoded else "a=b")


@pytest.mark.contract("An answer without a statusCode is the body of a 200, as JSON", source=FORMAT)
@pytest.mark.parametrize(
    ("answer", "body"),
    [
        ("Hello from Lambda!", "Hello from Lambda!"),
        ({"message": "Hello"}, '{"message":"Hello"}'),
        ([1, 2], "[1,2]"),
        ({"body": "x"}, '{"body":"x"}'),
    ],
)
def test_inferred_responses(says: Api, answer: Any, body: str) -> None:
    got = says.say(answer)
    assert (got.status, got.body, got.headers["content-type"]) == (200, body, "application/json")


@pytest.mark.contract("An answer with a statusCode is the response: headers, cookies, a body in Base64", source=FORMAT)
def test_customised_responses(says: Api) -> None:
    answer = {
        "statusCode": 201,
        "headers": {"Content-Type": "text/html", "X-Custom": "value"},
        "cookies": ["cookie1=value1", "cookie2=value2; Secure"],
        "body": base64.b64encode("größer".encode()).decode(),
        "isBase64Encoded": True,
    }
    got = says.say(answer)
    assert (got.status, got.body) == (201, "größer")
    assert (got.headers["content-type"], got.headers["x-custom"]) == ("text/html", "value")
    assert got.headers.get_all("set-cookie") == ["cookie1=value1", "cookie2=value2; Secure"]


@pytest.mark.contract("An answer that is no response is an Internal Server Error", source=TROUBLE)
@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": "abc"},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": "?", "isBase64Encoded": True},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 1},
    ],
)
def test_malformed_responses(says: Api, answer: Any) -> None:
    got = says.say(answer)
    assert (got.status, got.json) == (500, {"message": "Internal Server Error"})


@pytest.mark.contract("A function that fails is an Internal Server Error", source=TROUBLE)
def test_failing_functions(cloud: RunningCloud) -> None:
    made = api(cloud, FAILS)
    made.stage()
    made.permit()
    got = ask(f"{made.url}/")
    assert (got.status, got.json) == (500, {"message": "Internal Server Error"})


@pytest.mark.contract("Without the function's permission the API answers Internal Server Error", source=TROUBLE)
@pytest.mark.parametrize(
    ("source", "status"),
    [(None, 500), ("*/*/cats/*", 500), ("other/*/pets/*", 500), ("*/POST/pets/*", 500), ("*/*/pets/*", 200)],
)
def test_permissions(cloud: RunningCloud, source: str | None, status: int) -> None:
    made = api(cloud, ECHO, "ANY /pets/{id}")
    made.stage()
    if source:
        made.permit(source)
    assert ask(f"{made.url}/pets/1").status == status


@pytest.mark.contract("The access log has the variables of its format, and why an integration failed", source=VARIABLES)
def test_access_logs(cloud: RunningCloud) -> None:
    made = api(cloud, ECHO, "GET /pets/{id}")
    group = f"/aws/apigateway/{made.id}"
    cloud.client("logs").create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{group}"
    form = "$context.identity.sourceIp $context.httpMethod $context.path [$context.routeKey] $context.status"
    why = "$context.integrationErrorMessage|$context.authorizer.error"
    made.stage(AccessLogSettings={"DestinationArn": arn, "Format": f"{form} {why}"})
    ask(f"{made.url}/pets/1?key=secret")
    ask(f"{made.url}/other")
    made.permit()
    ask(f"{made.url}/pets/1?key=secret")
    events = cloud.client("logs").filter_log_events(logGroupName=group)["events"]
    assert sorted(event["message"] for event in events) == sorted(
        [
            f"127.0.0.1 GET /pets/1 [GET /pets/{{id}}] 500 {NOT_PERMITTED}|-",
            "127.0.0.1 GET /other [-] 404 -|-",
            "127.0.0.1 GET /pets/1 [GET /pets/{id}] 200 -|-",
        ]
    )


@pytest.mark.contract("The formats that AWS gives as examples", source=LOGGING)
def test_the_common_log_format() -> None:
    form = (
        '$context.identity.sourceIp - - [$context.requestTime] "$context.httpMethod $context.routeKey '
        '$context.protocol" $context.status $context.responseLength $context.requestId'
    )
    context = {
        "identity.sourceIp": "192.0.2.1",
        "requestTime": "12/Mar/2020:19:03:58 +0000",
        "httpMethod": "GET",
        "routeKey": "$default",
        "protocol": "HTTP/1.1",
        "status": "200",
        "responseLength": "5",
        "requestId": "id",
    }
    wanted = '192.0.2.1 - - [12/Mar/2020:19:03:58 +0000] "GET $default HTTP/1.1" 200 5 id'
    assert access_logs.line(form, context) == wanted


@pytest.mark.contract("Requests, 4xx and 5xx are counted by API and by stage", source=METRICS)
def test_metrics(cloud: RunningCloud) -> None:
    made = api(cloud, ECHO, "GET /pets")
    made.stage()
    for path in ("/pets", "/pets", "/cats"):
        ask(f"{made.url}{path}")
    now = cloud.server.clock.now()
    for dimensions in ({"ApiId": made.id}, {"ApiId": made.id, "Stage": "$default"}):
        sums = {}
        for metric in ("Count", "4xx", "5xx"):
            points = cloud.client("cloudwatch").get_metric_statistics(
                Namespace="AWS/ApiGateway",
                MetricName=metric,
                Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
                StartTime=now.timestamp() - 600,
                EndTime=now.timestamp() + 600,
                Period=60,
                Statistics=["Sum"],
            )["Datapoints"]
            sums[metric] = sum(point["Sum"] for point in points)
        assert sums == {"Count": 3.0, "4xx": 1.0, "5xx": 2.0}


@pytest.mark.contract(
    "An API whose default endpoint is disabled does not answer there",
    source=DISABLED,
    limits="It answers 404, for which AWS's document names no status.",
)
def test_a_disabled_endpoint(cloud: RunningCloud) -> None:
    made = api(cloud, ECHO)
    made.stage()
    made.permit()
    made.client.update_api(ApiId=made.id, DisableExecuteApiEndpoint=True)
    assert ask(f"{made.url}/").status == 404


@pytest.mark.contract("UpdateStage changes what it is given, and nothing else", source=UPDATE_STAGE)
def test_update_stage(cloud: RunningCloud) -> None:
    made = api(cloud, ECHO)
    made.stage(Description="first", StageVariables={"a": "1"})
    settings = {"ThrottlingBurstLimit": 5, "ThrottlingRateLimit": 2.0}
    made.client.update_stage(ApiId=made.id, StageName="$default", DefaultRouteSettings=settings)
    stage = made.client.get_stage(ApiId=made.id, StageName="$default")
    assert stage["Description"] == "first"
    assert stage["StageVariables"] == {"a": "1"}
    assert stage["DefaultRouteSettings"] == settings


@pytest.mark.contract("A deleted API answers nothing, and leaves nothing", source=STAGES)
def test_deletion(cloud: RunningCloud) -> None:
    made = api(cloud, ECHO)
    made.stage()
    made.client.delete_api(ApiId=made.id)
    assert ask(f"{made.url}/").status == 404
    assert made.id not in [one["ApiId"] for one in made.client.get_apis()["Items"]]


@pytest.mark.contract("API Gateway's actions are HTTP's methods, its resources the paths of its API", source=ACTIONS)
@pytest.mark.parametrize(
    ("action", "resource", "allowed"),
    [
        ("apigateway:POST", "/apis", True),
        ("apigateway:POST", "/apis/*", False),
        ("apigateway:GET", "/apis", False),
        ("apigateway:*", "/*", True),
    ],
)
def test_actions(cloud: RunningCloud, action: str, resource: str, allowed: bool) -> None:
    client = _as_role(cloud, action, f"arn:aws:apigateway:{REGION}::{resource}")
    if allowed:
        assert client.create_api(Name="made-by-a-role", ProtocolType="HTTP")["ApiId"]
        return
    with pytest.raises(ClientError) as refused:
        client.create_api(Name="made-by-a-role", ProtocolType="HTTP")
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"
    assert f"apigateway:POST on resource: arn:aws:apigateway:{REGION}::/apis" in str(refused.value)


def _as_role(cloud: RunningCloud, action: str, resource: str) -> Any:
    """API Gateway's client of a role that may do one thing."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}, "Action": "sts:AssumeRole"}
    role = cloud.role(
        f"r-{uuid.uuid4().hex[:8]}",
        {"Version": "2012-10-17", "Statement": [statement]},
        {"Version": "2012-10-17", "Statement": [trust]},
    )
    got = cloud.client("sts").assume_role(RoleArn=role, RoleSessionName="session")["Credentials"]
    return boto3.client(
        "apigatewayv2",
        region_name=REGION,
        endpoint_url=cloud.server.endpoint,
        aws_access_key_id=got["AccessKeyId"],
        aws_secret_access_key=got["SecretAccessKey"],
        aws_session_token=got["SessionToken"],
    )
