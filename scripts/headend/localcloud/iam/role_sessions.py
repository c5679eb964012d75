"""STS: AssumeRole by the role's trust policy, with session policies, tags and an end; GetCallerIdentity for everybody.

Whether the caller may assume the role, the gate has asked: the trust policy is the role's resource policy.
Sources: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from werkzeug.wrappers import Request, Response

from headend.localcloud.app import aws_error
from headend.localcloud.aws_request import AwsRequest
from headend.localcloud.clock import iso
from headend.localcloud.iam import identity_policies
from headend.localcloud.iam.identity import Identity
from headend.localcloud.iam.policy_evaluation import Principal, parse

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
SHORTEST = 900
LONGEST = 3600
"""Seconds that a session may last; the role can allow more (MaxSessionDuration)."""


class RoleSessions:
    """Answers STS."""

    def __init__(self, cloud: LocalCloudServer, identity: Identity) -> None:
        self._cloud = cloud
        self._identity = identity

    def assume_role(self, request: Request, _: str) -> Response:
        """Credentials of a new session."""
        asked = AwsRequest(request.environ)
        parameters = asked.parameters
        arn, name = str(parameters.get("RoleArn", "")), str(parameters.get("RoleSessionName", ""))
        account = self._cloud.account_id
        role = identity_policies.role_of(account, arn)
        if role is None:
            who = self._identity.caller(asked)
            message = f"User: {who.arn} is not authorized to perform: sts:AssumeRole on resource: {arn}"
            return aws_error("AccessDenied", message, "sts", status=403, xml=True)
        seconds = int(parameters.get("DurationSeconds") or LONGEST)
        longest = int(role.max_session_duration or LONGEST)
        if not SHORTEST <= seconds <= longest:
            message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            return aws_error("ValidationError", message, "sts", xml=True)
        policies = [parse(str(parameters["Policy"]), "session policy")] if parameters.get("Policy") else []
        managed = [str(one.get("arn")) for one in parameters.get("PolicyArns") or []]
        policies += [identity_policies.managed_statements(account, one) for one in managed]
        made = self._identity.open_session(
            arn,
            name,
            seconds=seconds,
            policies=tuple(policies),
            tags={str(one["Key"]): str(one["Value"]) for one in parameters.get("Tags") or []},
        )
        session = self._identity.session_principal(made)
        return _answer(
            "AssumeRole",
            {
                "Credentials": {
                    "AccessKeyId": made.access_key_id,
                    "SecretAccessKey": made.secret_access_key,
                    "SessionToken": made.session_token,
                    "Expiration": iso(made.expiration) if made.expiration else "",
                },
                "AssumedRoleUser": {"Arn": session.arn, "AssumedRoleId": session.context["aws:userid"]},
            },
        )

    def caller_identity(self, request: Request, _: str) -> Response:
        """Who signed the request."""
        who = self._identity.caller(AwsRequest(request.environ))
        return _answer("GetCallerIdentity", {"Arn": who.arn, "UserId": _user_id(who), "Account": who.account})


def _user_id(who: Principal) -> str:
    return str(who.context.get("aws:userid") or "AIDALOCALADMINISTRATOR")


def _answer(operation: str, result: dict[str, Any]) -> Response:
    text = f'<{operation}Response xmlns="{NAMESPACE}"><{operation}Result>{_xml(result)}</{operation}Result>'
    text += f"<ResponseMetadata><RequestId>local</RequestId></ResponseMetadata></{operation}Response>"
    return Response(text, mimetype="text/xml")


def _xml(value: dict[str, Any]) -> str:
    return "".join(
        f"<{name}>{_xml(inner) if isinstance(inner, dict) else escape(str(inner))}</{name}>"
        for name, inner in value.items()
    )


def install(cloud: LocalCloudServer) -> None:
    """Answer the operations that deal with callers."""
    sessions = RoleSessions(cloud, cloud.part(Identity))
    cloud.add_operation("sts", "AssumeRole", sessions.assume_role)
    cloud.add_operation("sts", "GetCallerIdentity", sessions.caller_identity)
