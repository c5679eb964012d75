"""How IAM evaluates policies: AWS's documents, with principals, resources and values of our own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from headend.localcloud.iam.policy_conditions import Context, first_failure, glob
from headend.localcloud.iam.policy_evaluation import Policies, Principal, Question, decide, parse
from running_cloud import REGION, RunningCloud

GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
OPERATORS = f"{GUIDE}reference_policies_elements_condition_operators.html"
SETS = f"{GUIDE}reference_policies_condition-single-vs-multi-valued-context-keys.html"
BLOCKS = f"{GUIDE}reference_policies_condition-logic-multiple-context-keys-or-values.html"
VARIABLES = f"{GUIDE}reference_policies_variables.html"
LOGIC = f"{GUIDE}reference_policies_evaluation-logic_policy-eval-denyallow.html"
ACROSS = f"{GUIDE}reference_policies_evaluation-logic-cross-account.html"
BOUNDARIES = f"{GUIDE}access_policies_boundaries.html"
ACTIONS = f"{GUIDE}reference_policies_elements_action.html"
NOT_ACTIONS = f"{GUIDE}reference_policies_elements_notaction.html"
RESOURCES = f"{GUIDE}reference_policies_elements_resource.html"
NOT_RESOURCES = f"{GUIDE}reference_policies_elements_notresource.html"
PRINCIPALS = f"{GUIDE}reference_policies_elements_principal.html"
NOT_PRINCIPALS = f"{GUIDE}reference_policies_elements_notprincipal.html"
DEPUTY = f"{GUIDE}confused-deputy.html"
KEYS = "https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html"
MESSAGES = f"{GUIDE}troubleshoot_access-denied.html"
ASSUME = "https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"

ACCOUNT, OTHER = "123456789012", "111122223333"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:alerts"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/6c1f8a52-0c1b-4a4e-9b0b-5a9f6d1f6f10"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/monitor"
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/monitor/night"
SESSION = Principal("Session", SESSION_ARN, ACCOUNT, ROLE, "night")
USER = Principal("User", f"arn:aws:iam::{ACCOUNT}:user/ops/kim", ACCOUNT, name="kim")
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/live-alarms"
ALLOWED, IMPLICIT, EXPLICIT = "Allowed", "ImplicitDeny", "ExplicitDeny"


def allow(action: Any = "sqs:SendMessage", resource: Any = QUEUE, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any = "sqs:SendMessage", resource: Any = QUEUE, **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


def policy(*statements: dict[str, Any], source: str = "policy", version: str = "2012-10-17") -> Any:
    return parse({"Version": version, "Statement": list(statements)}, source)


def ask(
    *identity: dict[str, Any],
    who: Principal = SESSION,
    action: str = "sqs:SendMessage",
    resource: str = QUEUE,
    context: dict[str, Any] | None = None,
    version: str = "2012-10-17",
    **layers: Any,
) -> str:
    """The kind of the decision. Layers are `by_resource`, `boundary`, `session`: lists of statements."""
    policies = Policies(
        identity=policy(*identity, version=version),
        boundary=policy(*layers["boundary"]) if "boundary" in layers else None,
        session=policy(*layers["session"]) if "session" in layers else None,
        resource=policy(*layers["by_resource"]) if "by_resource" in layers else None,
        resource_account=layers.get("owner", ACCOUNT),
        sole=layers.get("sole", False),
    )
    return decide(Question(who, action, resource, context or {}), policies).kind


# Elements of a statement


@pytest.mark.contract("Actions match in any case, with * and ?", source=ACTIONS)
@pytest.mark.parametrize(
    ("pattern", "action", "expected"),
    [
        pytest.param("sqs:SendMessage", "sqs:SendMessage", ALLOWED, id="same"),
        pytest.param("SQS:sendmessage", "sqs:SendMessage", ALLOWED, id="other-case"),
        pytest.param("sqs:Send*", "sqs:SendMessageBatch", ALLOWED, id="star"),
        pytest.param("sqs:*Message", "sqs:SendMessage", ALLOWED, id="star-in-front"),
        pytest.param("sqs:?endMessage", "sqs:SendMessage", ALLOWED, id="question-mark"),
        pytest.param("sqs:SendMessage?", "sqs:SendMessage", IMPLICIT, id="question-mark-is-one-character"),
        pytest.param("*", "sqs:SendMessage", ALLOWED, id="everything"),
        pytest.param("sns:*", "sqs:SendMessage", IMPLICIT, id="other-service"),
        pytest.param(["sns:Publish", "sqs:SendMessage"], "sqs:SendMessage", ALLOWED, id="one-of-several"),
    ],
)
def test_actions(pattern: Any, action: str, expected: str) -> None:
    assert ask(allow(pattern, "*"), action=action) == expected


@pytest.mark.contract("NotAction and NotResource fit everything but what they list", source=NOT_ACTIONS)
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        pytest.param({"NotAction": "iam:*", "Resource": "*"}, ALLOWED, id="not-this-service"),
        pytest.param({"NotAction": "sqs:*", "Resource": "*"}, IMPLICIT, id="this-service"),
        pytest.param({"Action": "sqs:*", "NotResource": f"{QUEUE}-dlq"}, ALLOWED, id="not-this-resource"),
        pytest.param({"Action": "sqs:*", "NotResource": [f"{QUEUE}-dlq", QUEUE]}, IMPLICIT, id="this-resource"),
    ],
)
def test_not_action_and_not_resource(statement: dict[str, Any], expected: str) -> None:
    assert ask({"Effect": "Allow", **statement}) == expected
    if expected == ALLOWED:
        assert ask(allow("*", "*"), {"Effect": "Deny", **statement}) == EXPLICIT


@pytest.mark.contract("Wildcards in a Resource stay in their part of the ARN, unless they end it", source=RESOURCES)
@pytest.mark.parametrize(
    ("pattern", "resource", "expected"),
    [
        pytest.param(f"arn:aws:sqs:*:{ACCOUNT}:alerts", QUEUE, ALLOWED, id="region"),
        pytest.param(f"arn:aws:sqs:{REGION}:{ACCOUNT}:al?rts", QUEUE, ALLOWED, id="question-mark"),
        pytest.param("arn:aws:sqs:*", QUEUE, ALLOWED, id="end-of-a-part-goes-on"),
        pytest.param(f"arn:aws:sqs:{REGION}:{ACCOUNT}:Alerts", QUEUE, IMPLICIT, id="case-counts"),
        pytest.param(f"arn:aws:sqs:eu-west-1:{ACCOUNT}:alerts", QUEUE, IMPLICIT, id="other-region"),
        pytest.param(f"arn:aws:sqs:{REGION}:{OTHER}:alerts", QUEUE, IMPLICIT, id="other-account"),
        pytest.param("arn:aws:s3:::media/*", "arn:aws:s3:::media/a/b/c.ts", ALLOWED, id="over-slashes"),
        pytest.param("arn:aws:s3:::media/*", "arn:aws:s3:::media", IMPLICIT, id="not-the-bucket-itself"),
        pytest.param(
            "arn:aws:lambda:*:*:function:live-*-x", "arn:aws:lambda:a:1:function:live-b:x-x", IMPLICIT, id="in-its-part"
        ),
        pytest.param(QUEUE, "*", IMPLICIT, id="a-request-without-a-resource"),
        pytest.param("*", "*", ALLOWED, id="star-for-no-resource"),
    ],
)
def test_resources(pattern: str, resource: str, expected: str) -> None:
    assert ask(allow("*", pattern), action="x:Y", resource=resource) == expected


# Conditions

NOON = "2026-03-01T12:00:00Z"
HELD = [
    ("StringEquals", "night", "night", True),
    ("StringEquals", "Night", "night", False),
    ("StringEquals", ["day", "night"], "night", True),
    ("StringEquals", "ni*", "night", False),
    ("StringNotEquals", "day", "night", True),
    ("StringNotEquals", ["day", "night"], "night", False),
    ("StringEqualsIgnoreCase", "NIGHT", "night", True),
    ("StringNotEqualsIgnoreCase", "NIGHT", "night", False),
    ("StringLike", "n?g*", "night", True),
    ("StringLike", "N*", "night", False),
    ("StringNotLike", "d*", "night", True),
    ("StringNotLike", "n*", "night", False),
    ("NumericEquals", "10", "10.0", True),
    ("NumericNotEquals", "10", "11", True),
    ("NumericLessThan", "10", "9", True),
    ("NumericLessThan", "10", "10", False),
    ("NumericLessThanEquals", "10", "10", True),
    ("NumericGreaterThan", "10", "11", True),
    ("NumericGreaterThan", "10", "9", False),
    ("NumericGreaterThanEquals", "10", "10", True),
    ("NumericEquals", "10", "ten", False),
    ("DateEquals", NOON, "2026-03-01T13:00:00+01:00", True),
    ("DateNotEquals", NOON, "2026-03-01T12:00:01Z", True),
    ("DateLessThan", NOON, "2026-02-28T23:59:59Z", True),
    ("DateLessThan", NOON, NOON, False),
    ("DateLessThanEquals", NOON, NOON, True),
    ("DateGreaterThan", NOON, "1893456000", True),
    ("DateGreaterThan", NOON, "2026-03-01", False),
    ("DateGreaterThanEquals", NOON, NOON, True),
    ("Bool", "true", "true", True),
    ("Bool", "false", "true", False),
    ("Bool", True, "true", True),
    ("BinaryEquals", "bGl2ZQ==", "bGl2ZQ==", True),
    ("BinaryEquals", "bGl2ZQ==", "bGl2ZSE=", False),
    ("IpAddress", "203.0.113.0/24", "203.0.113.7", True),
    ("IpAddress", "203.0.113.0/24", "198.51.100.7", False),
    ("IpAddress", "203.0.113.7", "203.0.113.7", True),
    ("IpAddress", "2001:db8::/32", "2001:db8:5::1", True),
    ("NotIpAddress", "203.0.113.0/24", "198.51.100.7", True),
    ("NotIpAddress", "203.0.113.0/24", "203.0.113.7", False),
    ("ArnEquals", RULE, RULE, True),
    ("ArnEquals", "arn:aws:events:*:123456789012:rule/live-*", RULE, True),
    ("ArnLike", "arn:aws:events:*:*:rule/*", RULE, True),
    ("ArnLike", "arn:aws:events:*", RULE, False),
    ("ArnLike", "arn:aws:events:*:*:rule/other-*", RULE, False),
    ("ArnNotEquals", f"{RULE}-2", RULE, True),
    ("ArnNotLike", "arn:aws:events:*:*:rule/live-*", RULE, False),
]


def holds(operator: str, wanted: Any, context: dict[str, Any], key: str = "test:key") -> bool:
    return first_failure({operator: {key: wanted}}, Context(context)) is None


@pytest.mark.contract("Each condition operator compares as documented", source=OPERATORS)
@pytest.mark.parametrize(
    ("operator", "wanted", "actual", "expected"),
    [pytest.param(*case, id=f"{number:02}-{case[0]}") for number, case in enumerate(HELD)],
)
def test_condition_operators(operator: str, wanted: Any, actual: str, expected: bool) -> None:
    assert holds(operator, wanted, {"test:key": actual}) is expected


@pytest.mark.contract(
    "A key that is not in the request fails a condition, unless the operator is negated", source=OPERATORS
)
@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        *[
            (name, False)
            for name in ("StringEquals", "StringLike", "NumericEquals", "DateLessThan", "Bool", "IpAddress")
        ],
        *[(name, False) for name in ("ArnLike", "ArnEquals", "BinaryEquals", "StringEqualsIgnoreCase")],
        *[(name, True) for name in ("StringNotEquals", "StringNotLike", "NumericNotEquals", "DateNotEquals")],
        *[(name, True) for name in ("NotIpAddress", "ArnNotLike", "ArnNotEquals", "StringNotEqualsIgnoreCase")],
    ],
)
def test_missing_keys(operator: str, expected: bool) -> None:
    assert holds(operator, "1", {}) is expected


@pytest.mark.contract("…IfExists holds when the key is not there, and compares when it is", source=OPERATORS)
@pytest.mark.parametrize("operator", ["StringEqualsIfExists", "StringLikeIfExists", "ArnLikeIfExists", "BoolIfExists"])
def test_if_exists(operator: str) -> None:
    wanted = RULE if operator.startswith("Arn") else "true"
    assert holds(operator, wanted, {})
    assert holds(operator, wanted, {"test:key": wanted})
    assert not holds(operator, wanted, {"test:key": wanted + "x"})


@pytest.mark.contract("Null asks whether a key is there", source=OPERATORS)
@pytest.mark.parametrize(
    ("wanted", "context", "expected"),
    [
        pytest.param("true", {}, True, id="absent-as-wanted"),
        pytest.param("true", {"test:key": "x"}, False, id="present"),
        pytest.param("false", {"test:key": "x"}, True, id="present-as-wanted"),
        pytest.param("false", {}, False, id="absent"),
    ],
)
def test_null(wanted: str, context: dict[str, Any], expected: bool) -> None:
    assert holds("Null", wanted, context) is expected


@pytest.mark.contract("ForAllValues and ForAnyValue compare sets", source=SETS)
@pytest.mark.parametrize(
    ("operator", "wanted", "actual", "expected"),
    [
        pytest.param("ForAllValues:StringEquals", ["a", "b"], ["a"], True, id="all-of-one"),
        pytest.param("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], True, id="all-of-all"),
        pytest.param("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], False, id="all-but-one"),
        pytest.param("ForAllValues:StringEquals", ["a"], None, True, id="all-of-nothing"),
        pytest.param("ForAllValues:StringLike", ["team-*"], ["team-a", "team-b"], True, id="all-like"),
        pytest.param("ForAllValues:StringNotLike", ["team-*"], ["team-a", "ops"], False, id="all-unlike-fails"),
        pytest.param("ForAllValues:StringNotLike", ["team-*"], ["ops"], True, id="all-unlike"),
        pytest.param("ForAnyValue:StringEquals", ["a", "b"], ["c", "b"], True, id="any"),
        pytest.param("ForAnyValue:StringEquals", ["a", "b"], ["c", "d"], False, id="none"),
        pytest.param("ForAnyValue:StringEquals", ["a"], None, False, id="any-of-nothing"),
        pytest.param("ForAnyValue:StringLike", ["o-1/*"], ["o-1/r-2/", "o-9/"], True, id="any-like"),
    ],
)
def test_sets(operator: str, wanted: list[str], actual: list[str] | None, expected: bool) -> None:
    assert holds(operator, wanted, {} if actual is None else {"test:key": actual}) is expected


@pytest.mark.contract(
    "Operators and keys are joined by AND, the values of a key by OR; keys match in any case", source=BLOCKS
)
@pytest.mark.parametrize(
    ("region", "tls", "expected"),
    [
        ("eu-central-1", "true", True),
        ("eu-west-1", "true", True),
        ("us-east-1", "true", False),
        ("eu-west-1", "false", False),
    ],
)
def test_blocks(region: str, tls: str, expected: bool) -> None:
    block: dict[str, Any] = {
        "StringEquals": {"AWS:requestedregion": ["eu-central-1", "eu-west-1"], "aws:PrincipalAccount": ACCOUNT},
        "Bool": {"aws:SecureTransport": "true"},
    }
    context = Context({"aws:RequestedRegion": region, "aws:SecureTransport": tls, "aws:PrincipalAccount": ACCOUNT})
    assert (first_failure(block, context) is None) is expected


@pytest.mark.contract("An operator that IAM does not have never holds", source=OPERATORS)
def test_unknown_operator() -> None:
    assert not holds("StringIs", "x", {"test:key": "x"})


# Policy variables


@pytest.mark.contract("Policy variables take the request's values, in policies of 2012-10-17", source=VARIABLES)
@pytest.mark.parametrize(
    ("pattern", "version", "expected"),
    [
        pytest.param("arn:aws:s3:::media/${aws:username}/*", "2012-10-17", ALLOWED, id="user-name"),
        pytest.param("arn:aws:s3:::media/${aws:PrincipalTag/team, 'kim'}/*", "2012-10-17", ALLOWED, id="default"),
        pytest.param("arn:aws:s3:::media/${aws:PrincipalTag/team}/*", "2012-10-17", IMPLICIT, id="no-value"),
        pytest.param("arn:aws:s3:::media/${aws:username}/*", "2008-10-17", IMPLICIT, id="old-version"),
        pytest.param("arn:aws:s3:::media/${*}/*", "2012-10-17", IMPLICIT, id="a-star-itself"),
    ],
)
def test_variables_in_resources(pattern: str, version: str, expected: str) -> None:
    found = ask(
        allow("s3:GetObject", pattern),
        who=USER,
        action="s3:GetObject",
        resource="arn:aws:s3:::media/kim/a.ts",
        version=version,
    )
    assert found == expected


@pytest.mark.contract("Policy variables stand in conditions too; their values are no wildcards", source=VARIABLES)
@pytest.mark.parametrize(
    ("wanted", "actual", "expected"),
    [
        pytest.param("${aws:username}/*", "kim/a", True, id="prefix"),
        pytest.param("${aws:username}/*", "lee/a", False, id="other-user"),
        pytest.param("a${*}b", "a*b", True, id="star-itself"),
        pytest.param("a${*}b", "axb", False, id="star-is-no-wildcard"),
        pytest.param("cost ${$}5", "cost $5", True, id="dollar"),
    ],
)
def test_variables_in_conditions(wanted: str, actual: str, expected: bool) -> None:
    context = {"test:key": actual, "aws:username": "kim"}
    assert holds("StringLike", wanted, context) is expected


@given(name=st.text(st.sampled_from("ab*?$"), min_size=1, max_size=6), other=st.text("ab*?$x", max_size=6))
def test_a_variables_value_matches_itself_only(name: str, other: str) -> None:
    context = Context({"aws:username": name, "test:key": other})
    held = first_failure({"StringLike": {"test:key": "${aws:username}"}}, context) is None
    assert held is (name == other)


@given(text=st.text(max_size=12))
def test_a_star_fits_everything_and_a_text_itself(text: str) -> None:
    assert glob("*", text)
    assert glob("?" * len(text), text)
    plain = text.replace("*", "").replace("?", "")
    assert glob(plain, plain)
    assert not glob(plain, plain + "x")


# One account


GRANT = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": QUEUE}
TO_ROLE = {**GRANT, "Principal": {"AWS": ROLE}}
TO_SESSION = {**GRANT, "Principal": {"AWS": SESSION_ARN}}
TO_ACCOUNT = {**GRANT, "Principal": {"AWS": ACCOUNT}}
TO_ROOT = {**GRANT, "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}
TO_OTHER_ROLE = {**GRANT, "Principal": {"AWS": f"{ROLE}-2"}}
TO_ALL = {**GRANT, "Principal": "*"}


@pytest.mark.contract("Nothing is allowed without a statement; a denial wins", source=LOGIC)
@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        pytest.param([], IMPLICIT, id="nothing"),
        pytest.param([allow()], ALLOWED, id="allowed"),
        pytest.param([allow(), deny()], EXPLICIT, id="denied-too"),
        pytest.param([deny(), allow("*", "*")], EXPLICIT, id="order-does-not-count"),
        pytest.param([allow(), deny("sqs:DeleteQueue")], ALLOWED, id="something-else-denied"),
        pytest.param([deny()], EXPLICIT, id="denied"),
    ],
)
def test_denials_win(statements: list[dict[str, Any]], expected: str) -> None:
    assert ask(*statements) == expected


@pytest.mark.contract("In one account a resource's policy is enough for whom it names", source=LOGIC)
@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        pytest.param(TO_ROLE, ALLOWED, id="role"),
        pytest.param(TO_SESSION, ALLOWED, id="session"),
        pytest.param(TO_ALL, ALLOWED, id="everybody"),
        pytest.param(TO_ACCOUNT, IMPLICIT, id="account-hands-on-to-iam"),
        pytest.param(TO_ROOT, IMPLICIT, id="root-is-the-account"),
        pytest.param(TO_OTHER_ROLE, IMPLICIT, id="another-role"),
        pytest.param({**TO_ROLE, "Effect": "Deny"}, EXPLICIT, id="denied"),
    ],
)
def test_resource_policies_in_one_account(statement: dict[str, Any], expected: str) -> None:
    assert ask(by_resource=[statement]) == expected


@pytest.mark.contract("A resource's denial wins over the identity's permission", source=LOGIC)
@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ROLE}, {"AWS": SESSION_ARN}, {"AWS": ACCOUNT}])
def test_resource_denials(principal: Any) -> None:
    assert ask(allow(), by_resource=[{**GRANT, "Effect": "Deny", "Principal": principal}]) == EXPLICIT


@pytest.mark.contract("NotPrincipal with Deny spares whom it names", source=NOT_PRINCIPALS)
@pytest.mark.parametrize(
    ("spared", "expected"),
    [
        pytest.param([SESSION_ARN, ROLE, ACCOUNT], ALLOWED, id="session-role-and-account"),
        pytest.param([ROLE, ACCOUNT], EXPLICIT, id="without-the-session"),
        pytest.param([f"{ROLE}-2"], EXPLICIT, id="another-role"),
    ],
)
def test_not_principal(spared: list[str], expected: str) -> None:
    assert ask(allow(), by_resource=[{**GRANT, "Effect": "Deny", "NotPrincipal": {"AWS": spared}}]) == expected


@pytest.mark.contract("A permissions boundary limits what identity policies allow", source=BOUNDARIES)
@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        pytest.param({"boundary": [allow("sqs:*", "*")]}, ALLOWED, id="within"),
        pytest.param({"boundary": [allow("sns:*", "*")]}, IMPLICIT, id="beyond"),
        pytest.param({"boundary": [allow("*", "*"), deny()]}, EXPLICIT, id="denied-by-it"),
        pytest.param({"boundary": []}, IMPLICIT, id="empty"),
        pytest.param(
            {"boundary": [allow("sns:*", "*")], "by_resource": [TO_ROLE]}, IMPLICIT, id="role-named-by-resource"
        ),
        pytest.param({"boundary": [allow("sns:*", "*")], "by_resource": [TO_SESSION]}, ALLOWED, id="session-named"),
    ],
)
def test_boundaries(layers: dict[str, Any], expected: str) -> None:
    assert ask(allow(), **layers) == expected


@pytest.mark.contract("A boundary alone allows nothing", source=BOUNDARIES)
def test_a_boundary_grants_nothing() -> None:
    assert ask(boundary=[allow("*", "*")]) == IMPLICIT


@pytest.mark.contract("A boundary does not limit a user whom the resource's policy names", source=BOUNDARIES)
def test_users_named_by_a_resource() -> None:
    named = {**GRANT, "Principal": {"AWS": USER.arn}}
    assert ask(who=USER, boundary=[allow("sns:*", "*")], by_resource=[named]) == ALLOWED


@pytest.mark.contract("A session policy limits a session", source=f"{GUIDE}access_policies.html#policies_session")
@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        pytest.param({"session": [allow("sqs:SendMessage", "*")]}, ALLOWED, id="within"),
        pytest.param({"session": [allow("sqs:ReceiveMessage", "*")]}, IMPLICIT, id="beyond"),
        pytest.param({"session": [allow("*", "*"), deny()]}, EXPLICIT, id="denied-by-it"),
        pytest.param(
            {"session": [allow("sns:*", "*")], "by_resource": [TO_ROLE]}, IMPLICIT, id="role-named-by-resource"
        ),
        pytest.param({"session": [allow("sns:*", "*")], "by_resource": [TO_SESSION]}, ALLOWED, id="session-named"),
        pytest.param({"session": [allow()], "boundary": [allow("sns:*", "*")]}, IMPLICIT, id="boundary-too"),
    ],
)
def test_session_policies(layers: dict[str, Any], expected: str) -> None:
    assert ask(allow(), **layers) == expected


# Two accounts, services, keys


@pytest.mark.contract("Across accounts both sides have to allow", source=ACROSS)
@pytest.mark.parametrize(
    ("identity", "by_resource", "expected"),
    [
        pytest.param([allow(resource="*")], [TO_ROLE], ALLOWED, id="both"),
        pytest.param([allow(resource="*")], [TO_ACCOUNT], ALLOWED, id="both-by-account"),
        pytest.param([allow(resource="*")], [], IMPLICIT, id="identity-only"),
        pytest.param([], [TO_ROLE], IMPLICIT, id="resource-only"),
        pytest.param([allow(resource="*"), deny()], [TO_ROLE], EXPLICIT, id="denied"),
    ],
)
def test_across_accounts(identity: list[Any], by_resource: list[Any], expected: str) -> None:
    assert ask(*identity, by_resource=by_resource, owner=OTHER) == expected


def service(source_arn: str = RULE, account: str = ACCOUNT) -> Principal:
    context = {"aws:SourceArn": source_arn, "aws:SourceAccount": account}
    return Principal("Service", "events.amazonaws.com", name="events.amazonaws.com", context=context)


DEPUTIES = {
    "ArnEquals": {"aws:SourceArn": RULE},
    "StringEquals": {"aws:SourceAccount": ACCOUNT},
}


@pytest.mark.contract("A service acts only for the source and account that the policy names", source=DEPUTY)
@pytest.mark.parametrize(
    ("who", "expected"),
    [
        pytest.param(service(), ALLOWED, id="the-rule"),
        pytest.param(service(f"{RULE}-2"), IMPLICIT, id="another-rule"),
        pytest.param(service(RULE.replace(REGION, "eu-west-1")), IMPLICIT, id="another-region"),
        pytest.param(service(RULE.replace(ACCOUNT, OTHER), OTHER), IMPLICIT, id="another-account"),
        pytest.param(service(account=OTHER), IMPLICIT, id="account-only"),
        pytest.param(
            Principal("Service", "sns.amazonaws.com", name="sns.amazonaws.com"), IMPLICIT, id="another-service"
        ),
        pytest.param(SESSION, IMPLICIT, id="no-service"),
    ],
)
def test_confused_deputies(who: Principal, expected: str) -> None:
    statement = {**GRANT, "Principal": {"Service": "events.amazonaws.com"}, "Condition": DEPUTIES}
    assert ask(who=who, by_resource=[statement]) == expected


@pytest.mark.contract(
    "aws:PrincipalIsAWSService tells services from everybody else",
    source=f"{GUIDE}reference_policies_condition-keys.html",
)
@pytest.mark.parametrize(("who", "expected"), [(service(), ALLOWED), (SESSION, EXPLICIT)])
def test_services_are_told(who: Principal, expected: str) -> None:
    shut = {"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": "*"}
    shut["Condition"] = {"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}
    assert ask(allow(), who=who, by_resource=[TO_ALL, shut]) == expected


@pytest.mark.contract("Anonymous requests need a policy for everybody", source=PRINCIPALS)
@pytest.mark.parametrize(("statement", "expected"), [(TO_ALL, ALLOWED), (TO_ACCOUNT, IMPLICIT), (TO_ROLE, IMPLICIT)])
def test_anonymous(statement: dict[str, Any], expected: str) -> None:
    assert ask(who=Principal("Anonymous", "anonymous"), by_resource=[statement]) == expected


def key_statement(principal: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": principal}


@pytest.mark.contract("A KMS key's policy decides; IAM counts only when it names the account", source=KEYS)
@pytest.mark.parametrize(
    ("identity", "by_resource", "expected"),
    [
        pytest.param(
            [allow("kms:*", "*")],
            [key_statement({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})],
            ALLOWED,
            id="account-and-iam",
        ),
        pytest.param([], [key_statement({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})], IMPLICIT, id="account-without-iam"),
        pytest.param([], [key_statement({"AWS": ROLE})], ALLOWED, id="role-without-iam"),
        pytest.param([allow("kms:*", "*")], [key_statement({"AWS": f"{ROLE}-2"})], IMPLICIT, id="iam-without-account"),
        pytest.param([allow("kms:*", "*")], [], IMPLICIT, id="empty-key-policy"),
    ],
)
def test_key_policies(identity: list[Any], by_resource: list[Any], expected: str) -> None:
    found = ask(*identity, action="kms:Decrypt", resource=KEY, by_resource=by_resource, sole=True)
    assert found == expected


# Over the API


class Acting:
    """A role and clients that act in sessions of it."""

    def __init__(self, cloud: RunningCloud, name: str, *statements: dict[str, Any], **role: Any) -> None:
        trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
        self._cloud = cloud
        self.arn = cloud.role(name, policy=_document(*statements), trust=_document(role.get("trust", trust)))

    def client(self, kind: str, **session: Any) -> Any:
        held = self._cloud.client("sts").assume_role(RoleArn=self.arn, RoleSessionName="night", **session)[
            "Credentials"
        ]
        return boto3.client(
            kind,
            region_name=REGION,
            endpoint_url=self._cloud.server.endpoint,
            aws_access_key_id=held["AccessKeyId"],
            aws_secret_access_key=held["SecretAccessKey"],
            aws_session_token=held["SessionToken"],
            config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, inject_host_prefix=False),
        )


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def refusal(call: Callable[[], Any]) -> tuple[str, int, str]:
    with pytest.raises(ClientError) as refused:
        call()
    answer = refused.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"].get("Message", "")


@pytest.fixture(scope="module")
def nobody(cloud: RunningCloud) -> Acting:
    """A role without a permission for any of what is asked."""
    return Acting(cloud, "nobody", allow("s3:ListAllMyBuckets", "*"))


REFUSALS: list[tuple[str, Callable[[Any], Any], str, int]] = [
    ("dynamodb", lambda c: c.get_item(TableName="t", Key={"id": {"S": "1"}}), "AccessDeniedException", 400),
    ("kms", lambda c: c.list_keys(), "AccessDeniedException", 400),
    ("stepfunctions", lambda c: c.list_state_machines(), "AccessDeniedException", 400),
    ("events", lambda c: c.list_rules(), "AccessDeniedException", 400),
    ("secretsmanager", lambda c: c.list_secrets(), "AccessDeniedException", 400),
    ("logs", lambda c: c.describe_log_groups(), "AccessDeniedException", 400),
    ("lambda", lambda c: c.list_functions(), "AccessDeniedException", 403),
    ("mediaconnect", lambda c: c.list_flows(), "AccessDeniedException", 403),
    ("sqs", lambda c: c.list_queues(), "AccessDenied", 403),
    ("cloudwatch", lambda c: c.describe_alarms(), "AccessDenied", 403),
    ("sns", lambda c: c.list_topics(), "AuthorizationError", 403),
    ("iam", lambda c: c.list_roles(), "AccessDenied", 403),
    ("s3", lambda c: c.list_objects_v2(Bucket="media"), "AccessDenied", 403),
    ("ec2", lambda c: c.describe_instances(), "UnauthorizedOperation", 403),
]


@pytest.mark.contract(
    "A refusal has the error code and status of the service",
    source=f"{GUIDE}troubleshoot_access-denied.html",
    limits="EC2's message is not encoded",
)
@pytest.mark.parametrize(("kind", "call", "code", "status"), [pytest.param(*case, id=case[0]) for case in REFUSALS])
def test_refusals(nobody: Acting, kind: str, call: Callable[[Any], Any], code: str, status: int) -> None:
    assert refusal(lambda: call(nobody.client(kind)))[:2] == (code, status)


@pytest.mark.contract(
    "A refusal says who, what, where, and which kind of policy is missing or in the way", source=MESSAGES
)
@pytest.mark.parametrize(
    ("name", "role", "queue", "session", "expected"),
    [
        ("lacks", [], [], {}, "because no identity-based policy allows the sqs:SendMessage action"),
        ("denied", [allow("*", "*"), deny("sqs:*", "*")], [], {}, "with an explicit deny in an identity-based policy"),
        ("shut", [allow("*", "*")], ["Deny"], {}, "with an explicit deny in a resource-based policy"),
        (
            "session",
            [allow("*", "*")],
            [],
            {"Policy": "sns:*"},
            "because no session policy allows the sqs:SendMessage action",
        ),
    ],
    ids=["lacks", "denied", "shut", "session"],
)
def test_messages(cloud: RunningCloud, name: str, role: Any, queue: Any, session: Any, expected: str) -> None:
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:said-{name}"
    statement = {
        "Effect": "Deny" if queue else "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:role/said-{name}" if queue else OTHER},
    }
    url, _ = cloud.queue(f"said-{name}", policy=_document({**statement, "Action": "sqs:*", "Resource": arn}))
    acting = Acting(cloud, f"said-{name}", *(role or [allow("sns:Publish", "*")]))
    options = {"Policy": json.dumps(_document(allow(session["Policy"], "*")))} if session else {}
    sqs = acting.client("sqs", **options)
    message = refusal(lambda: sqs.send_message(QueueUrl=url, MessageBody="x"))[2]
    who = f"arn:aws:sts::{ACCOUNT}:assumed-role/said-{name}/night"
    assert message == f"User: {who} is not authorized to perform: sqs:SendMessage on resource: {arn} {expected}"


@pytest.mark.contract(
    "What a role may is what its inline and managed policies allow, within its boundary", source=BOUNDARIES
)
def test_managed_policies_and_boundaries(cloud: RunningCloud) -> None:
    iam = cloud.client("iam")
    url, arn = cloud.queue("managed")
    acting = Acting(cloud, "managed", allow("sns:Publish", "*"))
    sqs = acting.client("sqs")
    assert refusal(lambda: sqs.send_message(QueueUrl=url, MessageBody="x"))[0] == "AccessDenied"
    made = iam.create_policy(PolicyName="send", PolicyDocument=json.dumps(_document(allow("sqs:SendMessage", arn))))
    iam.attach_role_policy(RoleName="managed", PolicyArn=made["Policy"]["Arn"])
    assert sqs.send_message(QueueUrl=url, MessageBody="x")["MessageId"]
    narrow = iam.create_policy(PolicyName="narrow", PolicyDocument=json.dumps(_document(allow("sns:*", "*"))))
    iam.put_role_permissions_boundary(RoleName="managed", PermissionsBoundary=narrow["Policy"]["Arn"])
    message = refusal(lambda: sqs.send_message(QueueUrl=url, MessageBody="x"))[2]
    assert message.endswith("because no permissions boundary allows the sqs:SendMessage action")
    iam.delete_role_permissions_boundary(RoleName="managed")
    assert sqs.send_message(QueueUrl=url, MessageBody="x")["MessageId"]


@pytest.mark.contract("Policies of AWS can be attached", source=f"{GUIDE}access_policies_managed-vs-inline.html")
def test_policies_of_aws(cloud: RunningCloud) -> None:
    acting = Acting(cloud, "reader", allow("sns:Publish", "*"))
    s3 = acting.client("s3")
    assert refusal(s3.list_buckets)[0] == "AccessDenied"
    cloud.client("iam").attach_role_policy(
        RoleName="reader", PolicyArn="arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    )
    assert "Buckets" in s3.list_buckets()
    assert refusal(lambda: s3.create_bucket(Bucket="not-to-be"))[0] == "AccessDenied"


@pytest.mark.contract("A user may what its own policies and those of its groups allow", source=f"{GUIDE}id_groups.html")
def test_users_and_groups(cloud: RunningCloud) -> None:
    iam = cloud.client("iam")
    url, arn = cloud.queue("of-users")
    iam.create_user(UserName="lee")
    held = iam.create_access_key(UserName="lee")["AccessKey"]
    sqs = boto3.client(
        "sqs",
        region_name=REGION,
        endpoint_url=cloud.server.endpoint,
        aws_access_key_id=held["AccessKeyId"],
        aws_secret_access_key=held["SecretAccessKey"],
    )
    assert refusal(lambda: sqs.send_message(QueueUrl=url, MessageBody="x"))[0] == "AccessDenied"
    iam.create_group(GroupName="senders")
    document = json.dumps(_document(allow("sqs:SendMessage", arn, Condition={"StringEquals": {"aws:username": "lee"}})))
    iam.put_group_policy(GroupName="senders", PolicyName="send", PolicyDocument=document)
    iam.add_user_to_group(GroupName="senders", UserName="lee")
    assert sqs.send_message(QueueUrl=url, MessageBody="x")["MessageId"]
    iam.update_access_key(UserName="lee", AccessKeyId=held["AccessKeyId"], Status="Inactive")
    assert refusal(lambda: sqs.send_message(QueueUrl=url, MessageBody="x"))[0] == "InvalidClientTokenId"


@pytest.mark.contract(
    "A role is assumed by those whom its trust policy names, with the external id it asks for", source=ASSUME
)
@pytest.mark.parametrize(
    ("name", "trust", "options", "expected"),
    [
        ("account", {"AWS": ACCOUNT}, {}, ""),
        ("service", {"Service": "lambda.amazonaws.com"}, {}, "AccessDenied"),
        ("elsewhere", {"AWS": OTHER}, {}, "AccessDenied"),
        ("external", {"AWS": ACCOUNT}, {"ExternalId": "live-7"}, ""),
        ("wrong-id", {"AWS": ACCOUNT}, {"ExternalId": "live-8"}, "AccessDenied"),
        ("no-id", {"AWS": ACCOUNT}, {}, "AccessDenied"),
    ],
    ids=["account", "service", "elsewhere", "external", "wrong-id", "no-id"],
)
def test_trust(cloud: RunningCloud, name: str, trust: Any, options: Any, expected: str) -> None:
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": trust, "Action": "sts:AssumeRole"}
    if name in ("external", "wrong-id", "no-id"):
        statement["Condition"] = {"StringEquals": {"sts:ExternalId": "live-7"}}
    acting = Acting(cloud, f"trust-{name}", allow("*", "*"), trust=statement)
    if expected:
        assert refusal(lambda: acting.client("sqs", **options))[0] == expected
    else:
        identity = acting.client("sts", **options).get_caller_identity()
        assert identity["Arn"] == f"arn:aws:sts::{ACCOUNT}:assumed-role/trust-{name}/night"


@pytest.mark.contract(
    "A key that is not known is refused", source="https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html"
)
@pytest.mark.parametrize(
    ("kind", "call", "code"),
    [
        pytest.param("sts", lambda c: c.get_caller_identity(), "InvalidClientTokenId", id="sts"),
        pytest.param("dynamodb", lambda c: c.list_tables(), "UnrecognizedClientException", id="dynamodb"),
        pytest.param("s3", lambda c: c.list_buckets(), "InvalidAccessKeyId", id="s3"),
        pytest.param("ec2", lambda c: c.describe_instances(), "AuthFailure", id="ec2"),
    ],
)
def test_unknown_keys(cloud: RunningCloud, kind: str, call: Callable[[Any], Any], code: str) -> None:
    made = boto3.client(
        kind,
        region_name=REGION,
        endpoint_url=cloud.server.endpoint,
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="example",
        config=Config(retries={"total_max_attempts": 1}),
    )
    assert refusal(lambda: call(made))[0] == code


@pytest.mark.contract(
    "An encrypted topic needs kms:GenerateDataKey and kms:Decrypt of its publisher, through SNS",
    source="https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
)
@pytest.mark.parametrize(
    ("name", "actions", "region", "code"),
    [
        ("both", ["kms:GenerateDataKey*", "kms:Decrypt"], REGION, ""),
        ("no-decrypt", ["kms:GenerateDataKey*"], REGION, "KMSAccessDenied"),
        ("no-data-key", ["kms:Decrypt"], REGION, "KMSAccessDenied"),
        ("wrong-region", ["kms:GenerateDataKey*", "kms:Decrypt"], "eu-west-1", "KMSAccessDenied"),
    ],
    ids=["both", "no-decrypt", "no-data-key", "wrong-region"],
)
def test_encrypted_topics(cloud: RunningCloud, name: str, actions: list[str], region: str, code: str) -> None:
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    topic = cloud.topic(f"sealed-{name}", KmsMasterKeyId=key)
    through = {"StringEquals": {"kms:ViaService": f"sns.{region}.amazonaws.com"}}
    acting = Acting(cloud, f"sealed-{name}", allow("sns:Publish", topic), allow(actions, key, Condition=through))
    sns = acting.client("sns")
    if code:
        assert refusal(lambda: sns.publish(TopicArn=topic, Message="x"))[0] == code
    else:
        assert sns.publish(TopicArn=topic, Message="x")["MessageId"]


@pytest.mark.contract("A key whose policy does not name the account keeps its administrators out", source=KEYS)
def test_a_key_can_shut_its_account_out(cloud: RunningCloud) -> None:
    kms = cloud.client("kms")
    acting = Acting(cloud, "keeper", allow("sns:Publish", "*"))
    document = json.dumps(
        _document({"Effect": "Allow", "Action": "kms:*", "Resource": "*", "Principal": {"AWS": acting.arn}})
    )
    key = kms.create_key(Policy=document, BypassPolicyLockoutSafetyCheck=True)["KeyMetadata"]["Arn"]
    assert refusal(lambda: kms.describe_key(KeyId=key))[0] == "AccessDeniedException"
    assert acting.client("kms").describe_key(KeyId=key)["KeyMetadata"]["Arn"] == key


@pytest.mark.contract(
    "The denial on the timeline names the statement that would do and those that nearly do", source=MESSAGES
)
def test_the_timeline_says_what_would_have_allowed_it(cloud: RunningCloud) -> None:
    url, arn = cloud.queue("nearly")
    west = arn.replace(REGION, "eu-west-1")
    acting = Acting(
        cloud,
        "nearly",
        allow("sqs:SendMessage", arn, Sid="FromWest", Condition={"StringEquals": {"aws:RequestedRegion": "eu-west-1"}}),
        allow("sqs:SendMessage", west, Sid="ToWest"),
        allow("sqs:ReceiveMessage", arn, Sid="Read"),
    )
    sqs = acting.client("sqs")
    assert refusal(lambda: sqs.send_message(QueueUrl=url, MessageBody="x"))[0] == "AccessDenied"
    [told] = [one for one in cloud.timeline("denied") if one["detail"]["principal"].endswith("nearly/night")]
    assert told["detail"]["would_allow"] == {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": arn}
    near = told["detail"]["near"]
    assert near[0] == f"role/nearly/inline FromWest: StringEquals aws:RequestedRegion: eu-west-1; it is {REGION}"
    assert near[1].startswith("role/nearly/inline ToWest: Resource")
    assert any(one.startswith("role/nearly/inline Read: Action") for one in near)
