"""The one list of moto's private parts that the local cloud replaces.

Each entry names the attribute, says why, and keeps a fingerprint of moto's source text: the test of this list fails
when moto changes what is replaced, so that an update of moto is looked at instead of half working.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
from typing import TYPE_CHECKING, Any, NamedTuple

from moto.core.config import default_user_config

if TYPE_CHECKING:
    from headend.localcloud.app import LocalCloudServer


class Patch(NamedTuple):
    """`owner` is `module:Class` or `module`; `fingerprint` is of the attribute's source.

    It is "absent" for what moto does not have, and a module's name for a module.
    """

    owner: str
    attribute: str
    fingerprint: str
    reason: str


ABSENT = "absent"
PARSER = "moto.stepfunctions.parser"
TASK = f"{PARSER}.asl.component.state.exec.state_task"
MAP = f"{PARSER}.asl.component.state.exec.state_map"
CLIENT_USERS = (
    f"{MAP}.item_reader.eval.resource_eval_s3",
    f"{MAP}.result_writer.resource_eval.resource_eval_s3",
    f"{TASK}.lambda_eval_utils",
    f"{TASK}.service.state_task_service_aws_sdk",
    f"{TASK}.service.state_task_service_batch",
    f"{TASK}.service.state_task_service_dynamodb",
    f"{TASK}.service.state_task_service_ecs",
    f"{TASK}.service.state_task_service_events",
    f"{TASK}.service.state_task_service_glue",
    f"{TASK}.service.state_task_service_sfn",
    f"{TASK}.service.state_task_service_sns",
    f"{TASK}.service.state_task_service_sqs",
    f"{TASK}.service.state_task_service_unsupported",
)
"""Modules that make a client for a task."""

PATCHES: tuple[Patch, ...] = (
    Patch(
        "moto.apigatewayv2.models:ApiGatewayV2Backend",
        "create_api",
        "76dbbcd6274f",
        "the endpoint of an HTTP API is this server's",
    ),
    Patch("moto.apigatewayv2.responses:ApiGatewayV2Response", "update_stage", ABSENT, "moto lacks UpdateStage"),
    Patch(
        "moto.core.base_backend:AccountSpecificBackend",
        "__getitem__",
        "b10167294fc0",
        "the inventory remembers what a back end is born with",
    ),
    Patch(
        "moto.cloudwatch.models:CloudWatchBackend",
        "__init__",
        "5e4ce1344c08",
        "samples go into an indexed store instead of a list",
    ),
    Patch(
        "moto.cloudwatch.models:CloudWatchBackend",
        "get_metric_data",
        "ea8fffafcc06",
        "percentiles, metric math, aligned periods; moto scans every sample for every period",
    ),
    Patch(
        "moto.cloudwatch.models:CloudWatchBackend",
        "get_metric_statistics",
        "844bf661c8f9",
        "aligned periods; moto starts them at the first sample",
    ),
    Patch(
        "moto.cloudwatch.models:CloudWatchBackend",
        "put_metric_data",
        "300dda002442",
        "storage resolution, the limits of timestamps; counts without an object each",
    ),
    Patch(
        "moto.cloudwatch.responses:CloudWatchResponse",
        "get_metric_statistics",
        "76e1c0922a67",
        "moto reads over extended statistics",
    ),
    Patch(
        "moto.cloudwatch.responses:CloudWatchResponse",
        "put_dashboard",
        "f1906622aedf",
        "bodies that cannot be shown are refused",
    ),
    Patch(
        "moto.cloudwatch.models:CloudWatchBackend",
        "put_metric_alarm",
        "aff786ddccbc",
        "all extended statistics; tags of an update do not count",
    ),
    Patch(
        "moto.cloudwatch.models:CloudWatchBackend",
        "delete_alarms",
        "3602fd647ddc",
        "children of composite alarms stay; events and history",
    ),
    Patch(
        "moto.cloudwatch.models:CloudWatchBackend",
        "enable_alarm_actions",
        "4e06e7b11bd0",
        "a configuration change",
    ),
    Patch(
        "moto.cloudwatch.models:CloudWatchBackend",
        "disable_alarm_actions",
        "8730bcf87daf",
        "a configuration change",
    ),
    Patch(
        "moto.cloudwatch.responses:CloudWatchResponse",
        "put_metric_alarm",
        "5feec7a73726",
        "CloudWatch's checks; states of new and updated alarms",
    ),
    Patch(
        "moto.cloudwatch.responses:CloudWatchResponse",
        "describe_alarms",
        "f660829b233b",
        "types, relatives, pages",
    ),
    Patch(
        "moto.cloudwatch.responses:CloudWatchResponse",
        "describe_alarms_for_metric",
        "c6266fa9fe02",
        "dimensions, statistic, period and unit count",
    ),
    Patch(
        "moto.cloudwatch.responses:CloudWatchResponse",
        "describe_alarm_history",
        "absent",
        "moto does not have the operation",
    ),
    Patch(
        "moto.cloudwatch.responses:CloudWatchResponse",
        "put_anomaly_detector",
        "absent",
        "moto does not have the operation",
    ),
    Patch(
        "moto.cloudwatch.responses:CloudWatchResponse",
        "describe_anomaly_detectors",
        "absent",
        "moto does not have the operation",
    ),
    Patch(
        "moto.cloudwatch.responses:CloudWatchResponse",
        "delete_anomaly_detector",
        "absent",
        "moto does not have the operation",
    ),
    Patch(
        "moto.cloudwatch.models:CloudWatchBackend",
        "set_alarm_state",
        "a25532144b2a",
        "a change of state has events and actions",
    ),
    Patch(
        "moto.cloudwatch.responses:CloudWatchResponse",
        "put_composite_alarm",
        "absent",
        "moto has the alarm rule but not the operation",
    ),
    Patch(
        "moto.awslambda.responses:LambdaResponse",
        "invoke",
        "8f68f0bf023a",
        "functions run in processes; invocation types and headers",
    ),
    Patch("moto.awslambda.models:LambdaFunction", "invoke", "dadc324f30ae", "moto's own services call functions by it"),
    Patch("moto.awslambda.models:LambdaFunction", "__init__", "70a285222b4a", "moto forgets DeadLetterConfig"),
    Patch(
        "moto.awslambda.models:LambdaFunction", "update_configuration", "eca1cdec066f", "moto forgets DeadLetterConfig"
    ),
    Patch("moto.awslambda.models:LambdaFunction", "get_configuration", "803fb04bffde", "moto forgets DeadLetterConfig"),
    Patch(
        "moto.awslambda.models:LambdaBackend",
        "put_function_event_invoke_config",
        "5553f19f0894",
        "moto appends a new configuration and answers with the old one",
    ),
    Patch("moto.awslambda.models:LambdaBackend", "create_function", "dea879c1b1bc", "a new function is Pending"),
    Patch(
        "moto.awslambda.models:LambdaBackend",
        "update_function_configuration",
        "b11ed261c9ac",
        "an update is in progress for a moment",
    ),
    Patch(
        "moto.awslambda.models:LambdaBackend",
        "update_function_code",
        "da42535db0cf",
        "an update is in progress for a moment",
    ),
    Patch(
        "moto.awslambda.models:LambdaBackend",
        "delete_function",
        "828280c86a66",
        "the processes of a deleted function end",
    ),
    Patch("moto.dynamodb.models:DynamoDBBackend", "create_table", "2bb8105ad9fa", "a new table is CREATING"),
    Patch("moto.dynamodb.models:DynamoDBBackend", "update_table", "3fa85dce71a0", "a changed table is UPDATING"),
    Patch("moto.dynamodb.models.table:Table", "describe", "5f29f6e79d11", "tables have in-between states"),
    Patch(
        "moto.dynamodb.models:DynamoDBBackend",
        "delete_table",
        "bab269fa8eff",
        "AWS names the table that is not there, and Terraform's provider reads the name",
    ),
    Patch(
        "moto.ec2.models.instances:Instance",
        "prep_nics",
        "c2288c1e5e70",
        "the interface that comes with an instance goes with it",
    ),
    Patch("moto.events.models:EventPattern", "load", "e4a8830e37d1", "patterns are checked and matched as on AWS"),
    Patch("moto.events.models:EventsBackend", "put_events", "c56f6ac1f932", "limits, refusals, aws.* sources"),
    Patch("moto.events.models:EventsBackend", "put_rule", "28bf0ac76b1b", "schedule expressions are read"),
    Patch("moto.events.models:EventsBackend", "put_targets", "5c3742b61a68", "targets are checked"),
    Patch("moto.events.models:Rule", "__init__", "3cc076697d15", "the schedule of a rule begins"),
    Patch("moto.events.models:Rule", "enable", "7dffd073901e", "the schedule of a rule begins again"),
    Patch(
        "moto.scheduler.models:EventBridgeSchedulerBackend",
        "create_schedule",
        "513099380dbd",
        "schedules are checked and run",
    ),
    Patch(
        "moto.scheduler.models:EventBridgeSchedulerBackend",
        "update_schedule",
        "15f9bd86f239",
        "schedules are checked and run",
    ),
    Patch(
        "moto.scheduler.responses:EventBridgeSchedulerResponse",
        "update_schedule",
        "780176192c31",
        "the action after completion changes too",
    ),
    Patch(
        "moto.events.models:Rule",
        "send_to_targets",
        "472e002e2dab",
        "targets in Step Functions, Lambda and SNS; retries; dead-letter queues; full patterns",
    ),
    Patch("moto.sqs.models:Queue", "_set_attributes", "4b7aaf3f4636", "a change keeps the queue's policy"),
    Patch("moto.sqs.models:Queue", "attributes", "40cb990b1216", "AWS writes a redrive policy without blanks"),
    Patch("moto.sqs.models:Queue", "wait_for_messages", "58432562ccf2", "a long poll waits on the cloud's clock"),
    Patch(
        "moto.s3.models:FakeBucket",
        "get_permission",
        "7571412a3495",
        "a denial under a condition is none for everybody: bucket policies are evaluated before moto is asked",
    ),
    Patch(
        "moto.s3.notifications",
        "send_event",
        "da8a7c7c6f2b",
        "notifications on workers, in AWS's shape, as S3's principal",
    ),
    Patch(
        "moto.s3.responses:S3Response",
        "put_object_tagging",
        "08d79877601f",
        "moto tells of tags whenever an object is written, S3 only where PutObjectTagging adds them",
    ),
    Patch(
        "moto.s3.responses:S3Response",
        "get_bucket_notification",
        "82884034c165",
        "moto does not say that EventBridge hears of a bucket's objects",
    ),
    Patch(
        "moto.events.models:Replay",
        "replay_events",
        "9752fdb56ebb",
        "replays run on the clock, to the chosen rules",
    ),
    Patch("moto.events.models:Replay", "describe", "059d12198720", "tells how far a replay has come"),
    Patch("moto.events.models:Archive", "describe_short", "77dfb6f90116", "the size of an archive"),
    Patch("moto.events.models:Archive", "update", "cf2cd10db3b8", "the managed rule takes the new pattern"),
    Patch("moto.events.models:EventsBackend", "start_replay", "39f1779179d9", "ten replays at a time"),
    Patch("moto.events.models:EventsBackend", "cancel_replay", "cd68164d8cbb", "what has ended cannot be cancelled"),
    Patch(
        "moto.sqs.models:Queue",
        "add_message",
        "f27c9231c1f2",
        "functions get messages from their mappings' pollers",
    ),
    Patch(
        "moto.dynamodb.models.table:StreamShard",
        "add",
        "357dc6da267e",
        "functions get records from their mappings' pollers",
    ),
    Patch(
        "moto.awslambda.models:LambdaBackend",
        "create_event_source_mapping",
        "19f8125cabf7",
        "mappings are checked and polled",
    ),
    Patch(
        "moto.awslambda.models:EventSourceMapping",
        "get_configuration",
        "b41577cbcbd7",
        "a mapping of an alias is the alias's, moto says the version's",
    ),
    Patch(
        "moto.awslambda.models:LambdaBackend",
        "update_event_source_mapping",
        "7ec08b40f6d0",
        "mappings are polled as changed",
    ),
    Patch("moto.sns.responses:SNSResponse", "get_topic_attributes", "988a1fe509ed", "delivery status attributes"),
    Patch("moto.sns.models:Topic", "publish", "8a3b92494536", "deliveries in the background with retries and redrive"),
    Patch("moto.sns.models:SNSBackend", "subscribe", "56ded2dae9fa", "HTTP endpoints have to confirm"),
    Patch("moto.sns.responses:SNSResponse", "confirm_subscription", "95625a3fb6fa", "tokens are checked"),
    Patch(
        f"{PARSER}.asl.component.state.state:CommonStateField",
        "_eval_body",
        "035f80caae12",
        "variables are set when a state is left; the cloud's clock; where evaluation errors happen",
    ),
    Patch(
        f"{PARSER}.asl.component.state.state:CommonStateField",
        "_eval_state_output",
        "bceaf0e281ef",
        "a subclass of it calls moto's",
    ),
    Patch(
        f"{PARSER}.asl.component.state.exec.execute_state:ExecutionState",
        "_evaluate_with_timeout",
        "c56deda08a42",
        "the cloud's clock; errors of Output and Assign are the state's; no thread without a time limit",
    ),
    Patch(
        f"{PARSER}.asl.component.state.exec.execute_state:ExecutionState",
        "_eval_state_output",
        "8319eaf73095",
        "JSONata states have made their output before",
    ),
    Patch(
        f"{PARSER}.asl.component.common.string.string_expression:StringJSONata",
        "_eval_body",
        "277b6f413214",
        "moto has no JSONata engine",
    ),
    Patch(
        f"{PARSER}.asl.component.common.string.string_expression:StringVariableSample",
        "_eval_body",
        "4aa01e616a98",
        "moto reads variables with the JSONata engine that it lacks",
    ),
    Patch(
        f"{PARSER}.asl.component.common.assign.assign_decl:AssignDecl",
        "_eval_body",
        "652b8326e85d",
        "variables are set when a state is left",
    ),
    Patch(
        f"{PARSER}.asl.eval.states:States",
        "reset",
        "3026ea3d7689",
        "a result that is not there yet is undefined, not null",
    ),
    Patch(
        f"{PARSER}.asl.component.common.error_name.failure_event:FailureEvent",
        "__init__",
        "3a94f1c26bf0",
        "causes name the event by which the state was entered",
    ),
    Patch(
        f"{PARSER}.asl.component.common.error_name.failure_event:FailureEventException",
        "get_execution_failed_event_details",
        "cc932b747488",
        "evaluation errors say where they happened once",
    ),
    Patch(
        f"{PARSER}.asl.component.program.program:Program",
        "eval",
        "6d701880064a",
        "whoever starts an execution watches its time; branches need no thread more",
    ),
    Patch(
        f"{PARSER}.asl.component.program.program:Program",
        "_eval_body",
        "0735481f6d02",
        "reads env.event_manager, which is the execution's History",
    ),
    Patch(
        f"{PARSER}.asl.component.eval_component:EvalComponent",
        "eval",
        "8573f4a8a03c",
        "moto writes the whole definition to the log on each level of each error",
    ),
    Patch(
        f"{PARSER}.asl.component.state.choice.state_choice:StateChoice",
        "_eval_state_output",
        "ab3b90209aa7",
        "Assign and Output of a Choice belong to its Default only, also when a rule has the same next state",
    ),
    Patch(
        f"{PARSER}.asl.eval.environment:Environment",
        "set_ended",
        "36f5a60b56c1",
        "who waits in an environment hears of its end",
    ),
    Patch(
        f"{PARSER}.asl.eval.environment:Environment",
        "set_error",
        "6447409d4056",
        "who waits in an environment hears of its end",
    ),
    Patch(
        f"{PARSER}.asl.eval.environment:Environment",
        "set_timed_out",
        "853b04bf9e6a",
        "who waits in an environment hears of its end",
    ),
    Patch(
        f"{PARSER}.asl.eval.environment:Environment",
        "set_stop",
        "163c10d46b1c",
        "who waits in an environment hears of its end",
    ),
    Patch(
        f"{PARSER}.asl.component.state.exec.state_map.iteration.inline_iteration_component:InlineIterationComponent",
        "_launch_worker",
        "49be28469a82",
        "threads are work of the cloud",
    ),
    Patch(
        f"{PARSER}.asl.component.state.exec.state_map.iteration.inline_iteration_component:InlineIterationComponent",
        "_eval_body",
        "1a65306eb3ca",
        "forty items at once at most",
    ),
    Patch(
        f"{PARSER}.asl.component.state.exec.state_map.iteration.iteration_worker:IterationWorker",
        "_eval_pool",
        "45ca0026e8cc",
        "moto calls itself once for each item, until Python's stack is full",
    ),
    Patch(
        f"{PARSER}.asl.component.state.exec.state_map.iteration.job:JobPool",
        "await_jobs",
        "e41a0edddb85",
        "the clock may move meanwhile",
    ),
    Patch(
        f"{PARSER}.asl.component.state.exec.state_parallel.branch_worker:BranchWorker",
        "start",
        "30f9035b0a7b",
        "threads are work of the cloud",
    ),
    Patch(
        f"{PARSER}.asl.component.state.exec.state_parallel.branches_decl:BranchWorkerPool",
        "wait",
        "c9eec2af91e2",
        "the clock may move meanwhile",
    ),
    Patch(
        f"{PARSER}.asl.component.common.error_name.custom_error_name:CustomErrorName",
        "__init__",
        "2814dc26f7ae",
        "errors of States also come from branches and items",
    ),
    Patch(
        f"{TASK}.service.state_task_service_callback:StateTaskServiceCallback",
        "_eval_body",
        "1565ede7010d",
        "a token is known while its task lasts",
    ),
    Patch(
        f"{TASK}.service.state_task_service_callback:StateTaskServiceCallback",
        "_eval_sync",
        "b8f76de4d514",
        "the cloud's clock; a child is stopped with its parent",
    ),
    Patch(
        f"{TASK}.service.state_task_service_sfn:StateTaskServiceSfn",
        "_from_error",
        "7cdee0936130",
        "an error that Step Functions' model does not name, such as of throttling, is its base exception",
    ),
    Patch(
        f"{TASK}.service.state_task_service_sfn:StateTaskServiceSfn",
        "_build_sync_resolver",
        "0a833c2f9a9c",
        "a child's end is told, not polled; moments as AWS shows them",
    ),
    Patch(
        f"{TASK}.service.state_task_service_sfn:StateTaskServiceSfn",
        "_build_sync2_resolver",
        "fbbf50b684b9",
        "a child's end is told, not polled; moments as AWS shows them",
    ),
    Patch(
        f"{TASK}.service.state_task_service_callback:StateTaskServiceCallback",
        "_eval_execution",
        "81a8da94bfdb",
        "each attempt has a token of its own",
    ),
    Patch(
        f"{TASK}.service.state_task_service:StateTaskService",
        "_normalise_parameters",
        "dece59e76fd5",
        "moto does not change the names of parameters",
    ),
    Patch(
        f"{TASK}.service.state_task_service:StateTaskService",
        "_normalise_response",
        "00e0b0a50b1d",
        "moto does not change the names of results",
    ),
    Patch(
        f"{PARSER}.asl.parse.asl_parser:AmazonStateLanguageParser",
        "parse",
        "a59a7d18760f",
        "fields of a Distributed Map that moto's grammar lacks; EXPRESS children",
    ),
    Patch(
        f"{PARSER}.asl.component.state.exec.state_map.state_map:StateMap",
        "_eval_execution",
        "fb4daa9ac528",
        "Distributed Map: child executions, Map Runs, readers, batches, results",
    ),
    Patch(
        f"{PARSER}.models:StepFunctionsParserBackend",
        "create_state_machine",
        "dc56ec54216f",
        "sizes, names, what EXPRESS cannot do; another definition under the same name",
    ),
    Patch(
        f"{PARSER}.models:StepFunctionsParserBackend",
        "update_state_machine",
        "03b6b2ec8ffd",
        "sizes, what EXPRESS cannot do",
    ),
    Patch(
        f"{PARSER}.models:StepFunctionsParserBackend",
        "start_execution",
        "0f8d9dd57baf",
        "EXPRESS executions, aliases, logs, metrics",
    ),
    Patch(
        f"{PARSER}.asl.component.state.choice.comparison.comparison_variable:ComparisonVariable",
        "_eval_body",
        "55861cce2bef",
        "a path that is not there fails a Choice; unlike types never match; moments with fractions and zones",
    ),
    Patch(
        f"{PARSER}.models:StepFunctionsParserBackend",
        "_validate_definition",
        "a5921e3d3b46",
        "InvalidDefinition with AWS's code; missing targets, values of fields that end in .$",
    ),
    Patch(
        f"{PARSER}.asl.parse.preprocessor:Preprocessor",
        "_inner_string_of",
        "d9f476327b5b",
        "names and paths of a definition keep JSON's escapes in moto",
    ),
    Patch(
        f"{PARSER}.asl.parse.preprocessor:Preprocessor",
        "_open_query_language_scope",
        "4e0bad6eb66e",
        "definitions read at the same time share one list of query languages in moto",
    ),
    Patch(
        f"{PARSER}.asl.parse.preprocessor",
        "from_string_literal",
        "516a21a5607f",
        "moto reads strings as Python's: characters beyond 16 bits become two halves",
    ),
    Patch(
        f"{PARSER}.asl.component.state.wait.wait_function.wait_function:WaitFunction",
        "_wait_interval",
        "8f954dee8037",
        "waits on the cloud's clock",
    ),
    Patch(
        f"{PARSER}.asl.component.state.wait.wait_function.timestamp:Timestamp",
        "_get_wait_seconds",
        "611d040940ad",
        "reckons from the cloud's clock",
    ),
    Patch(
        f"{PARSER}.asl.component.state.wait.wait_function.timestamp:Timestamp",
        "_from_timestamp_string",
        "711ff48cd648",
        "fractions of seconds and offsets",
    ),
    Patch(
        f"{PARSER}.asl.component.common.retry.retrier_decl:RetrierDecl",
        "_eval_body",
        "48463fff19ce",
        "pauses on the cloud's clock; an execution that is stopped does not wait",
    ),
    Patch(
        f"{PARSER}.asl.component.common.payload.payloadvalue.payloadbinding.payload_binding:PayloadBindingStringExpressionSimple",
        "_eval_val",
        "c385c1b1b5cf",
        "a path that leads nowhere is States.Runtime whatever the state's type",
    ),
    Patch(
        f"{PARSER}.asl.component.common.path.items_path:ItemsPath",
        "_eval_body",
        "a658cd6381e2",
        "items that are no list have AWS's error",
    ),
    Patch(
        f"{PARSER}.asl.component.state.exec.state_parallel.branches_decl:BranchesDecl",
        "_eval_body",
        "eec2efa5fe00",
        "States.BranchFailed means any failure of a branch",
    ),
    Patch(
        f"{PARSER}.asl.component.common.error_name.custom_error_name:CustomErrorName",
        "__init__",
        "2814dc26f7ae",
        "samples that run on AWS have errors of their own that begin with States.; branches hand on those of States",
    ),
    Patch(
        f"{MAP}.item_reader.item_reader_decl:ItemReader",
        "_eval_body",
        "652bd3218835",
        "an object that cannot be read is States.ItemReaderFailed",
    ),
    Patch(
        f"{TASK}.state_task_factory",
        "state_task_service_for",
        "a21a16afc5f6",
        "definitions with http:invoke are good",
    ),
    Patch(
        f"{TASK}.service.state_task_service_dynamodb:StateTaskServiceDynamoDB",
        "_from_error",
        "a27eaf8b4975",
        "an error of a path is not DynamoDB's",
    ),
    Patch(
        f"{TASK}.state_task_lambda:StateTaskLambda",
        "_from_error",
        "1a3cdc6f4b30",
        "errors of Lambda itself have Lambda's names",
    ),
    *(
        Patch(f"{TASK}.service.state_task_service_{module}:StateTaskService{name}", "_eval_service_task", mark, why)
        for why in ("results carry SdkHttpMetadata and SdkResponseMetadata",)
        for module, name, mark in (
            ("dynamodb", "DynamoDB", "da532a5a0d4f"),
            ("events", "Events", "d2564ff252c4"),
            ("lambda", "Lambda", "4a98c28eba36"),
            ("sfn", "Sfn", "dc94f9e92201"),
            ("sns", "Sns", "432d18779c70"),
            ("sqs", "Sqs", "3f5b444ffc5f"),
        )
    ),
    Patch(
        f"{PARSER}.asl.utils.json_path", "parse", "8e8fc5e91980", "paths that name one node give it, all others a list"
    ),
    Patch(
        f"{PARSER}.asl.component.common.path.result_path:ResultPath",
        "_eval_body",
        "a6d93b4e5a33",
        "a ResultPath that cannot be applied fails with States.ResultPathMatchFailure",
    ),
    Patch(
        f"{PARSER}.asl.component.common.string.string_expression:StringIntrinsicFunction",
        "_eval_body",
        "be8691229e2d",
        "an intrinsic function that fails has AWS's error; escapes, types and limits",
    ),
    Patch(
        f"{PARSER}.asl.parse.intrinsic.intrinsic_parser:IntrinsicParser",
        "parse",
        "9f7bf0002f09",
        "unknown functions, counts of arguments and open quotes are refused; negative numbers, JSON's escapes",
    ),
    Patch(
        f"{PARSER}.asl.component.state.choice.state_choice:StateChoice",
        "_eval_state",
        "47c01743c893",
        "a Choice without a match fails with States.NoChoiceMatched",
    ),
    Patch(
        f"{PARSER}.asl.component.common.error_name.error_equals_decl:ErrorEqualsDecl",
        "_eval_body",
        "aeda14a0cc01",
        "States.ALL does not catch States.Runtime",
    ),
    Patch(
        f"{TASK}.service.state_task_service_aws_sdk:StateTaskServiceAwsSdk",
        "_eval_service_task",
        "e68dc9e06e6a",
        "dates and streams in results become JSON",
    ),
    Patch(
        f"{TASK}.service.state_task_service_aws_sdk:StateTaskServiceAwsSdk",
        "_normalise_service_error_name",
        "7fccfad3463f",
        "errors carry the service's name in AWS's case",
    ),
    Patch(f"{PARSER}.asl.utils.boto_client", "boto3", "boto3", "clients are kept and reach this server"),
    Patch(
        f"{PARSER}.asl.utils.boto_client",
        "boto_client_for",
        "1f44dc2ac8aa",
        "makes clients by the name boto3 of its module",
    ),
    *(
        Patch(module, "boto_client_for", "1f44dc2ac8aa", "tasks act in the role of their state machine")
        for module in CLIENT_USERS
    ),
)

_originals: dict[tuple[str, str], Any] = {}


def replace(owner: str, attribute: str, replacement: Any) -> None:
    """Put `replacement` in place of a listed attribute; a later call wins. KeyError if it is not listed."""
    remember(owner, attribute)
    setattr(resolve(owner), attribute, replacement)


def original(owner: str, attribute: str) -> Any:
    """moto's own value of a listed attribute, whatever has been put in its place. None if it has none."""
    remember(owner, attribute)
    return _originals[owner, attribute]


def remember(owner: str, attribute: str) -> None:
    """Keep moto's value before anybody replaces it."""
    if not any(patch.owner == owner and patch.attribute == attribute for patch in PATCHES):
        raise KeyError(f"{owner}.{attribute} is not in moto_patches.PATCHES: add it, with its fingerprint and reason")
    holder = resolve(owner)
    _originals.setdefault((owner, attribute), vars(holder).get(attribute, getattr(holder, attribute, None)))


def restore() -> None:
    """Put moto's own values back: for a process that goes on with moto after its local cloud."""
    default_user_config["stepfunctions"]["execute_state_machine"] = False
    for (owner, attribute), value in _originals.items():
        if value is None:
            if attribute in vars(resolve(owner)):
                delattr(resolve(owner), attribute)
        else:
            setattr(resolve(owner), attribute, value)


def resolve(owner: str) -> Any:
    """The module or class that `owner` names."""
    module, _, name = owner.partition(":")
    found = importlib.import_module(module)
    return getattr(found, name) if name else found


def fingerprint(patch: Patch) -> str:
    """The fingerprint of moto's present source of a listed attribute."""
    value = original(patch.owner, patch.attribute)
    if value is None:
        return ABSENT
    if inspect.ismodule(value):
        return value.__name__
    value = getattr(value, "__func__", value)
    if isinstance(value, property):
        value = value.fget
    return hashlib.sha256(inspect.getsource(value).encode()).hexdigest()[:12]


def install(_cloud: LocalCloudServer) -> None:
    """Keep every original at hand; the additions do the replacing."""
    for patch in PATCHES:
        remember(patch.owner, patch.attribute)
