"""Lambda: a function keeps its dead-letter queue or topic, which moto forgets.

Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headend.localcloud import moto_patches

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

FUNCTION = "moto.awslambda.models:LambdaFunction"
FIELD = "DeadLetterConfig"


def target_of(function: Any) -> str:
    """The ARN of the function's dead-letter queue or topic; empty when it has none."""
    return str((vars(function).get(FIELD) or {}).get("TargetArn") or "")


def install(_cloud: LocalCloudServer) -> None:
    """Keep DeadLetterConfig with a function, change it and tell it."""

    def init(self: Any, account_id: str, spec: dict[str, Any], region: str, version: Any = 1) -> None:
        moto_patches.original(FUNCTION, "__init__")(self, account_id, spec, region, version)
        vars(self)[FIELD] = spec.get(FIELD)

    def update(self: Any, config_updates: dict[str, Any]) -> Any:
        if FIELD in config_updates:
            vars(self)[FIELD] = config_updates[FIELD]
        return moto_patches.original(FUNCTION, "update_configuration")(self, config_updates)

    def configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
        described: dict[str, Any] = moto_patches.original(FUNCTION, "get_configuration")(self, on_create)
        return {**described, FIELD: {"TargetArn": target_of(self)}} if target_of(self) else described

    moto_patches.replace(FUNCTION, "__init__", init)
    moto_patches.replace(FUNCTION, "update_configuration", update)
    moto_patches.replace(FUNCTION, "get_configuration", configuration)
