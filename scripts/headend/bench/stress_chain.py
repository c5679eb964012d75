"""What the stress run loads: flows on air, an alarm each, and all that follows from an alarm's change of state.

alarm → topic → queue, and alarm → rule → queue, function and state machine; each with a dead-letter queue.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from headend.localcloud.launcher import LocalCloud

NAME = "stress"
ACCOUNT = "123456789012"
HANDLER = "def handler(event, context):\n    return event['id']\n"
QUEUES = ("told", "told-dead", "events", "dead", "functions-dead")
RETRIES = {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 300}
FIRST_PORT = 5000


class Chain:
    """The resources of one run, made over AWS's API. `alarms` are the names of the alarms that are set."""

    def __init__(self, cloud: LocalCloud, flows: int) -> None:
        self._cloud = cloud
        self.region = cloud.region
        self.alarms = [f"{NAME}-{number:02}" for number in range(flows)]
        self.topic = f"arn:aws:sns:{self.region}:{ACCOUNT}:{NAME}"
        self.rule = f"arn:aws:events:{self.region}:{ACCOUNT}:rule/{NAME}"

    def client(self, service: str) -> Any:
        """A client of a service in the run's Region."""
        return self._cloud.client(service)

    def arn(self, queue: str) -> str:
        """A queue's ARN."""
        return f"arn:aws:sqs:{self.region}:{ACCOUNT}:{NAME}-{queue}"

    def make(self) -> None:
        """Make all of it, and put the flows on air."""
        for queue in QUEUES:
            attributes = {"Policy": _admit("sqs:SendMessage", self.arn(queue)), "MessageRetentionPeriod": "1209600"}
            self.client("sqs").create_queue(QueueName=f"{NAME}-{queue}", Attributes=attributes)
        sns = self.client("sns")
        sns.create_topic(Name=NAME, Attributes={"Policy": _admit("sns:Publish", self.topic)})
        redrive = json.dumps({"deadLetterTargetArn": self.arn("told-dead")})
        sns.subscribe(
            TopicArn=self.topic, Protocol="sqs", Endpoint=self.arn("told"), Attributes={"RedrivePolicy": redrive}
        )
        self._make_targets()
        for number, alarm in enumerate(self.alarms):
            self._make_flow(number, alarm)

    def _make_targets(self) -> None:
        function, machine = self._make_function(), self._make_machine()
        events = self.client("events")
        pattern = {"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]}
        events.put_rule(Name=NAME, EventPattern=json.dumps(pattern))
        self.client("lambda").add_permission(
            FunctionName=NAME,
            StatementId="rule",
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=self.rule,
        )
        role = self._role("rule", "events", {"Action": "states:StartExecution", "Resource": machine})
        policy = {"RetryPolicy": RETRIES, "DeadLetterConfig": {"Arn": self.arn("dead")}}
        events.put_targets(
            Rule=NAME,
            Targets=[
                {"Id": "queue", "Arn": self.arn("events"), **policy},
                {"Id": "function", "Arn": function, **policy},
                {"Id": "machine", "Arn": machine, "RoleArn": role, **policy},
            ],
        )

    def _make_function(self) -> str:
        functions = self.client("lambda")
        made = functions.create_function(
            FunctionName=NAME,
            Role=self._role(
                "function", "lambda", {"Action": "sqs:SendMessage", "Resource": self.arn("functions-dead")}
            ),
            Runtime="python3.13",
            Architectures=["arm64"],
            Handler="handler.handler",
            Code={"ZipFile": _zip("handler.py", HANDLER)},
            Timeout=3,
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=NAME, WaiterConfig={"Delay": 1})
        functions.put_function_event_invoke_config(
            FunctionName=NAME,
            MaximumRetryAttempts=0,
            DestinationConfig={"OnFailure": {"Destination": self.arn("functions-dead")}},
        )
        return str(made["FunctionArn"])

    def _make_machine(self) -> str:
        definition = {"StartAt": "Keep", "States": {"Keep": {"Type": "Pass", "End": True}}}
        role = self._role("machine", "states", {"Action": "sns:Publish", "Resource": self.topic})
        made = self.client("stepfunctions").create_state_machine(
            name=NAME, definition=json.dumps(definition), roleArn=role, type="EXPRESS"
        )
        return str(made["stateMachineArn"])

    def _make_flow(self, number: int, alarm: str) -> None:
        source = {
            "Name": "source",
            "Description": "stress",
            "Protocol": "rtp",
            "IngestPort": FIRST_PORT + number,
            "WhitelistCidr": "203.0.113.0/24",
        }
        media = self.client("mediaconnect")
        flow = media.create_flow(Name=alarm, Source=source)["Flow"]["FlowArn"]
        media.start_flow(FlowArn=flow)
        self.client("cloudwatch").put_metric_alarm(
            AlarmName=alarm,
            Namespace="Stress",  # nobody writes it: the alarm is moved by hand only
            MetricName="SourceJitter",
            Dimensions=[{"Name": "FlowARN", "Value": flow}],
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=1e9,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",
            AlarmActions=[self.topic],
            OKActions=[self.topic],
        )

    def _role(self, name: str, service: str, allowed: dict[str, str]) -> str:
        principal = {"Service": f"{service}.amazonaws.com"}
        iam = self.client("iam")
        made = iam.create_role(
            RoleName=f"{NAME}-{name}",
            AssumeRolePolicyDocument=_document({"Principal": principal, "Action": "sts:AssumeRole"}),
        )
        iam.put_role_policy(RoleName=f"{NAME}-{name}", PolicyName="own", PolicyDocument=_document(allowed))
        return str(made["Role"]["Arn"])


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def _admit(action: str, resource: str) -> str:
    services = [f"{name}.amazonaws.com" for name in ("cloudwatch", "events", "sns")]
    condition = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    return _document(
        {"Principal": {"Service": services}, "Action": action, "Resource": resource, "Condition": condition}
    )


def _zip(name: str, text: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, text)
    return buffer.getvalue()
