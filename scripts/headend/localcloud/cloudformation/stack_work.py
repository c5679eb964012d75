"""What CloudFormation does with a stack: creates, updates and deletes its resources in order, and rolls back.

Resources are made one after the other, each after those on which it depends, and deleted in the opposite order. A
failed creation or update is undone, unless rollback is disabled; what cannot be undone leaves the stack in
ROLLBACK_FAILED or UPDATE_ROLLBACK_FAILED.

Sources: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html (states)
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-continueupdaterollback.html
"""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Iterable
from typing import Any

from headend.localcloud.app import LocalCloudServer
from headend.localcloud.cloudcontrol.cloud_control import CloudControl
from headend.localcloud.cloudcontrol.cloud_control_handler import Handler, HandlerError
from headend.localcloud.cloudcontrol.registry import schema_of
from headend.localcloud.cloudformation.properties import faults, fitted, replaces, tagged
from headend.localcloud.cloudformation.stack_errors import StackError
from headend.localcloud.cloudformation.stack_model import LiveStack, StackResource
from headend.localcloud.cloudformation.template import NO_VALUE, Resolver, Template, invalid

Json = dict[str, Any]
SUFFIX = "amazonaws.com"


class ResourceFailed(Exception):  # noqa: N818 - it is what happened
    """A resource could not be made, changed or deleted: `logical` and why."""

    def __init__(self, logical: str, reason: str) -> None:
        super().__init__(reason)
        self.logical = logical


class StackWork:
    """Does the work on stacks, each method from an in-between state to a settled one, on a thread of the caller."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud

    def handler(self, kind: str) -> Handler:
        """Who knows the resources of a type. Raises StackError for a type that there is none for."""
        known = self._cloud.part(CloudControl).handlers
        if kind not in known:
            raise invalid(f"Template format error: Unrecognized resource types: [{kind}]")
        return known[kind]

    def check(self, template: Template, region: str) -> None:
        """Refuse a template with types that are not known."""
        known = self._cloud.part(CloudControl).handlers
        kinds = {str(resource["Type"]) for resource in template.resources.values()}
        unknown = sorted(kind for kind in kinds if kind not in known or schema_of(kind, region) is None)
        if unknown:
            raise invalid(f"Template format error: Unrecognized resource types: [{', '.join(unknown)}]")

    def create(self, stack: LiveStack, values: dict[str, str]) -> None:
        """Make a new stack's resources."""
        stack.values = values
        failed: ResourceFailed | None = None
        try:
            self._apply(stack, stack.template, values)
            stack.outputs = self._outputs(stack, stack.template, values)
        except ResourceFailed as error:
            failed = error
        if failed is None:
            self._show(stack, "CREATE_COMPLETE")
            return
        reason = f"The following resource(s) failed to create: [{failed.logical}]. "
        what = stack.request.get("OnFailure") or ("DO_NOTHING" if stack.request.get("DisableRollback") else "ROLLBACK")
        if what == "DO_NOTHING":
            self._show(stack, "CREATE_FAILED", reason)
            return
        started, done = ("DELETE", "DELETE") if what == "DELETE" else ("ROLLBACK", "ROLLBACK")
        asked = "Delete" if what == "DELETE" else "Rollback"
        self._show(stack, f"{started}_IN_PROGRESS", f"{reason}{asked} requested by user.")
        left = self._delete_all(stack, _made(stack, stack.template))
        if left:
            self._show(stack, f"{done}_FAILED", f"The following resource(s) failed to delete: [{', '.join(left)}]. ")
        else:
            self._show(stack, f"{done}_COMPLETE")
            if what == "DELETE":
                self._gone(stack)

    def update(self, stack: LiveStack, template: Template, values: dict[str, str]) -> None:
        """Turn the stack's resources into those of another template, or other parameters."""
        before = (stack.template, stack.values)
        done: list[tuple[str, Json]] = []
        replaced: list[StackResource] = []
        failed: ResourceFailed | None = None
        try:
            self._apply(stack, template, values, done, replaced)
            stack.outputs = self._outputs(stack, template, values)
        except ResourceFailed as error:
            failed = error
        if failed is None:
            stack.template, stack.values = template, values
            self._show(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
            self._clean_up(stack, template, replaced, _made(stack, before[0]))
            self._show(stack, "UPDATE_COMPLETE")
            return
        reason = f"The following resource(s) failed to update: [{failed.logical}]. "
        if stack.request.get("DisableRollback"):
            self._show(stack, "UPDATE_FAILED", reason)
            return
        self._show(stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
        self._roll_back(stack, *before, replaced)

    def continue_rollback(self, stack: LiveStack, skipped: Iterable[str]) -> None:
        """Try once more to come back to the template before the update."""
        for name in skipped:
            held = stack.resources.get(name)
            if held and held.status == "UPDATE_FAILED":
                stack.show_resource(held, "UPDATE_COMPLETE", self._cloud.clock.now())
        self._roll_back(stack, stack.template, stack.values, [])

    def delete(self, stack: LiveStack, retained: Iterable[str]) -> None:
        """Delete the stack's resources, except those to be retained."""
        for name in retained:
            if name in stack.resources:
                stack.resources[name].retained = True
        left = self._delete_all(stack, _made(stack, stack.template))
        if left:
            self._show(stack, "DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(left)}]. ")
        else:
            self._show(stack, "DELETE_COMPLETE")
            self._gone(stack)

    def broken(self, stack: LiveStack, error: Exception) -> None:
        """The local cloud itself has failed: the stack does not stay in between."""
        verb = stack.status.partition("_")[0]
        status = "UPDATE_ROLLBACK_FAILED" if verb == "UPDATE" else f"{verb}_FAILED"
        self._show(stack, status, f"the local cloud failed: {type(error).__name__}: {error}")

    def resolver(self, stack: LiveStack, template: Template, values: dict[str, str]) -> Resolver:
        """Resolves the intrinsic functions of a template with what the stack has."""
        pseudo = {
            "AWS::AccountId": self._cloud.account_id,
            "AWS::NotificationARNs": stack.request.get("NotificationARNs") or [],
            "AWS::Partition": "aws",
            "AWS::Region": stack.region,
            "AWS::StackId": stack.arn,
            "AWS::StackName": stack.name,
            "AWS::URLSuffix": SUFFIX,
        }

        def held(logical: str) -> StackResource:
            if logical not in stack.resources or not stack.resources[logical].physical:
                raise invalid(f"Template error: resource {logical} does not exist")
            return stack.resources[logical]

        def attribute(logical: str, name: str) -> Any:
            resource = held(logical)
            value: Any = self.handler(resource.type).read(stack.region, resource.physical)
            for part in name.split("."):
                value = value.get(part) if isinstance(value, dict) else None
            if value is None:
                raise invalid(
                    f"Template error: resource {logical} does not support attribute type {name} in Fn::GetAtt"
                )
            return value

        return Resolver(template, values, pseudo, lambda logical: held(logical).physical, attribute)

    # Inside

    def _apply(
        self,
        stack: LiveStack,
        template: Template,
        values: dict[str, str],
        done: list[tuple[str, Json]] | None = None,
        replaced: list[StackResource] | None = None,
    ) -> None:
        """Make or change each resource of the template. Raises ResourceFailed for the first that fails."""
        resolver = self.resolver(stack, template, values)
        for logical in template.order:
            definition = template.resources[logical]
            if not resolver.wanted(definition):
                continue
            held = stack.resources.get(logical)
            kind = str(definition["Type"])
            if held is None or not held.physical:
                self._create(stack, resolver, logical, definition)
                continue
            held.retained = definition.get("DeletionPolicy") == "Retain"
            properties = self._resolved(stack, held, resolver, definition, "UPDATE_FAILED")
            if held.type == kind and held.properties == properties and held.status != "UPDATE_FAILED":
                continue
            if done is not None:
                done.append((logical, held.properties))
            if held.type != kind or replaces(schema_of(kind, stack.region) or {}, held.properties, properties):
                if replaced is not None:
                    replaced.append(copy.copy(held))
                held.type = kind
                reason = "Requested update requires the creation of a new physical resource; hence creating one."
                stack.show_resource(held, "UPDATE_IN_PROGRESS", self._cloud.clock.now(), reason)
                self._make(stack, held, properties, "UPDATE")
            else:
                self._change(stack, held, properties)

    def _create(self, stack: LiveStack, resolver: Resolver, logical: str, definition: Json) -> None:
        resource = StackResource(logical, str(definition["Type"]), {})
        resource.retained = definition.get("DeletionPolicy") == "Retain"
        stack.resources[logical] = resource
        stack.show_resource(resource, "CREATE_IN_PROGRESS", self._cloud.clock.now())
        properties = self._resolved(stack, resource, resolver, definition, "CREATE_FAILED")
        self._make(stack, resource, properties, "CREATE")

    def _make(self, stack: LiveStack, resource: StackResource, properties: Json, verb: str) -> None:
        try:
            resource.physical = self.handler(resource.type).create(stack.region, copy.deepcopy(properties))
        except HandlerError as error:
            raise self._failed(stack, resource, f"{verb}_FAILED", error) from error
        resource.properties = properties
        stack.show_resource(resource, f"{verb}_COMPLETE", self._cloud.clock.now())

    def _change(self, stack: LiveStack, resource: StackResource, properties: Json) -> None:
        stack.show_resource(resource, "UPDATE_IN_PROGRESS", self._cloud.clock.now())
        handler = self.handler(resource.type)
        try:
            before = handler.read(stack.region, resource.physical)
            kept = {name: value for name, value in before.items() if name not in resource.properties}
            handler.update(stack.region, resource.physical, before, {**kept, **copy.deepcopy(properties)})
        except HandlerError as error:
            raise self._failed(stack, resource, "UPDATE_FAILED", error) from error
        resource.properties = properties
        stack.show_resource(resource, "UPDATE_COMPLETE", self._cloud.clock.now())

    def _resolved(
        self, stack: LiveStack, resource: StackResource, resolver: Resolver, definition: Json, status: str
    ) -> Json:
        schema = schema_of(str(definition["Type"]), stack.region) or {}
        try:
            properties = resolver.resolve(definition.get("Properties") or {})
        except StackError as error:
            stack.show_resource(resource, status, self._cloud.clock.now(), str(error))
            raise ResourceFailed(resource.logical, str(error)) from error
        fitting: Json = fitted(schema, {} if properties is NO_VALUE else properties)
        fitting = tagged(schema, fitting, stack.tags)
        wrong = faults(schema, fitting)
        if wrong:
            reason = f"Properties validation failed for resource {resource.logical} with message:\n{wrong}"
            stack.show_resource(resource, status, self._cloud.clock.now(), reason)
            raise ResourceFailed(resource.logical, reason)
        return fitting

    def _failed(self, stack: LiveStack, resource: StackResource, status: str, error: HandlerError) -> ResourceFailed:
        schema = schema_of(resource.type, stack.region) or {}
        reason = str(error)
        if "handlers" in schema:
            known = f"RequestToken: {uuid.uuid4()}, HandlerErrorCode: {error.code}"
            reason = f"Resource handler returned message: {json.dumps(reason)} ({known})"
        stack.show_resource(resource, status, self._cloud.clock.now(), reason)
        return ResourceFailed(resource.logical, reason)

    def _roll_back(
        self, stack: LiveStack, template: Template, values: dict[str, str], replaced: list[StackResource]
    ) -> None:
        """Come back to a template: replaced resources are still there, the new ones go."""
        stack.tags = stack.tags_before
        new = []
        for old in replaced:
            held = stack.resources[old.logical]
            if held.physical != old.physical:
                new.append(copy.copy(held))
            stack.resources[old.logical] = old
        try:
            self._apply(stack, template, values)
        except ResourceFailed as error:
            reason = f"The following resource(s) failed to update: [{error.logical}]. "
            self._show(stack, "UPDATE_ROLLBACK_FAILED", reason)
            return
        self._show(stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
        self._clean_up(stack, template, new, list(stack.resources))
        stack.outputs = self._outputs(stack, template, values)
        self._show(stack, "UPDATE_ROLLBACK_COMPLETE")

    def _clean_up(self, stack: LiveStack, template: Template, replaced: list[StackResource], made: list[str]) -> None:
        """Delete what the template has no longer, and what was replaced. What cannot be deleted stays, and is told.

        `made` are the stack's resources in the order in which they need each other.
        """
        resolver = self.resolver(stack, template, stack.values)
        wanted = {name for name, definition in template.resources.items() if resolver.wanted(definition)}
        for old in reversed(replaced):
            self._delete_one(stack, old)
        self._delete_all(stack, [name for name in made if name not in wanted], forget=True)

    def _delete_all(self, stack: LiveStack, names: list[str], *, forget: bool = False) -> list[str]:
        """Delete resources, the last ones first. Returns what could not be deleted, which stays or is forgotten."""
        left = []
        for logical in reversed(names):
            resource = stack.resources[logical]
            if resource.retained:
                stack.show_resource(resource, "DELETE_SKIPPED", self._cloud.clock.now())
                del stack.resources[logical]
            elif self._delete_one(stack, resource) or forget:
                del stack.resources[logical]
            else:
                left.append(logical)
                if not forget:
                    break  # what it depends on is still in use
        return left

    def _delete_one(self, stack: LiveStack, resource: StackResource) -> bool:
        if not resource.physical:
            return True
        stack.show_resource(resource, "DELETE_IN_PROGRESS", self._cloud.clock.now())
        try:
            self.handler(resource.type).delete(stack.region, resource.physical)
        except HandlerError as error:
            if error.code != "NotFound":
                self._failed(stack, resource, "DELETE_FAILED", error)
                return False
        stack.show_resource(resource, "DELETE_COMPLETE", self._cloud.clock.now())
        return True

    def _outputs(self, stack: LiveStack, template: Template, values: dict[str, str]) -> list[Json]:
        resolver = self.resolver(stack, template, values)
        found = []
        for name, output in template.outputs.items():
            if not resolver.wanted(output):
                continue
            try:
                value = resolver.resolve(output["Value"])
            except StackError as error:
                raise ResourceFailed(name, str(error)) from error
            shown = {"OutputKey": name, "OutputValue": value if isinstance(value, str) else json.dumps(value)}
            if output.get("Description"):
                shown["Description"] = str(output["Description"])
            found.append(shown)
        return found

    def _show(self, stack: LiveStack, status: str, reason: str = "") -> None:
        stack.show(status, self._cloud.clock.now(), reason)
        summary = f"{stack.name}: {status}"
        self._cloud.timeline.record("stack", stack.region, stack.arn, summary, status=status, reason=reason)

    def _gone(self, stack: LiveStack) -> None:
        stack.deleted_date = self._cloud.clock.now()


def _made(stack: LiveStack, template: Template) -> list[str]:
    """The stack's resources, each after those on which it depends in `template`; what that does not know comes last."""
    known = [name for name in template.order if name in stack.resources]
    return known + [name for name in stack.resources if name not in known]
