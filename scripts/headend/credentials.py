"""Who is about to act, checked before anything runs."""

from __future__ import annotations

from dataclasses import dataclass

import botocore.exceptions as botocore_errors

from headend.aws import Aws
from headend.errors import UsageError

_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")


@dataclass(frozen=True)
class Identity:
    """The caller as AWS sees it."""

    account: str
    arn: str


def identify(aws: Aws) -> Identity:
    """Ask STS who the caller is. Raises UsageError: no, expired or refused credentials, or nobody answers."""
    try:
        answer = aws.client("sts").get_caller_identity()
    except botocore_errors.ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _EXPIRED:
            raise UsageError("the AWS credentials have expired; sign in again (for example `aws sso login`)") from None
        raise UsageError(f"AWS refuses the credentials ({code}); check AWS_PROFILE or the access keys") from None
    except (botocore_errors.UnauthorizedSSOTokenError, botocore_errors.SSOTokenLoadError):
        raise UsageError("the AWS sign-in has expired; run `aws sso login`") from None
    except (botocore_errors.NoCredentialsError, botocore_errors.PartialCredentialsError):
        raise UsageError("no AWS credentials; set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY") from None
    except botocore_errors.ProfileNotFound as error:
        raise UsageError(f"AWS_PROFILE: {_line(error)}; name one of ~/.aws/config") from None
    except botocore_errors.BotoCoreError as error:
        where = aws.endpoint or "AWS"
        remedy = "; start a local cloud with `headend local up` and unset AWS_ENDPOINT_URL" if aws.is_local else ""
        raise UsageError(f"{where} does not answer: {_line(error)}{remedy}") from None
    return Identity(str(answer["Account"]), str(answer["Arn"]))


def require_account(aws: Aws, account_id: str | None) -> Identity:
    """The caller, who must belong to `account_id` where one is given. Raises UsageError otherwise."""
    identity = identify(aws)
    if account_id and identity.account != account_id:
        raise UsageError(
            f"the credentials are of account {identity.account} but config.yaml says account_id {account_id}; "
            "use that account's credentials or change account_id"
        )
    return identity


def _line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
