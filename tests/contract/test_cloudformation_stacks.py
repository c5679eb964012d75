"""What CloudFormation does with stacks of MediaLive's types: order, outputs, updates, rollbacks, refusals."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import live_channels
from contract.rejection import Ask, check, refused
from running_cloud import RunningCloud, until

GUIDE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
API = "AWSCloudFormation/latest/APIReference/"
STATES = f"{GUIDE}view-stack-events.html"
FUNCTIONS = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html"
ERROR = "ValidationError"
LATER = "the words are CloudFormation's as people report them"
GROUP = "AWS::MediaLive::InputSecurityGroup"
Json = dict[str, Any]


@pytest.fixture(scope="module", autouse=True)
def quickly(cloud: RunningCloud) -> None:
    live_channels.hurry(cloud)


class Stack:
    """A stack by its id, and what tests ask of it."""

    def __init__(self, cloud: RunningCloud, template: Json, *, wait: bool = True, **settings: Any) -> None:
        self.api = cloud.client("cloudformation")
        self.name = f"stack-{uuid.uuid4().hex[:8]}"
        made = self.api.create_stack(StackName=self.name, TemplateBody=json.dumps(template), **settings)
        self.id: str = made["StackId"]
        if wait:
            self.settled()

    def describe(self) -> Json:
        found: Json = self.api.describe_stacks(StackName=self.id)["Stacks"][0]
        return found

    def settled(self) -> str:
        """Its state, once nothing is being done."""
        return until(lambda: next((s for s in [self.describe()["StackStatus"]] if not s.endswith("_IN_PROGRESS")), ""))

    def update(self, template: Json, **settings: Any) -> str:
        self.api.update_stack(StackName=self.name, TemplateBody=json.dumps(template), **settings)
        return self.settled()

    def delete(self) -> str:
        self.api.delete_stack(StackName=self.name)
        return self.settled()

    def outputs(self) -> dict[str, str]:
        return {one["OutputKey"]: one["OutputValue"] for one in self.describe().get("Outputs", [])}

    def events(self, logical: str = "") -> list[tuple[str, str]]:
        """(resource, state), the oldest first."""
        events = self.api.describe_stack_events(StackName=self.id)["StackEvents"]
        shown = [(one["LogicalResourceId"], one["ResourceStatus"]) for one in reversed(events)]
        return [one for one in shown if logical in ("", one[0])]

    def reason(self, logical: str, status: str) -> str:
        events = self.api.describe_stack_events(StackName=self.id)["StackEvents"]
        for one in events:
            if (one["LogicalResourceId"], one["ResourceStatus"]) == (logical, status):
                return str(one.get("ResourceStatusReason", ""))
        raise AssertionError(f"{logical} was never {status}")


def group(*cidrs: str, **more: Any) -> Json:
    """An input security group for these."""
    return {"Type": GROUP, "Properties": {"WhitelistRules": [{"Cidr": one} for one in cidrs]}, **more}


GOOD = group("203.0.113.0/24")


@pytest.fixture
def stack(cloud: RunningCloud) -> Iterator[Callable[..., Stack]]:
    made: list[Stack] = []

    def make(template: Json, **settings: Any) -> Stack:
        made.append(Stack(cloud, template, **settings))
        return made[-1]

    yield make
    for one in made:
        if one.settled() != "DELETE_COMPLETE":
            one.delete()


def channel_template(cloud: RunningCloud, **settings: Any) -> Json:
    """An input over two flows and a channel that has it."""
    flows = [live_channels.flow(cloud, zone) for zone in "ab"]
    role = live_channels.role(cloud)
    properties = live_channels.channel(cloud, "0", RoleArn=role, **settings)
    properties["InputAttachments"][0]["InputId"] = {"Ref": "Input"}
    return {
        "Resources": {
            "Channel": {"Type": "AWS::MediaLive::Channel", "Properties": properties},
            "Input": {
                "Type": "AWS::MediaLive::Input",
                "Properties": {
                    "Name": properties["Name"],
                    "Type": "MEDIACONNECT",
                    "MediaConnectFlows": [{"FlowArn": flow} for flow in flows],
                    "RoleArn": role,
                },
            },
        },
        "Outputs": {
            "Arn": {"Value": {"Fn::GetAtt": ["Channel", "Arn"]}},
            "Id": {"Value": {"Ref": "Channel"}},
            "Inputs": {"Value": {"Fn::Join": [",", {"Fn::GetAtt": ["Channel", "Inputs"]}]}},
        },
    }


@pytest.mark.contract("Resources are made after those to which they refer and deleted before them", source=STATES)
def test_order_outputs_and_deletion(cloud: RunningCloud, stack: Callable[..., Stack]) -> None:
    made = stack(channel_template(cloud))
    assert made.describe()["StackStatus"] == "CREATE_COMPLETE", made.events()
    assert [event for event in made.events() if event[1] == "CREATE_COMPLETE"] == [
        ("Input", "CREATE_COMPLETE"),
        ("Channel", "CREATE_COMPLETE"),
        (made.name, "CREATE_COMPLETE"),
    ]
    outputs = made.outputs()
    channel = cloud.client("medialive").describe_channel(ChannelId=outputs["Id"])
    assert outputs["Arn"] == channel["Arn"]
    assert outputs["Inputs"] == channel["InputAttachments"][0]["InputId"]
    assert made.delete() == "DELETE_COMPLETE"
    assert [event for event in made.events() if event[1] == "DELETE_COMPLETE"] == [
        ("Channel", "DELETE_COMPLETE"),
        ("Input", "DELETE_COMPLETE"),
        (made.name, "DELETE_COMPLETE"),
    ]
    assert cloud.client("medialive").describe_channel(ChannelId=outputs["Id"])["State"] == "DELETED"


@pytest.mark.contract(
    "A change of a channel's settings changes it in place: its id stays",
    source=f"{GUIDE}using-cfn-updating-stacks-update-behaviors.html",
)
def test_an_update_changes_in_place(cloud: RunningCloud, stack: Callable[..., Stack]) -> None:
    template = channel_template(cloud)
    made = stack(template)
    before = made.outputs()
    template["Resources"]["Channel"]["Properties"]["LogLevel"] = "INFO"
    assert made.update(template) == "UPDATE_COMPLETE", made.events()
    assert made.outputs() == before
    assert cloud.client("medialive").describe_channel(ChannelId=before["Id"])["LogLevel"] == "INFO"
    assert made.events("Input")[-1] == ("Input", "CREATE_COMPLETE"), "what does not change is left alone"


@pytest.mark.contract(
    "An update of a channel that runs fails with MediaLive's reason, and the channel keeps its settings",
    source="https://docs.aws.amazon.com/medialive/latest/apireference/channels-channelid.html",
    limits="whether the rollback succeeds while the channel runs is not known: here it does not",
)
def test_a_running_channel_is_not_updated(cloud: RunningCloud, stack: Callable[..., Stack]) -> None:
    template = channel_template(cloud)
    made = stack(template)
    identifier = made.outputs()["Id"]
    live_channels.start(cloud, identifier)
    template["Resources"]["Channel"]["Properties"]["LogLevel"] = "INFO"
    assert made.update(template).startswith("UPDATE_ROLLBACK_")
    assert "Error Code: ConflictException" in made.reason("Channel", "UPDATE_FAILED")
    shown = cloud.client("medialive").describe_channel(ChannelId=identifier)
    assert (shown["State"], shown["LogLevel"]) == ("RUNNING", "DISABLED")
    live_channels.stop(cloud, identifier)
    if made.describe()["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
        made.api.continue_update_rollback(StackName=made.name)
    assert made.settled() == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.contract(
    "A creation that fails is rolled back: what was made is deleted, and the reason is in the events",
    source=f"{GUIDE}stack-failure-options.html",
)
def test_a_failed_creation_is_rolled_back(cloud: RunningCloud, stack: Callable[..., Stack]) -> None:
    template = channel_template(cloud)
    template["Resources"]["Channel"]["Properties"]["Destinations"][0]["Settings"].pop()
    made = stack(template)
    assert made.describe()["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "UnprocessableEntityException" in made.reason("Channel", "CREATE_FAILED")
    assert made.events("Input")[-1] == ("Input", "DELETE_COMPLETE")
    assert "[Channel]" in made.reason(made.name, "ROLLBACK_IN_PROGRESS")
    with pytest.raises(made.api.exceptions.ClientError, match="can not be updated"):
        made.update(channel_template(cloud))


@pytest.mark.contract(
    "With rollback disabled a failed creation leaves what was made", source=f"{GUIDE}stack-failure-options.html"
)
def test_a_failed_creation_may_stay(stack: Callable[..., Stack]) -> None:
    resources = {"Bad": group("anyone", DependsOn="Good"), "Good": group("203.0.113.0/24")}
    made = stack({"Resources": resources}, DisableRollback=True)
    assert made.describe()["StackStatus"] == "CREATE_FAILED"
    assert made.events("Good")[-1] == ("Good", "CREATE_COMPLETE")
    assert "Resource handler returned message" in made.reason("Bad", "CREATE_FAILED")
    assert "HandlerErrorCode: InvalidRequest" in made.reason("Bad", "CREATE_FAILED")


@pytest.mark.contract(
    "An update that fails is rolled back: what it changed comes back, what it made goes",
    source=f"{GUIDE}stack-failure-options.html",
)
def test_a_failed_update_is_rolled_back(cloud: RunningCloud, stack: Callable[..., Stack]) -> None:
    made = stack({"Resources": {"First": group("203.0.113.0/24")}})
    wanted = {"First": group("192.0.2.0/24"), "Second": group("192.0.2.0/24", DependsOn="First")}
    bad = {"Resources": {**wanted, "Third": group("anyone", DependsOn="Second")}}
    assert made.update(bad) == "UPDATE_ROLLBACK_COMPLETE"
    resources = made.api.describe_stack_resources(StackName=made.name)["StackResources"]
    assert [one["LogicalResourceId"] for one in resources] == ["First"]
    shown = cloud.client("medialive").describe_input_security_group(
        InputSecurityGroupId=resources[0]["PhysicalResourceId"]
    )
    assert shown["WhitelistRules"] == [{"Cidr": "203.0.113.0/24"}]
    assert made.update({"Resources": wanted}) == "UPDATE_COMPLETE"


@pytest.mark.contract(
    "A resource whose create-only property changes is replaced: the new one is made before the old one goes",
    source=f"{GUIDE}using-cfn-updating-stacks-update-behaviors.html",
)
def test_a_create_only_change_replaces(cloud: RunningCloud, stack: Callable[..., Stack]) -> None:
    def template(kind: str) -> Json:
        url = {"URL_PULL": "https://example.com/live.ts", "MP4_FILE": "https://example.com/film.mp4"}[kind]
        properties = {"Name": "pull", "Type": kind, "Sources": [{"Url": url}]}
        return {
            "Resources": {"Input": {"Type": "AWS::MediaLive::Input", "Properties": properties}},
            "Outputs": {"Id": {"Value": {"Ref": "Input"}}},
        }

    made = stack(template("URL_PULL"))
    before = made.outputs()["Id"]
    assert made.update(template("MP4_FILE")) == "UPDATE_COMPLETE"
    assert made.outputs()["Id"] != before
    assert cloud.client("medialive").describe_input(InputId=before)["State"] == "DELETED"


@pytest.mark.contract("Parameters, conditions and functions are resolved as documented", source=FUNCTIONS)
def test_functions(cloud: RunningCloud, stack: Callable[..., Stack]) -> None:
    template = {
        "Parameters": {
            "Networks": {"Type": "CommaDelimitedList", "Default": "203.0.113.0/24, 192.0.2.0/24"},
            "Open": {"Type": "String", "AllowedValues": ["yes", "no"], "Default": "no"},
        },
        "Conditions": {"IsOpen": {"Fn::Equals": [{"Ref": "Open"}, "yes"]}},
        "Mappings": {"Sizes": {"eu-central-1": {"Name": "small"}}},
        "Resources": {
            "Both": {
                "Type": GROUP,
                "Properties": {
                    "WhitelistRules": [
                        {"Cidr": {"Fn::Select": [0, {"Ref": "Networks"}]}},
                        {"Fn::If": ["IsOpen", {"Cidr": "198.51.100.0/24"}, {"Ref": "AWS::NoValue"}]},
                    ],
                    "Tags": {"Name": {"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "Name"]}},
                },
            },
            "Never": {"Condition": "IsOpen", **group("203.0.113.0/24")},
        },
        "Outputs": {
            "Joined": {"Value": {"Fn::Join": ["/", {"Ref": "Networks"}]}},
            "Name": {"Value": {"Fn::Sub": ["${AWS::StackName}-${Both}-${!Literal}-${Own}", {"Own": "o"}]}},
            "Never": {"Condition": "IsOpen", "Value": "x"},
            "Split": {"Value": {"Fn::Select": [1, {"Fn::Split": [":", {"Fn::GetAtt": ["Both", "Arn"]}]}]}},
        },
    }
    made = stack(template)
    resources = made.api.describe_stack_resources(StackName=made.name)["StackResources"]
    assert [one["LogicalResourceId"] for one in resources] == ["Both"]
    identifier = resources[0]["PhysicalResourceId"]
    shown = cloud.client("medialive").describe_input_security_group(InputSecurityGroupId=identifier)
    assert (shown["WhitelistRules"], shown["Tags"]) == ([{"Cidr": "203.0.113.0/24"}], {"Name": "small"})
    assert made.outputs() == {
        "Joined": "203.0.113.0/24/192.0.2.0/24",
        "Name": f"{made.name}-{identifier}-${{Literal}}-o",
        "Split": "aws",
    }
    assert made.update(template, Parameters=[{"ParameterKey": "Open", "ParameterValue": "yes"}]) == "UPDATE_COMPLETE"
    assert len(made.api.describe_stack_resources(StackName=made.name)["StackResources"]) == 2
    kept = [
        {"ParameterKey": "Open", "UsePreviousValue": True},
        {"ParameterKey": "Networks", "ParameterValue": "192.0.2.0/24"},
    ]
    assert made.update(template, Parameters=kept) == "UPDATE_COMPLETE"
    assert made.outputs()["Never"] == "x"


@pytest.mark.contract(
    "A change set says what it would do and does it when it is executed",
    source=f"{GUIDE}using-cfn-updating-stacks-changesets.html",
)
def test_a_change_set_is_executed(stack: Callable[..., Stack]) -> None:
    made = stack({"Resources": {"First": group("203.0.113.0/24"), "Second": group("203.0.113.0/24")}})
    wanted = {"Resources": {"First": group("192.0.2.0/24"), "Third": group("192.0.2.0/24")}}
    made.api.create_change_set(StackName=made.name, ChangeSetName="next", TemplateBody=json.dumps(wanted))
    shown = made.api.describe_change_set(StackName=made.name, ChangeSetName="next")
    changes = [one["ResourceChange"] for one in shown["Changes"]]
    assert {one["LogicalResourceId"]: one["Action"] for one in changes} == {
        "First": "Modify",
        "Second": "Remove",
        "Third": "Add",
    }
    assert shown["ExecutionStatus"] == "AVAILABLE"
    made.api.execute_change_set(StackName=made.name, ChangeSetName="next")
    assert made.settled() == "UPDATE_COMPLETE"
    resources = made.api.list_stack_resources(StackName=made.name)["StackResourceSummaries"]
    assert sorted(one["LogicalResourceId"] for one in resources) == ["First", "Third"]


@pytest.mark.contract(
    "A stack's tags are those of its resources, too; a resource's own come first",
    source=f"https://docs.aws.amazon.com/{API}API_CreateStack.html",
)
def test_tags_are_handed_on(cloud: RunningCloud, stack: Callable[..., Stack]) -> None:
    template = {"Resources": {"First": group("203.0.113.0/24")}}
    template["Resources"]["First"]["Properties"]["Tags"] = {"own": "1"}
    made = stack(template, Tags=[{"Key": "team", "Value": "live"}, {"Key": "own", "Value": "2"}])
    identifier = made.api.describe_stack_resources(StackName=made.name)["StackResources"][0]["PhysicalResourceId"]
    media = cloud.client("medialive")
    shown = media.describe_input_security_group(InputSecurityGroupId=identifier)
    assert shown["Tags"] == {"own": "1", "team": "live"}
    assert made.update(template, Tags=[{"Key": "team", "Value": "sport"}]) == "UPDATE_COMPLETE"
    shown = media.describe_input_security_group(InputSecurityGroupId=identifier)
    assert shown["Tags"] == {"own": "1", "team": "sport"}


@pytest.mark.contract(
    "GetTemplate answers what was given", source=f"https://docs.aws.amazon.com/{API}API_GetTemplate.html"
)
def test_the_template_is_kept(stack: Callable[..., Stack]) -> None:
    template = {"Description": "one group", "Resources": {"First": group("203.0.113.0/24")}}
    made = stack(template, Tags=[{"Key": "a", "Value": "1"}])
    assert made.api.get_template(StackName=made.name)["TemplateBody"] == template
    shown = made.describe()
    assert (shown["Description"], shown["Tags"]) == ("one group", [{"Key": "a", "Value": "1"}])


@pytest.mark.contract(
    "A template in a request has up to 51,200 bytes; a longer one is in a bucket, and named by its URL",
    source=f"{GUIDE}cloudformation-limits.html",
)
def test_a_long_template_is_in_a_bucket(cloud: RunningCloud) -> None:
    body = json.dumps({"Description": "long", "Resources": {"First": GOOD}, "Metadata": {"Padding": "x" * 52_000}})
    bucket, api = f"templates-{uuid.uuid4().hex[:8]}", cloud.client("cloudformation")
    with pytest.raises(api.exceptions.ClientError, match="51200"):
        api.validate_template(TemplateBody=body)
    region = api.meta.region_name
    cloud.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    cloud.client("s3").put_object(Bucket=bucket, Key="live/channel.json", Body=body)
    for url in (f"https://{bucket}.s3.{region}.amazonaws.com/", f"https://s3.{region}.amazonaws.com/{bucket}/"):
        assert api.validate_template(TemplateURL=f"{url}live/channel.json")["Description"] == "long"
        with pytest.raises(api.exceptions.ClientError, match="S3 error"):
            api.validate_template(TemplateURL=f"{url}live/nothing.json")


def create(body: Any, **settings: Any) -> Ask:
    text = body if isinstance(body, str) else json.dumps(body)
    name = f"bad-{uuid.uuid4().hex[:8]}"
    return lambda cloud: cloud.client("cloudformation").create_stack(StackName=name, TemplateBody=text, **settings)


def twice(cloud: RunningCloud) -> Any:
    made = Stack(cloud, {"Resources": {"First": group("203.0.113.0/24")}})
    again = {"StackName": made.name, "TemplateBody": json.dumps({"Resources": {"First": group("203.0.113.0/24")}})}
    return made.api.create_stack(**again)


def unchanged(cloud: RunningCloud) -> Any:
    template = {"Resources": {"First": group("203.0.113.0/24")}}
    return Stack(cloud, template).update(template)


def protected(cloud: RunningCloud) -> Any:
    made = Stack(cloud, {"Resources": {"First": group("203.0.113.0/24")}}, EnableTerminationProtection=True)
    return made.delete()


CREATE = f"{API}API_CreateStack.html"
UPDATE = f"{API}API_UpdateStack.html"
CASES = [
    refused("A template without resources", create({"Resources": {}}), ERROR, "At least one Resources", CREATE, LATER),
    refused("What is no template", create("nothing"), ERROR, "Template format error", CREATE, LATER),
    refused(
        "A type that there is not",
        create({"Resources": {"A": {"Type": "AWS::MediaLive::Nothing"}}}),
        ERROR,
        "Unrecognized resource types: [AWS::MediaLive::Nothing]",
        CREATE,
        LATER,
    ),
    refused(
        "A reference to nothing",
        create({"Resources": {"A": group({"Ref": "B"})}}),  # type: ignore[arg-type]
        ERROR,
        "Unresolved resource dependencies [B]",
        CREATE,
        LATER,
    ),
    refused(
        "Resources that need each other",
        create({"Resources": {"A": {**GOOD, "DependsOn": "B"}, "B": {**GOOD, "DependsOn": "A"}}}),
        ERROR,
        "Circular dependency",
        CREATE,
        LATER,
    ),
    refused(
        "A parameter without a value",
        create({"Parameters": {"P": {"Type": "String"}}, "Resources": {"A": GOOD}}),
        ERROR,
        "Parameters: [P] must have values",
        CREATE,
        LATER,
    ),
    refused(
        "A parameter that the template has not",
        create({"Resources": {"A": GOOD}}, Parameters=[{"ParameterKey": "P", "ParameterValue": "1"}]),
        ERROR,
        "Parameters: [P] do not exist in the template",
        CREATE,
        LATER,
    ),
    refused("A name that is taken", twice, "AlreadyExistsException", "already exists", CREATE),
    refused("An update without changes", unchanged, ERROR, "No updates are to be performed.", UPDATE, LATER),
    refused("Deleting a stack that is protected", protected, ERROR, "TerminationProtection", UPDATE, LATER),
    refused(
        "A stack that there is not",
        lambda cloud: cloud.client("cloudformation").describe_stacks(StackName="none"),
        ERROR,
        "Stack with id none does not exist",
        f"{API}API_DescribeStacks.html",
        LATER,
    ),
]


@pytest.mark.parametrize(("ask", "code", "says"), CASES)
def test_cloudformation_refuses(cloud: RunningCloud, ask: Ask, code: str, says: str) -> None:
    check(cloud, ask, code, says)
