"""Refusals for want of a permission: AWS's words, and AWS's error code and status in each service's protocol.

Sources: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from botocore.exceptions import UnknownServiceError
from moto.core.utils import get_service_model

from headend.errors import HeadendError
from headend.localcloud.aws_request import MODELS
from headend.localcloud.iam.policy_evaluation import Decision, Question

Problem = Literal["denied", "unknown key", "expired", "no signature"]
LAYERS = {
    "identity": "identity-based policy",
    "resource": "resource-based policy",
    "boundary": "permissions boundary",
    "session": "session policy",
}
UNKNOWN_KEY = "The security token included in the request is invalid."
EXPIRED = "The security token included in the request is expired"


class AccessDenied(HeadendError):  # noqa: N818 - AWS's name
    """A principal may not do something. `question` and `decision` say who, what and why; the text is AWS's."""

    def __init__(self, question: Question, decision: Decision) -> None:
        super().__init__(text(question, decision))
        self.question = question
        self.decision = decision


class InvalidCredentials(HeadendError):  # noqa: N818 - no error of the caller's code
    """A request is signed with a key that is not known, or no longer good."""

    def __init__(self, problem: Problem, message: str) -> None:
        super().__init__(message)
        self.problem: Problem = problem


def text(question: Question, decision: Decision) -> str:
    """AWS's message for a refusal."""
    who, action = question.principal, question.action
    where = "" if question.resource == "*" else f" on resource: {question.resource}"
    start = f"User: {who.arn} is not authorized to perform: {action}{where}"
    layer = LAYERS.get(decision.lacks, "identity-based policy")
    if action == "sts:AssumeRole" and decision.lacks == "resource":
        layer = "role trust policy"
    if decision.kind == "ExplicitDeny":
        article = "an" if layer[0] in "aeiou" else "a"
        return f"{start} with an explicit deny in {article} {layer}"
    return f"{start} because no {layer} allows the {action} action"


@lru_cache
def protocol(service: str) -> str:
    """How the service of a signing name talks, as in `query`, `ec2`, `rest-xml`, `rest-json`, `json`."""
    try:
        model = get_service_model(MODELS.get(service, service))
    except UnknownServiceError:
        return "json"
    return str(model.metadata.get("protocol", "json"))


@lru_cache
def is_query_compatible(service: str) -> bool:
    """Whether the service talked the query protocol once and kept that protocol's error codes."""
    try:
        model = get_service_model(MODELS.get(service, service))
    except UnknownServiceError:
        return False
    return "query" in model.metadata.get("protocols", []) or bool(model.metadata.get("awsQueryCompatible"))


def code_and_status(service: str, problem: Problem = "denied") -> tuple[str, int]:
    """The error's code and HTTP status as the service spells them."""
    spoken = protocol(service)
    status = 400 if spoken == "json" and not is_query_compatible(service) else 403
    old = spoken in ("query", "ec2", "rest-xml") or is_query_compatible(service)
    if problem == "denied":
        if service in ("sns", "ec2"):
            return {"sns": "AuthorizationError", "ec2": "UnauthorizedOperation"}[service], 403
        return ("AccessDenied" if old else "AccessDeniedException"), status
    if problem == "expired":
        return ("ExpiredToken" if old else "ExpiredTokenException"), status
    if problem == "no signature":
        return ("MissingAuthenticationToken" if old else "MissingAuthenticationTokenException"), status
    if service == "s3":
        return "InvalidAccessKeyId", 403
    if service == "ec2":
        return "AuthFailure", 401
    return ("InvalidClientTokenId" if old else "UnrecognizedClientException"), status


def key_code(service: str) -> tuple[str, int]:
    """The error's code and status when the caller may not use the KMS key of what it asks for."""
    known = {"sns": ("KMSAccessDenied", 400), "sqs": ("KMS.AccessDeniedException", 400)}
    return known.get(service) or code_and_status(service)
