"""From a definition to the least policy that its role needs.

Source: https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html
"""

from __future__ import annotations

from headend.asl.iam import calls, maps, platform
from headend.asl.iam.arguments import Arguments
from headend.asl.iam.arns import hinted
from headend.asl.iam.policy import Collector, Grant, Policy
from headend.asl.iam.settings import Settings
from headend.asl.model import Definition, State

CREDENTIALS_PAGE = "https://docs.aws.amazon.com/step-functions/latest/dg/concepts-access-cross-acct-resources.html"


def derive(definition: Definition, settings: Settings | None = None) -> Policy:
    """The permissions that the states of a definition need; what cannot be told is listed, never guessed."""
    settings = settings or Settings()
    collector = Collector()
    elsewhere: list[tuple[str, str]] = []
    underived: list[tuple[str, str]] = []
    for state in definition.states():
        if state.type == "Map":
            collector.add(maps.needs(state, settings), state.name)
        if state.type != "Task" or state.resource is None:
            continue
        role = _other_role(state, settings)
        if role is not None:
            collector.add([role], state.name)
            elsewhere.append((state.name, role.resource))
            continue
        try:
            collector.add(list(calls.needs(state, settings)), state.name)
        except calls.UnknownCallError as error:
            underived.append((state.name, str(error)))
    collector.add(platform.needs(settings), platform.MACHINE)
    return Policy(collector.statements(), tuple(elsewhere), tuple(underived))


def _other_role(state: State, settings: Settings) -> Grant | None:
    """A task with Credentials assumes their role, and calls with its permissions."""
    credentials = state.fields.get("Credentials")
    if not isinstance(credentials, dict):
        return None
    given = Arguments(credentials, state.jsonata)
    values = given.values("RoleArn")
    if not values:
        return None
    value = values[0]
    told = hinted(value, settings)
    if told or value.text is not None:
        resource, why = told or str(value.text), ""
    else:
        resource, why = (
            f"arn:{settings.partition}:iam::*:role/*",
            f"the role is decided at run time (`{value.written}`)",
        )
    return Grant("sts:AssumeRole", resource, (), why, "to call in another role", CREDENTIALS_PAGE)
