"""Event source mappings: what polls a queue or a table's stream for a function.

moto calls the function inside the request that sends a message or writes an item, one at a time. Here each mapping has
a poller of its own, on the clock, in the function's role.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.models import lambda_backends
from moto.dynamodb.models import dynamodb_backends
from moto.sqs.models import sqs_backends

from headend.localcloud import moto_patches
from headend.localcloud.eventbridge.event_pattern_tokens import InvalidPatternError
from headend.localcloud.eventbridge.event_patterns import compiled
from headend.localcloud.iam.access_denied import AccessDenied
from headend.localcloud.iam.senders import FUNCTIONS, Sender, authorise
from headend.localcloud.sources.queue_mappings import QueuePoller
from headend.localcloud.sources.stream_mappings import StreamPoller

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer

BACKEND = "moto.awslambda.models:LambdaBackend"
MAPPING = "moto.awslambda.models:EventSourceMapping"
QUEUE_ACTIONS = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
STREAM_ACTIONS = ("GetRecords", "GetShardIterator", "DescribeStream", "ListStreams")
MAX_FILTERS = 5


class Poller(Protocol):
    """Looks for something to do."""

    def look(self) -> None:
        """Something may have come: returns at once."""


class SourceMappings:
    """The pollers of all mappings."""

    def __init__(self, cloud: LocalCloudServer) -> None:
        self._cloud = cloud
        self._pollers: dict[str, list[tuple[Any, Poller]]] = {}

    def begin(self, mapping: Any) -> None:
        """Poll for a mapping that has been made."""
        source = str(mapping.event_source_arn)
        account, region = self._cloud.account_id, source.split(":")[3]
        poller: Poller
        if ":sqs:" in source:
            queue = sqs_backends[account][region].queues[source.rpartition(":")[2]]
            queue.lambda_event_source_mappings.clear()
            poller = QueuePoller(self._cloud, mapping, queue)
        else:
            table = dynamodb_backends[account][region].tables[source.split("/")[1]]
            table.lambda_event_source_mappings.clear()
            poller = StreamPoller(self._cloud, mapping, table)
        self._pollers.setdefault(source.split("/stream/")[0], []).append((mapping, poller))
        poller.look()

    def look(self, source: str) -> None:
        """Something has come to a queue or table: tell the pollers of mappings that there still are."""
        known = self._pollers.get(source)
        if not known:
            return
        backend = lambda_backends[self._cloud.account_id][source.split(":")[3]]
        known[:] = [(mapping, poller) for mapping, poller in known if mapping.uuid in backend._event_source_mappings]
        for _, poller in known:
            poller.look()


def check(cloud: LocalCloudServer, spec: dict[str, Any], function: Any) -> None:
    """Refuse a mapping as CreateEventSourceMapping does. Raises InvalidParameterValueException."""
    source = str(spec["EventSourceArn"])
    filters = (spec.get("FilterCriteria") or {}).get("Filters") or []
    if len(filters) > MAX_FILTERS:
        raise InvalidParameterValueException(f"A mapping has {MAX_FILTERS} filters at most.")
    for one in filters:
        try:
            compiled(str(one.get("Pattern") or "{}"))
        except InvalidPatternError as error:
            raise InvalidParameterValueException(f"Invalid filter pattern definition. {error}") from error
    sender = Sender(FUNCTIONS, function.function_arn, role_arn=function.role, session="awslambda")
    service, actions = ("sqs", QUEUE_ACTIONS) if ":sqs:" in source else ("dynamodb", STREAM_ACTIONS)
    for action in actions:
        try:
            authorise(cloud, sender, f"{service}:{action}", source)
        except AccessDenied as error:
            words = (
                f"The function execution role does not have permissions to call {action} on SQS"
                if service == "sqs"
                else f"Cannot access stream {source}. Please ensure the role can perform the GetRecords, "
                "GetShardIterator, DescribeStream, and ListStreams Actions on your stream in IAM."
            )
            raise InvalidParameterValueException(words) from error
    if service == "sqs":
        _check_queue(cloud, source, spec, function)


def _check_queue(cloud: LocalCloudServer, source: str, spec: dict[str, Any], function: Any) -> None:
    queue = sqs_backends[cloud.account_id][source.split(":")[3]].queues.get(source.rpartition(":")[2])
    if queue is not None and int(queue.visibility_timeout) < int(function.timeout):
        raise InvalidParameterValueException(
            f"Queue visibility timeout: {queue.visibility_timeout} seconds is less than Function timeout: "
            f"{function.timeout} seconds",
        )
    if int(spec.get("BatchSize") or 10) > 10 and not spec.get("MaximumBatchingWindowInSeconds"):
        raise InvalidParameterValueException(
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        )


def arn_of(asked: str, function_arn: str) -> str:
    """The ARN that a mapping has: that of the function, with the alias or version that was asked for, if any."""
    parts = asked.split(":")
    qualifier = (parts[7:] if asked.startswith("arn:") else parts[-1:] if len(parts) in (2, 4) else []) or [""]
    return ":".join([*function_arn.split(":")[:7], *filter(None, qualifier)])


def configuration(mapping: Any) -> dict[str, Any]:
    """What GetEventSourceMapping answers.

    Source: https://docs.aws.amazon.com/lambda/latest/api/API_GetEventSourceMapping.html
    """
    answer: dict[str, Any] = moto_patches.original(MAPPING, "get_configuration")(mapping)
    asked = getattr(mapping, "invoked", None)
    return {**answer, "FunctionArn": arn_of(str(asked), answer["FunctionArn"])} if asked else answer


def install(cloud: LocalCloudServer) -> None:
    """Poll for mappings instead of calling functions inside of requests."""
    mappings = SourceMappings(cloud)
    cloud.provide(mappings)

    def create(self: Any, spec: dict[str, Any]) -> Any:
        if spec.get("EventSourceArn") and spec.get("FunctionName"):
            check(cloud, spec, self.get_function(spec["FunctionName"]))
        made = moto_patches.original(BACKEND, "create_event_source_mapping")(self, spec)
        if ":kinesis:" not in made.event_source_arn:
            # A mapping of an alias or version calls that one.
            made.invoked = spec["FunctionName"]
            mappings.begin(made)
        return made

    def update(self: Any, uuid: str, spec: dict[str, Any]) -> Any:
        changed = moto_patches.original(BACKEND, "update_event_source_mapping")(self, uuid, spec)
        if changed is not None:
            if spec.get("FunctionName"):
                changed.invoked = spec["FunctionName"]
            mappings.look(changed.event_source_arn.split("/stream/")[0])
        return changed

    moto_patches.replace(MAPPING, "get_configuration", configuration)

    def add_message(self: Any, message: Any) -> None:
        moto_patches.original("moto.sqs.models:Queue", "add_message")(self, message)
        mappings.look(self.queue_arn)

    def add_record(self: Any, old: Any, new: Any) -> None:
        moto_patches.original("moto.dynamodb.models.table:StreamShard", "add")(self, old, new)
        self.items[-1].record["awsRegion"] = self.table.table_arn.split(":")[3]
        mappings.look(self.table.table_arn)

    moto_patches.replace(BACKEND, "create_event_source_mapping", create)
    moto_patches.replace(BACKEND, "update_event_source_mapping", update)
    moto_patches.replace("moto.sqs.models:Queue", "add_message", add_message)
    moto_patches.replace("moto.dynamodb.models.table:StreamShard", "add", add_record)
