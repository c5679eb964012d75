"""The states that a function passes through: Pending when it is new, InProgress while it is changed.

Source: https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from headend.localcloud import moto_patches
from headend.localcloud.rejections.in_between import InBetween

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

BACKEND = "moto.awslambda.models:LambdaBackend"
FUNCTION = "moto.awslambda.models:LambdaFunction"
PENDING = {"State": "Pending", "StateReasonCode": "Creating", "StateReason": "The function is being created."}


def install(cloud: LocalCloudServer) -> None:
    """Enter the states where functions are made and changed, and show them."""
    states = cloud.part(InBetween)
    # What another addition has put in moto's place shows more of a function: the state comes on top of that.
    shown = moto_patches.resolve(FUNCTION).get_configuration

    def create(self: Any, spec: dict[str, Any]) -> Any:
        made = moto_patches.original(BACKEND, "create_function")(self, spec)
        states.enter(("lambda", self.region_name, made.function_name), "Pending")
        return made

    def updating(attribute: str) -> Callable[..., Any]:
        def update(self: Any, function_name: str, qualifier: str, body: dict[str, Any]) -> Any:
            made = moto_patches.original(BACKEND, attribute)(self, function_name, qualifier, body)
            if made is None:
                return None
            key = ("lambda", self.region_name, str(made["FunctionName"]))
            states.enter(key, "InProgress")
            return {**made, "LastUpdateStatus": states.state(key) or "Successful"}

        return update

    def get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
        found: dict[str, Any] = shown(self, on_create)
        state = states.state(("lambda", self.region, self.function_name))
        if state == "Pending":
            return {**found, **PENDING}
        return {**found, "LastUpdateStatus": state} if state else found

    moto_patches.replace(BACKEND, "create_function", create)
    for attribute in ("update_function_code", "update_function_configuration"):
        moto_patches.replace(BACKEND, attribute, updating(attribute))
    moto_patches.replace(FUNCTION, "get_configuration", get_configuration)
