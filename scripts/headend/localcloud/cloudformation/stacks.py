"""CloudFormation's operations on stacks and change sets, for the types that Cloud Control's handlers know.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import unquote, urlsplit

from moto.core.exceptions import ServiceException
from moto.core.serialize import QuerySerializer
from moto.core.utils import get_service_model
from moto.s3.models import s3_backends
from werkzeug.wrappers import Request, Response

from headend.localcloud.app import LocalCloudServer, aws_error
from headend.localcloud.aws_request import AwsRequest
from headend.localcloud.cloudcontrol import caller
from headend.localcloud.cloudformation.stack_errors import StackError
from headend.localcloud.cloudformation.stack_model import UPDATABLE, LiveStack, stack_backends
from headend.localcloud.cloudformation.stack_work import StackWork
from headend.localcloud.cloudformation.template import LONGEST_OBJECT, Template, invalid
from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.iam.identity import Identity
from headend.localcloud.iam.identity_gate import CALLER
from headend.localcloud.iam.policy_evaluation import Principal

Json = dict[str, Any]
SERVICE = "cloudformation.amazonaws.com"
NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
REMEMBERED = ("Capabilities", "DisableRollback", "NotificationARNs", "OnFailure", "RoleARN", "TimeoutInMinutes")


class Stacks:
    """The stacks of all Regions."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._work = StackWork(cloud)
        self._lock = threading.RLock()

    def respond(self, operation: str, request: Request, region: str) -> Response:
        """Answer one request."""
        method: Callable[[str, Json], Json | None] = OPERATIONS[operation].__get__(self)
        try:
            with self._lock, caller.acting_for(request.environ.get(CALLER)):
                answer = method(region, AwsRequest(request.environ).parameters)
        except StackError as error:
            return aws_error(error.code, str(error), "cloudformation", status=error.status)
        shown = QuerySerializer(get_service_model("cloudformation").operation_model(operation)).serialize(answer or {})
        return Response(shown["body"], status=shown["status_code"], mimetype="text/xml")

    # Stacks

    def _create_stack(self, region: str, request: Json) -> Json:
        stack, values = self._new(region, request)
        try:
            self._start(stack, request, "CREATE_IN_PROGRESS", lambda: self._work.create(stack, values))
        except StackError:
            del self._stacks(region)[stack.arn]
            raise
        return {"StackId": stack.arn}

    def _update_stack(self, region: str, request: Json) -> Json:
        stack = self._updatable(region, request["StackName"])
        template, values = self._asked(stack, request)
        self._refuse_unchanged(stack, template, values, request)
        self._remember(stack, request)
        work = self._work
        self._start(stack, request, "UPDATE_IN_PROGRESS", lambda: work.update(stack, template, values))
        return {"StackId": stack.arn}

    def _delete_stack(self, region: str, request: Json) -> None:
        stack = self._find(region, request["StackName"], absent=True)
        if stack is None or stack.deleted_date:
            return
        if stack.protected:
            raise invalid(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        if not stack.settled:
            raise invalid(f"Stack [{stack.name}] cannot be deleted while in status {stack.status}")
        retained = request.get("RetainResources") or []
        if retained and stack.status != "DELETE_FAILED":
            raise invalid(f"Invalid operation on stack [{stack.arn}]. Retained resources are only for DELETE_FAILED.")
        self._start(stack, request, "DELETE_IN_PROGRESS", lambda: self._work.delete(stack, retained))

    def _continue_update_rollback(self, region: str, request: Json) -> None:
        stack = self._known(region, request["StackName"])
        if stack.status != "UPDATE_ROLLBACK_FAILED":
            raise invalid(f"Stack:{stack.arn} is in {stack.status} state and can not continue update rollback.")
        skipped = request.get("ResourcesToSkip") or []
        work = self._work
        self._start(stack, request, "UPDATE_ROLLBACK_IN_PROGRESS", lambda: work.continue_rollback(stack, skipped))

    def _update_termination_protection(self, region: str, request: Json) -> Json:
        stack = self._known(region, request["StackName"])
        stack.protected = bool(request["EnableTerminationProtection"])
        return {"StackId": stack.arn}

    def _describe_stacks(self, region: str, request: Json) -> Json:
        name = request.get("StackName")
        if name:
            found = self._find(region, name, absent=False)
            return {"Stacks": [found.describe()] if found else []}
        return {"Stacks": [stack.describe() for stack in self._all(region) if not stack.deleted_date]}

    def _list_stacks(self, region: str, request: Json) -> Json:
        wanted = request.get("StackStatusFilter") or []
        shown = [stack.describe() for stack in self._all(region) if not wanted or stack.status in wanted]
        return {"StackSummaries": [{**one, "TemplateDescription": one.get("Description", "")} for one in shown]}

    def _describe_stack_events(self, region: str, request: Json) -> Json:
        return {"StackEvents": list(self._described(region, request).events)}

    def _describe_stack_resources(self, region: str, request: Json) -> Json:
        stack = self._described(region, request)
        wanted = request.get("LogicalResourceId")
        return {"StackResources": [one for one in _resources(stack) if wanted in (None, one["LogicalResourceId"])]}

    def _describe_stack_resource(self, region: str, request: Json) -> Json:
        stack = self._described(region, request)
        for one in _resources(stack):
            if one["LogicalResourceId"] == request["LogicalResourceId"]:
                return {"StackResourceDetail": {**one, "LastUpdatedTimestamp": one["Timestamp"]}}
        raise invalid(f"Resource {request['LogicalResourceId']} does not exist for stack {stack.name}")

    def _list_stack_resources(self, region: str, request: Json) -> Json:
        shown = _resources(self._described(region, request))
        return {"StackResourceSummaries": [{**one, "LastUpdatedTimestamp": one["Timestamp"]} for one in shown]}

    def _get_template(self, region: str, request: Json) -> Json:
        stack = self._described(region, request)
        template = stack.template
        if name := request.get("ChangeSetName"):
            template = self._change_set(stack, name)["template"]
        return {"TemplateBody": template.body, "StagesAvailable": ["Original", "Processed"]}

    def _validate_template(self, region: str, request: Json) -> Json:
        template = self._template(region, request)
        return {"Description": template.description, "Parameters": _declared(template), "Capabilities": []}

    def _get_template_summary(self, region: str, request: Json) -> Json:
        template = self._described(region, request).template if request.get("StackName") else None
        template = template or self._template(region, request)
        kinds = sorted({str(resource["Type"]) for resource in template.resources.values()})
        return {"Description": template.description, "Parameters": _declared(template), "ResourceTypes": kinds}

    # Change sets

    def _create_change_set(self, region: str, request: Json) -> Json:
        name, kind = request["ChangeSetName"], request.get("ChangeSetType") or "UPDATE"
        if kind == "CREATE":
            found = self._find(region, request["StackName"], absent=True)
            if found is None or found.deleted_date or found.status != "REVIEW_IN_PROGRESS":
                found, values = self._new(region, request)
                found.show("REVIEW_IN_PROGRESS", self._cloud.clock.now(), "User Initiated")
            else:
                _, values = self._asked(found, request)
            stack, template = found, self._template(region, request)
            changes = [_change("Add", logical, template) for logical in template.order]
        else:
            stack = self._updatable(region, request["StackName"])
            template, values = self._asked(stack, request)
            changes = _changes(stack, template)
        if name in stack.change_sets:
            raise StackError("AlreadyExistsException", f"ChangeSet {name} already exists")
        same = not changes and (template.body, values) == (stack.template.body, stack.values)
        arn = f"arn:aws:cloudformation:{region}:{self._cloud.account_id}:changeSet/{name}/{uuid.uuid4()}"
        reason = (
            "The submitted information didn't contain changes. Submit different information to create a change set."
        )
        stack.change_sets[name] = {
            "ChangeSetId": arn,
            "ChangeSetName": name,
            "Changes": changes,
            "CreationTime": self._cloud.clock.now(),
            "ExecutionStatus": "UNAVAILABLE" if same else "AVAILABLE",
            "StackId": stack.arn,
            "StackName": stack.name,
            "Status": "FAILED" if same else "CREATE_COMPLETE",
            **({"StatusReason": reason} if same else {}),
            "kind": kind,
            "request": request,
            "template": template,
            "values": values,
        }
        return {"Id": arn, "StackId": stack.arn}

    def _describe_change_set(self, region: str, request: Json) -> Json:
        return dict(self._change_set(self._set_owner(region, request), request["ChangeSetName"]))

    def _list_change_sets(self, region: str, request: Json) -> Json:
        return {"Summaries": list(self._described(region, request).change_sets.values())}

    def _execute_change_set(self, region: str, request: Json) -> None:
        stack = self._set_owner(region, request)
        held = self._change_set(stack, request["ChangeSetName"])
        if held["ExecutionStatus"] != "AVAILABLE":
            message = (
                f"ChangeSet [{held['ChangeSetId']}] cannot be executed in its current status of [{held['Status']}]"
            )
            raise StackError("InvalidChangeSetStatus", message)
        template, values, work = held["template"], held["values"], self._work
        stack.change_sets.clear()  # the others no longer fit
        self._remember(stack, held["request"])
        if held["kind"] == "CREATE":
            stack.template = template
            self._start(stack, request, "CREATE_IN_PROGRESS", lambda: work.create(stack, values))
        else:
            self._start(stack, request, "UPDATE_IN_PROGRESS", lambda: work.update(stack, template, values))

    def _delete_change_set(self, region: str, request: Json) -> None:
        stack = self._set_owner(region, request)
        held = self._change_set(stack, request["ChangeSetName"])
        del stack.change_sets[held["ChangeSetName"]]

    # Inside

    def _stacks(self, region: str) -> dict[str, LiveStack]:
        held: dict[str, LiveStack] = stack_backends[self._cloud.account_id][region].stacks
        return held

    def _all(self, region: str) -> list[LiveStack]:
        """All stacks of a Region, the newest first, with those that were deleted."""
        return list(reversed(self._stacks(region).values()))

    def _find(self, region: str, name: str, *, absent: bool) -> LiveStack | None:
        """The stack of a name, or of an id, which also names deleted ones. Without one None if that is not `absent`."""
        for stack in self._all(region):
            if stack.arn == name or (stack.name == name and not stack.deleted_date):
                return stack
        if absent:
            return None
        raise invalid(f"Stack with id {name} does not exist")

    def _known(self, region: str, name: str) -> LiveStack:
        found = self._find(region, name, absent=True)
        if found is None or found.deleted_date:
            raise invalid(f"Stack [{name}] does not exist")
        return found

    def _described(self, region: str, request: Json) -> LiveStack:
        found = self._find(region, request["StackName"], absent=True)
        if found is None:
            raise invalid(f"Stack [{request['StackName']}] does not exist")
        return found

    def _updatable(self, region: str, name: str) -> LiveStack:
        stack = self._known(region, name)
        if stack.status not in UPDATABLE:
            raise invalid(f"Stack:{stack.arn} is in {stack.status} state and can not be updated.")
        return stack

    def _template(self, region: str, request: Json) -> Template:
        body, url = request.get("TemplateBody"), request.get("TemplateURL")
        if bool(body) == bool(url):
            raise invalid("Either Template URL or Template Body must be specified.")
        template = Template(str(body)) if body else Template(self._fetched(str(url)), longest=LONGEST_OBJECT)
        self._work.check(template, region)
        return template

    def _fetched(self, url: str) -> str:
        """The template in a bucket: `https://BUCKET.s3.REGION.amazonaws.com/KEY`, or with the bucket in the path."""
        parts = urlsplit(url)
        bucket, _, rest = parts.netloc.partition(".s3")
        key = unquote(parts.path).lstrip("/")
        if not rest:
            bucket, _, key = key.partition("/")
        try:
            held = s3_backends[self._cloud.account_id]["aws"].get_object(bucket, key)
        except ServiceException as error:
            raise invalid(f"S3 error: {error}") from error
        if held is None:
            raise invalid("S3 error: The specified key does not exist.")
        return str(held.value.decode())

    def _new(self, region: str, request: Json) -> tuple[LiveStack, dict[str, str]]:
        name = request["StackName"]
        if not NAME.fullmatch(name):
            pattern = "[a-zA-Z][-a-zA-Z0-9]*"
            raise invalid(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: "
                f"Member must satisfy regular expression pattern: {pattern}"
            )
        held = self._find(region, name, absent=True)
        if held is not None:
            raise StackError("AlreadyExistsException", f"Stack [{name}] already exists")
        template = self._template(region, request)
        given, _ = _given(request)
        values = template.values(given, {}, frozenset())
        stack = LiveStack(self._cloud.account_id, region, name, dict(request), template, self._cloud.clock.now())
        self._stacks(region)[stack.arn] = stack
        return stack, values

    def _asked(self, stack: LiveStack, request: Json) -> tuple[Template, dict[str, str]]:
        """The template and the parameters' values that an update asks for."""
        template = stack.template if request.get("UsePreviousTemplate") else self._template(stack.region, request)
        given, previous = _given(request)
        return template, template.values(given, stack.values, previous)

    def _refuse_unchanged(self, stack: LiveStack, template: Template, values: dict[str, str], request: Json) -> None:
        tags = request.get("Tags")
        retagged = tags is not None and {str(tag["Key"]): str(tag["Value"]) for tag in tags} != stack.tags
        resources = (stack.template.resources, stack.template.outputs, stack.template.conditions)
        wanted = (template.resources, template.outputs, template.conditions)
        if resources == wanted and values == stack.values and not retagged:
            raise invalid("No updates are to be performed.")

    def _remember(self, stack: LiveStack, request: Json) -> None:
        stack.request |= {name: request[name] for name in REMEMBERED if name in request}
        stack.tags_before = stack.tags
        if request.get("Tags") is not None:
            stack.tags = {str(tag["Key"]): str(tag["Value"]) for tag in request["Tags"]}

    def _set_owner(self, region: str, request: Json) -> LiveStack:
        if request.get("StackName"):
            return self._described(region, request)
        for stack in self._all(region):
            if any(one["ChangeSetId"] == request["ChangeSetName"] for one in stack.change_sets.values()):
                return stack
        raise _no_change_set(request["ChangeSetName"])

    def _change_set(self, stack: LiveStack, name: str) -> Json:
        for one in stack.change_sets.values():
            if name in (one["ChangeSetName"], one["ChangeSetId"]):
                found: Json = one
                return found
        raise _no_change_set(name)

    def _start(self, stack: LiveStack, request: Json, status: str, work: Callable[[], None]) -> None:
        now = self._cloud.clock.now()
        who = self._acting(stack, request)
        stack.token = request.get("ClientRequestToken") or ""
        if status.startswith("UPDATE"):
            stack.updated = now
        stack.show(status, now, "User Initiated")

        def run() -> None:
            try:
                with caller.acting_for(who):
                    work()
            except Exception as error:
                self._work.broken(stack, error)
                raise

        self._cloud.spawn(f"cloudformation {stack.name} {status}", run)

    def _acting(self, stack: LiveStack, request: Json) -> Principal | None:
        """Who makes the resources: the stack's role, once it has been given one, or whoever asks."""
        role = request.get("RoleARN") or stack.request.get("RoleARN")
        if not role:
            return caller.current()
        stack.request["RoleARN"] = role
        try:
            return self._cloud.part(Identity).assume(role, SERVICE, source_arn=stack.arn)
        except AccessDenied as error:
            raise invalid(f"Role {role} is invalid or cannot be assumed") from error


OPERATIONS: dict[str, Any] = {
    "ContinueUpdateRollback": Stacks._continue_update_rollback,
    "CreateChangeSet": Stacks._create_change_set,
    "CreateStack": Stacks._create_stack,
    "DeleteChangeSet": Stacks._delete_change_set,
    "DeleteStack": Stacks._delete_stack,
    "DescribeChangeSet": Stacks._describe_change_set,
    "DescribeStackEvents": Stacks._describe_stack_events,
    "DescribeStackResource": Stacks._describe_stack_resource,
    "DescribeStackResources": Stacks._describe_stack_resources,
    "DescribeStacks": Stacks._describe_stacks,
    "ExecuteChangeSet": Stacks._execute_change_set,
    "GetTemplate": Stacks._get_template,
    "GetTemplateSummary": Stacks._get_template_summary,
    "ListChangeSets": Stacks._list_change_sets,
    "ListStackResources": Stacks._list_stack_resources,
    "ListStacks": Stacks._list_stacks,
    "UpdateStack": Stacks._update_stack,
    "UpdateTerminationProtection": Stacks._update_termination_protection,
    "ValidateTemplate": Stacks._validate_template,
}
"""What is answered here. All other operations are moto's, which knows none of these stacks."""


def install(cloud: LocalCloudServer) -> None:
    """Answer CloudFormation's operations on stacks in moto's place."""
    stacks = Stacks(cloud)
    cloud.provide(stacks)
    for name in OPERATIONS:
        cloud.add_operation("cloudformation", name, partial(stacks.respond, name))


def _given(request: Json) -> tuple[dict[str, str], frozenset[str]]:
    """The parameters' values of a request, and the names of those that keep theirs."""
    asked = request.get("Parameters") or []
    previous = frozenset(str(one["ParameterKey"]) for one in asked if one.get("UsePreviousValue"))
    given = {str(one["ParameterKey"]): str(one.get("ParameterValue", "")) for one in asked}
    return {name: value for name, value in given.items() if name not in previous}, previous


def _declared(template: Template) -> list[Json]:
    return [
        {
            "ParameterKey": name,
            "ParameterType": str(one.get("Type", "String")),
            "NoEcho": bool(one.get("NoEcho")),
            **({"DefaultValue": str(one["Default"])} if "Default" in one else {}),
            **({"Description": str(one["Description"])} if one.get("Description") else {}),
        }
        for name, one in template.parameters.items()
    ]


def _resources(stack: LiveStack) -> list[Json]:
    return [
        {
            "LogicalResourceId": one.logical,
            "PhysicalResourceId": one.physical,
            "ResourceStatus": one.status,
            **({"ResourceStatusReason": one.reason} if one.reason else {}),
            "ResourceType": one.type,
            "StackId": stack.arn,
            "StackName": stack.name,
            "Timestamp": one.changed,
        }
        for one in stack.resources.values()
    ]


def _changes(stack: LiveStack, template: Template) -> list[Json]:
    """What an update would do, as far as the templates tell."""
    before, after = stack.template.resources, template.resources
    added = [name for name in template.order if name not in before]
    modified = [name for name in template.order if name in before and before[name] != after[name]]
    removed = [name for name in before if name not in after]
    return [
        *(_change("Add", name, template) for name in added),
        *(_change("Modify", name, template) for name in modified),
        *(_change("Remove", name, stack.template) for name in removed),
    ]


def _change(action: str, logical: str, template: Template) -> Json:
    kind = str(template.resources[logical]["Type"])
    return {
        "Type": "Resource",
        "ResourceChange": {"Action": action, "LogicalResourceId": logical, "ResourceType": kind},
    }


def _no_change_set(name: str) -> StackError:
    return StackError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)
