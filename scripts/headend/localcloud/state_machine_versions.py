"""Versions and aliases of state machines, and revisions.

Sources: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html
https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-alias.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moto.core.utils import unix_time
from moto.stepfunctions.exceptions import ResourceNotFound, StateMachineDoesNotExist

from headend.localcloud.states_requests import StatesError, page, present

if TYPE_CHECKING:
    from headend.localcloud.state_machines import StateMachines


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
            "DeleteStateMachineVersion": self.delete_version,
            "DescribeStateMachineAlias": self.describe_alias,
            "ListStateMachineVersions": self.list_versions,
            "PublishStateMachineVersion": self.publish,
        }

    def describe_alias(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """An alias. One that is not there is ResourceNotFound, also when its state machine is not there either.

        Errors: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeStateMachineAlias.html
        """
        try:
            alias = self._machines.backend(region).describe_state_machine_alias(asked["stateMachineAliasArn"])
        except StateMachineDoesNotExist as error:
            raise ResourceNotFound(f"State Machine Alias Does Not Exist: '{asked['stateMachineAliasArn']}'") from error
        return {
            "stateMachineAliasArn": alias.arn,
            "name": alias.name,
            "routingConfiguration": alias.routing_configuration,
            "creationDate": unix_time(alias.creation_date),
            "updateDate": unix_time(alias.update_date),
            **({"description": alias.description} if alias.description else {}),
        }

    def list_versions(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """The versions of a state machine, newest first."""
        machine = self._machines.backend(region).describe_state_machine(asked["stateMachineArn"])
        listed = [
            {"stateMachineVersionArn": version.arn, "creationDate": version.creation_date.timestamp()}
            for _, version in sorted(machine.versions.items(), reverse=True)
        ]
        shown, following = page(listed, asked)
        return {"stateMachineVersions": shown, **following}

    def publish(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Publish the present revision; the same one again gives the same version."""
        machine = self._machines.backend(region).describe_state_machine(asked["stateMachineArn"])
        latest = machine.latest_version
        if latest is None or (latest.definition, latest.roleArn) != (machine.definition, machine.roleArn):
            machine.publish(asked.get("description"))
            latest = machine.latest_version
        return {"stateMachineVersionArn": latest.arn, "creationDate": latest.creation_date.timestamp()}

    def delete_version(self, region: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Forget a version that no alias routes to."""
        arn = asked["stateMachineVersionArn"]
        source, _, number = arn.rpartition(":")
        machine = self._machines.backend(region).describe_state_machine(source)
        for alias in machine.aliases.values():
            if any(route["stateMachineVersionArn"] == arn for route in alias.routing_configuration):
                text = f"Version to be deleted must not be referenced by an alias. Current list of aliases referencing this version: [{alias.name}]"  # noqa: E501 - AWS's words
                raise StatesError("ConflictException", text)
        machine.versions.pop(int(number), None)
        return {}
