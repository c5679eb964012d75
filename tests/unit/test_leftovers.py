"""The proof that a destroy has left nothing."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from headend import leftovers
from headend.environments import Environment
from headend.errors import HeadendError
from headend.leftovers import find_leftovers, note_after, note_before
from headend.session import Session
from headend.state import flow_arns, resources, without

FLOW_ARN = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-abc:live-studio-a"
AWS_PROVIDER = 'provider["registry.terraform.io/hashicorp/aws"]'


def state(*instances: dict[str, Any]) -> str:
    return json.dumps({"version": 4, "resources": list(instances)})


def resource(
    kind: str, name: str, *attributes: dict[str, Any], module: str | None = None, provider: str = AWS_PROVIDER
) -> dict[str, Any]:
    keys = [{}] if len(attributes) == 1 else [{"index_key": f"k{n}"} for n in range(len(attributes))]
    instances = [{**key, "attributes": each} for key, each in zip(keys, attributes, strict=True)]
    inside = {"module": module} if module else {}
    return {**inside, "mode": "managed", "type": kind, "name": name, "provider": provider, "instances": instances}


FLOW = resource(
    "aws_cloudcontrolapi_resource",
    "flow",
    {"id": FLOW_ARN, "type_name": "AWS::MediaConnect::Flow"},
    module='module.flow["a"]',
)
TOPIC_ARN = "arn:aws:sns:eu-central-1:123456789012:live-alerts"
TOPIC = resource("aws_sns_topic", "this", {"id": TOPIC_ARN, "arn": TOPIC_ARN})
DATA = {
    "mode": "data",
    "type": "aws_region",
    "name": "current",
    "provider": AWS_PROVIDER,
    "instances": [{"attributes": {}}],
}


# The state


def test_the_state_names_what_is_managed() -> None:
    found = resources(state(FLOW, TOPIC, DATA, resource("aws_sqs_queue", "q", {"id": "one"}, {"id": "two"})))
    assert [item.address for item in found] == [
        'module.flow["a"].aws_cloudcontrolapi_resource.flow',
        "aws_sns_topic.this",
        'aws_sqs_queue.q["k0"]',
        'aws_sqs_queue.q["k1"]',
    ]
    assert [item.arn for item in found] == [FLOW_ARN, TOPIC_ARN, "", ""]
    assert flow_arns(found) == [FLOW_ARN]


def test_no_state_holds_nothing() -> None:
    assert resources("") == []


def test_a_state_of_another_format_is_refused() -> None:
    with pytest.raises(HeadendError, match=r"not in the format of Terraform 1\.x"):
        resources('{"modules": []}')


def test_a_resource_is_taken_out_of_a_state() -> None:
    text = without(state(FLOW, TOPIC), {"aws_sns_topic.this"})
    assert [item.type for item in resources(text)] == ["aws_cloudcontrolapi_resource"]


# Asking for what was destroyed


class Refresh:
    """Terraform, refreshing: `kept` are the addresses that still answer; `errors` are diagnostics of a first try."""

    kept: tuple[str, ...] = ()
    errors: tuple[dict[str, str], ...] = ()
    roots: list[dict[str, Any]] = []  # noqa: RUF012 - reset by the fixture

    def __init__(self, folder: Path, *_: object) -> None:
        self.folder = folder

    def init(self) -> None:
        self.roots.append(json.loads((self.folder / "main.tf.json").read_text()))

    def plan(self, out: Path, *, refresh_only: bool) -> bool:
        assert refresh_only
        left = {item.id for item in resources((self.folder / "terraform.tfstate").read_text())}
        standing = [error for error in self.errors if any(each in error["summary"] for each in left)]
        if standing:
            raise leftovers.TerraformError("failed", standing)
        return True

    def show_json(self, plan: Path) -> dict[str, Any]:
        child = {"resources": [{"mode": "managed", "address": address} for address in self.kept]}
        data = {"mode": "data", "address": "data.aws_region.current"}
        return {"prior_state": {"values": {"root_module": {"resources": [data], "child_modules": [child]}}}}


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setattr(leftovers, "Terraform", Refresh)
    monkeypatch.setattr(Refresh, "kept", ())
    monkeypatch.setattr(Refresh, "errors", ())
    monkeypatch.setattr(Refresh, "roots", [])
    for name in ("dev", "prod"):
        (tmp_path / "envs" / name).mkdir(parents=True)
        (tmp_path / "envs" / name / "config.yaml").touch()
        (tmp_path / "envs" / name / "main.tf").touch()
    return session_of(tmp_path, "dev", TaggedAws())


def session_of(root: Path, name: str, aws: object) -> Session:
    environment = Environment(name, root / "envs" / name, root)
    environment.work_dir.mkdir(parents=True, exist_ok=True)
    config = SimpleNamespace(name=f"live-{name}", region="eu-central-1", live=None)
    terraform = SimpleNamespace(pull_state=lambda: "")
    return Session(environment, config, aws, None, terraform, lambda line: None)  # type: ignore[arg-type]


class TaggedAws:
    """AWS, where the tagging API finds `arns`."""

    is_local = False
    endpoint = None
    environment: dict[str, str] = {}  # noqa: RUF012 - never changed

    def __init__(self, *arns: str) -> None:
        self.arns = arns
        self.asked: list[Any] = []
        self.regions: list[str] = []

    def client(self, service: str, region: str) -> Any:
        assert service == "resourcegroupstaggingapi"
        self.regions.append(region)
        return self

    def get_paginator(self, operation: str) -> Any:
        return self

    def paginate(self, TagFilters: list[Any]) -> list[Any]:  # noqa: N803 - boto3
        self.asked += TagFilters
        here = [arn for arn in self.arns if arn.split(":")[3] in (self.regions[-1], "")]
        return [{"ResourceTagMappingList": [{"ResourceARN": arn}]} for arn in here]


def test_nothing_is_left_when_nothing_answers(session: Session) -> None:
    assert find_leftovers(session, state(FLOW, TOPIC)) == []


def test_a_resource_that_still_answers_is_left(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Refresh, "kept", ("aws_sns_topic.this",))
    assert [str(item) for item in find_leftovers(session, state(FLOW, TOPIC))] == [
        f"aws_sns_topic.this {TOPIC_ARN} (found by asking for it)"
    ]


def test_each_provider_configuration_asks_in_its_own_region(session: Session) -> None:
    other = resource(
        "aws_sns_topic", "far", {"id": "x", "arn": "arn:aws:sns:us-west-2:1:x"}, provider=f"{AWS_PROVIDER}.west"
    )
    find_leftovers(session, state(TOPIC, other))
    blocks = Refresh.roots[0]["provider"]["aws"]
    assert blocks == [{"region": "eu-central-1"}, {"region": "us-west-2", "alias": "west"}]


def test_an_error_that_says_it_is_not_there_means_gone(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    alias = "arn:aws:states:eu-central-1:123456789012:stateMachine:live:live"
    machine = resource("aws_sfn_alias", "this", {"id": alias})
    error = {"summary": f"reading AWS SFN Alias ({alias}): StateMachineDoesNotExist: live"}
    monkeypatch.setattr(Refresh, "errors", (error,))
    assert find_leftovers(session, state(machine, TOPIC)) == []


def test_an_error_that_says_anything_else_proves_nothing(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Refresh, "errors", ({"summary": f"reading SNS Topic ({TOPIC_ARN}): AccessDenied"},))
    with pytest.raises(HeadendError, match="cannot ask whether everything is gone: reading SNS Topic"):
        find_leftovers(session, state(TOPIC))


def test_what_carries_the_deployments_tag_is_left_unless_it_was_proved_gone(session: Session) -> None:
    group = "arn:aws:logs:eu-central-1:123456789012:log-group:/aws/lambda/live-dev-x"
    session.aws = TaggedAws(group, TOPIC_ARN)  # type: ignore[assignment]
    found = find_leftovers(session, state(TOPIC))
    assert [item.what for item in found] == [group]
    assert session.aws.asked == [{"Key": "Deployment", "Values": ["live-dev"]}]  # type: ignore[attr-defined]


@pytest.mark.parametrize("configured", [True, False], ids=["still configured", "no longer configured"])
def test_a_deployment_in_two_regions_is_asked_for_in_both_and_where_the_edge_is(
    session: Session, *, configured: bool
) -> None:
    far = "arn:aws:sns:eu-west-1:123456789012:live-dev-direct"
    edge = "arn:aws:cloudfront::123456789012:distribution/E1"
    session.config.live = SimpleNamespace(secondary_region="eu-west-1") if configured else None  # type: ignore[assignment]
    session.aws = TaggedAws(far)  # type: ignore[assignment]
    topic = resource("aws_sns_topic", "far", {"id": "x", "arn": f"{far}-x"}, provider=f"{AWS_PROVIDER}.secondary")
    before = state(TOPIC, topic, resource("aws_cloudfront_distribution", "this", {"id": "E1", "arn": edge}))
    assert [item.what for item in find_leftovers(session, before)] == [far]
    assert session.aws.regions == ["eu-central-1", "eu-west-1", "us-east-1"]  # type: ignore[attr-defined]


# The local cloud


def item(identifier: str) -> dict[str, str]:
    return {"service": "sns", "region": "eu-central-1", "type": "topic", "id": identifier}


def test_on_the_local_cloud_everything_counts_that_was_not_there_before(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds: list[dict[str, str]] = [item("bucket")]
    monkeypatch.setattr(leftovers, "_inventory", lambda asked: list(holds))
    local = SimpleNamespace(is_local=True, endpoint="http://127.0.0.1:5000", environment={})
    mine, other = session_of(tmp_path, "dev", local), session_of(tmp_path, "prod", local)
    note_before(mine)
    holds.append(item("dev-topic"))
    note_after(mine)
    note_before(other)
    holds.append(item("prod-topic"))
    note_after(other)
    holds.append(item("stray"))
    assert [found.what for found in find_leftovers(mine, "")] == [
        "sns topic dev-topic in eu-central-1",
        "sns topic stray in eu-central-1",
    ]


def test_what_another_local_cloud_held_proves_nothing_about_this_one(
    tmp_path: Path, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "_inventory", lambda asked: [item("topic")])
    old = SimpleNamespace(is_local=True, endpoint="http://127.0.0.1:5000", environment={})
    new = SimpleNamespace(is_local=True, endpoint="http://127.0.0.1:6000", environment={})
    note_before(session_of(tmp_path, "dev", old))
    assert len(find_leftovers(session_of(tmp_path, "dev", new), "")) == 1
