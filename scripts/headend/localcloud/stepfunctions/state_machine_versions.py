"""Revisions, versions and aliases of state machines.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html
https://docs.aws.amazon.com/step-functions/latest/apireference/API_UpdateStateMachine.html
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from moto.core.utils import unix_time, utcnow
from moto.stepfunctions.exceptions import ResourceNotFound, StateMachineDoesNotExist

from headend.localcloud.stepfunctions.states_requests import StatesError, page, present, violation

if TYPE_CHECKING:
    from headend.localcloud.stepfunctions.state_machines import StateMachines

ALIAS_NAME = r"^(?=.*[a-zA-Z_\-\.])[a-zA-Z0-9_\-\.]+$"
MOST_WEIGHT = 100


def describe_instance(machine: Any) -> dict[str, Any]:
    """What a state machine and its versions have in common."""
    return {
        "definition": machine.definition,
        "encryptionConfiguration": machine.encryptionConfiguration,
        "loggingConfiguration": machine.loggingConfiguration,
        "name": machine.name,
        "roleArn": machine.roleArn,
        "tracingConfiguration": machine.tracingConfiguration,
        **present(revisionId=getattr(machine, "revision_id", None)),
    }


class VersionOperations:
    """Answers the operations."""

    def __init__(self, machines: StateMachines) -> None:
        self._machines = machines
        self.operations = {
            "CreateStateMachineAlias": self.create_alias,
            "DeleteStateMachineVersion": self.delete_version,
            "DescribeStateMachine": self.describe,
            "DescribeStateMachineAlias": self.describe_alias,
            "ListStateMachineAliases": self.list_aliases,
            "ListStateMachineVersions": self.list_versions,
            "PublishStateMachineVersion": self.publish,
            "UpdateStateMachine": self.update,
            "UpdateStateMachineAlias": self.update_alias,
        }

    # Revisions and versions

    def describe(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """A state machine or a version of it."""
        machine = self._machines.backend(region).describe_state_machine(asked["stateMachineArn"])
        return {
            "creationDate": unix_time(machine.creation_date),
            "stateMachineArn": machine.arn,
            "status": "ACTIVE",
            "type": machine.type,
            **present(description=machine.description),
            **describe_instance(machine),
        }

    def update(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """A new revision, when the definition or the role changes; published if asked for."""
        arn = asked["stateMachineArn"]
        if len(arn.split(":")) > 7:
            raise StateMachineDoesNotExist(f"State Machine Does Not Exist: '{arn}'")
        if asked.get("versionDescription") and not asked.get("publish"):
            raise StatesError("ValidationException", "Version description can only be set when publish is true")
        backend = self._machines.backend(region)
        machine = backend.describe_state_machine(arn)
        before = machine.definition, machine.roleArn
        backend.update_state_machine(
            arn,
            asked.get("definition"),
            asked.get("roleArn"),
            asked.get("loggingConfiguration"),
            asked.get("tracingConfiguration"),
            asked.get("encryptionConfiguration"),
        )
        if before != (machine.definition, machine.roleArn):
            machine.revision_id = str(uuid.uuid4())
        version = _publish(machine, asked.get("versionDescription")) if asked.get("publish") else None
        return {
            "updateDate": unix_time(machine.update_date),
            **present(
                revisionId=getattr(machine, "revision_id", None),
                stateMachineVersionArn=version and version.arn,
            ),
        }

    def publish(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Publish the present revision; the same one again gives the same version."""
        machine = self._machines.backend(region).describe_state_machine(asked["stateMachineArn"])
        present_revision, wanted = getattr(machine, "revision_id", None), asked.get("revisionId")
        if wanted and wanted != (present_revision or "INITIAL"):
            text = "Failed to publish the State Machine version for revision"
            raise StatesError("ConflictException", f"{text} '{wanted}'. The current State Machine revision differs.")
        version = _publish(machine, asked.get("description"))
        return {"stateMachineVersionArn": version.arn, "creationDate": unix_time(version.creation_date)}

    def list_versions(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """The versions of a state machine, newest first."""
        machine = self._machines.backend(region).describe_state_machine(asked["stateMachineArn"])
        listed = [
            {"stateMachineVersionArn": version.arn, "creationDate": unix_time(version.creation_date)}
            for _, version in sorted(machine.versions.items(), reverse=True)
        ]
        shown, following = page(listed, asked)
        return {"stateMachineVersions": shown, **following}

    def delete_version(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Forget a version that no alias routes to. Its number is not given again."""
        arn = asked["stateMachineVersionArn"]
        source, _, number = arn.rpartition(":")
        machine = self._machines.backend(region).describe_state_machine(source)
        users = [alias.name for alias in machine.aliases.values() if arn in _versions(alias.routing_configuration)]
        if users:
            text = "Version to be deleted must not be referenced by an alias. Current list of aliases referencing"
            raise StatesError("ConflictException", f"{text} this version: [{', '.join(users)}]")
        removed = machine.versions.pop(int(number), None)
        if removed is machine.latest_version:
            machine.latest_version = None
        return {}

    # Aliases

    def create_alias(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """An alias for one or two versions. The same one again is the same."""
        name, routing = asked["name"], asked["routingConfiguration"]
        _check_name(name)
        _check_routing(routing)
        backend = self._machines.backend(region)
        machine = self._machine_of(region, routing)
        known = machine.aliases.get(name)
        if known is None:
            known = backend.create_state_machine_alias(name, routing, asked.get("description"))
        elif known.routing_configuration != routing:
            text = "Failed to create alias because an alias with the same name and a different routing configuration"
            raise StatesError("ConflictException", f"{text} already exists.")
        return {"stateMachineAliasArn": known.arn, "creationDate": unix_time(known.creation_date)}

    def update_alias(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Shift traffic, or describe the alias anew."""
        routing, description = asked.get("routingConfiguration"), asked.get("description")
        if routing is None and description is None:
            text = "You must provide at least one of routingConfiguration or description"
            raise StatesError("ValidationException", text)
        alias = self._alias(region, asked["stateMachineAliasArn"])
        if routing is not None:
            _check_routing(routing)
            self._machine_of(region, routing)
            alias.routing_configuration = routing
        alias.description = alias.description if description is None else description
        alias.update_date = utcnow()
        return {"updateDate": unix_time(alias.update_date)}

    def describe_alias(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """An alias. One that is not there is ResourceNotFound, also when its state machine is not there either.

        Errors: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineAlias.html
        """
        alias = self._alias(region, asked["stateMachineAliasArn"])
        return {
            "stateMachineAliasArn": alias.arn,
            "name": alias.name,
            "routingConfiguration": alias.routing_configuration,
            "creationDate": unix_time(alias.creation_date),
            "updateDate": unix_time(alias.update_date),
            **({"description": alias.description} if alias.description else {}),
        }

    def list_aliases(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """The aliases of a state machine, or those that route to a version."""
        arn = asked["stateMachineArn"]
        machine = self._machines.backend(region).describe_state_machine(":".join(arn.split(":")[:7]))
        listed = [
            {"stateMachineAliasArn": alias.arn, "creationDate": unix_time(alias.creation_date)}
            for alias in machine.aliases.values()
            if arn == machine.arn or arn in _versions(alias.routing_configuration)
        ]
        shown, following = page(listed, asked)
        return {"stateMachineAliases": shown, **following}

    def _alias(self, region: str, arn: str) -> Any:
        try:
            return self._machines.backend(region).describe_state_machine_alias(arn)
        except (StateMachineDoesNotExist, ResourceNotFound) as error:
            raise ResourceNotFound("Request references a resource that does not exist.") from error

    def _machine_of(self, region: str, routing: list[dict[str, Any]]) -> Any:
        """The state machine whose versions these are. Raises ResourceNotFound when one is not there."""
        backend = self._machines.backend(region)
        sources = set()
        for arn in _versions(routing):
            try:
                backend.describe_state_machine(arn)
            except StateMachineDoesNotExist as error:
                raise ResourceNotFound("Request references a resource that does not exist.") from error
            sources.add(arn.rpartition(":")[0])
        if len(sources) > 1:
            text = "Routing configuration must contain versions of one state machine."
            raise StatesError("ValidationException", f"{text} Received: [{', '.join(_versions(routing))}]")
        return backend.describe_state_machine(sources.pop())


def _publish(machine: Any, description: str | None) -> Any:
    """The version of the present revision."""
    latest, revision = machine.latest_version, getattr(machine, "revision_id", None)
    if latest is not None and getattr(latest, "revision_id", None) == revision:
        if description is not None and description != latest.description:
            text = "Failed to publish the State Machine version because a version of this revision has another"
            raise StatesError("ConflictException", f"{text} description.")
        return latest
    machine.publish(description)
    machine.latest_version.revision_id = revision
    return machine.latest_version


def _versions(routing: list[dict[str, Any]]) -> list[str]:
    return [route["stateMachineVersionArn"] for route in routing]


def _check_name(name: str) -> None:
    if len(name) > 80:
        raise violation(name, "name", "Member must have length less than or equal to 80")
    if not re.match(ALIAS_NAME, name):
        raise violation(name, "name", f"Member must satisfy regular expression pattern: {ALIAS_NAME}")


def _check_routing(routing: list[dict[str, Any]]) -> None:
    for place, route in enumerate(routing, 1):
        if route["weight"] > MOST_WEIGHT:
            where = f"routingConfiguration.{place}.member.weight"
            raise violation(route["weight"], where, f"Member must have value less than or equal to {MOST_WEIGHT}")
    if len(routing) > 2:
        raise violation(routing, "routingConfiguration", "Member must have length less than or equal to 2")
    arns, weights = _versions(routing), [route["weight"] for route in routing]
    received = ", ".join(arns)
    if any(not arn.rpartition(":")[2].isnumeric() or len(arn.split(":")) != 8 for arn in arns):
        text = "Routing configuration must contain state machine version ARNs."
        raise StatesError("ValidationException", f"{text} Received: [{received}]")
    if len(set(arns)) != len(arns):
        text = "Routing configuration must contain distinct state machine version ARNs."
        raise StatesError("ValidationException", f"{text} Received: [{received}]")
    if sum(weights) != MOST_WEIGHT:
        text = f"Sum of routing configuration weights must equal {MOST_WEIGHT}. Received: {weights}"
        raise StatesError("ValidationException", text)
