"""The local cloud's server: moto's applications behind one WSGI door, plus what the additions put in front of them."""

from __future__ import annotations

import importlib
import json
import logging
import os
import queue
import threading
import traceback
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import parse_qs

from moto.core.config import default_user_config
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server
from werkzeug.wrappers import Request, Response

from headend.localcloud import ACCOUNT_ID, clock_control
from headend.localcloud.aws_request import AwsRequest
from headend.localcloud.clock import Clock
from headend.localcloud.clock_file import ClockFile
from headend.localcloud.clock_work import Work
from headend.localcloud.control import PREFIX, Control
from headend.localcloud.process_time import ProcessTime
from headend.localcloud.repeated_requests import RepeatedRequests
from headend.localcloud.request_count import RequestCount
from headend.localcloud.timeline import Timeline

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HOST = "127.0.0.1"
ADDITIONS = (
    "moto_patches",
    "timers",
    "inventory",
    "faults.faults",
    "iam.identity",
    "iam.aws_policies",
    "iam.identity_gate",
    "rejections.in_between",
    "rejections.rejections",
    "iam.role_sessions",
    "mediaconnect.media_connect",
    "cloudcontrol.registry",
    "cloudcontrol.cloud_control",
    "medialive.media_live",
    "medialive.cloud_control_media_live",
    "mediapackage.media_package",
    "mediapackage.cloud_control_media_package",
    "mediapackage.origin_sites",
    "cloudformation.stacks",
    "mediaconnect.stream_simulator",
    "cloudwatch.metrics",
    "cloudwatch.anomaly_detectors",
    "cloudwatch.dashboards",
    "functions.function_dead_letters",
    "functions.functions",
    "functions.function_states",
    "apigateway.http_apis",
    "stepfunctions.state_machines",
    "stepfunctions.task_roles",
    "eventbridge.events",
    "eventbridge.event_requests",
    "eventbridge.event_archives",
    "sources.s3_events",
    "eventbridge.schedules",
    "eventbridge.scheduler",
    "cloudwatch.alarms",
    "messaging.sns_delivery",
    "messaging.delivery_status",
    "cloudwatch.platform_metrics",
    "hosts.terminated_instances",
    "hosts.host_simulator",
    "logs.log_queries",
    "athena.athena",
    "budgets",
    "logs.audit_trails",
    "networks",
    "tables",
    "table_states",
    "messaging.queues",
    "sources.source_mappings",
    "rejections.create_checks",
    "logs.log_group_keys",
    "media.media_plane",
    "origins.gates",
    "origins.s3_origin",
    "origins.media_package_origin",
    "cloudfront.api",
    "cloudfront.edge",
)
"""Modules of this package, in the order in which they are installed. Each has `install(cloud: LocalCloudServer)`."""

WAITING_SERVICES = frozenset({"lambda", "sqs", "states"})
"""Whose requests may wait for something else: a function's end, a message, a task. Those of every other service are
answered one after the other: AWS's changes are atomic, moto's are not, and it loses track of what is made and deleted
at the same time.

Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithItems.html
"""

logger = logging.getLogger(__name__)

Part = TypeVar("Part")
Handler = Callable[[Request, str], Response]
"""Answers one AWS request: (request, region) → response."""


Gate = Callable[[AwsRequest], Response | None]
"""Looks at a request before it is answered: None lets it pass, a response takes the answer's place."""


class Addition(Protocol):
    """What every module named in ADDITIONS provides."""

    def install(self, cloud: LocalCloudServer) -> None:
        """Attach the behaviour to `cloud`; called once, before the server answers requests."""


class LocalCloudServer:
    """The running local cloud, as its additions see it.

    Attributes: `account_id`; `clock`; `timeline`; `control` (routes below /_headend/); `endpoint` (http://127.0.0.1:PORT,
    known from the start); `state_dir`; `stopping` (set once, when the server ends: background threads wait on it).
    """

    def __init__(self, port: int, state_dir: Path, clock: Clock | None = None) -> None:
        self.account_id = ACCOUNT_ID
        self.clock = clock or Clock()
        self.state_dir = state_dir
        self.stopping = threading.Event()
        self.control = Control()
        self.requests = RequestCount()
        self._repeated = RepeatedRequests()
        self._gates: list[Gate] = []
        self._services: dict[str, Handler] = {}
        self._hosts: dict[tuple[str, str], bool] = {}
        self._operations: dict[tuple[str, str], Handler] = {}
        self._sites: dict[str, Callable[[Request], Response]] = {}
        self._events: queue.Queue[tuple[str, dict[str, Any], Work]] = queue.Queue()
        self._buses: list[Callable[[str, dict[str, Any]], None]] = []
        self._threads: list[threading.Thread] = []
        self._callers: dict[str, int | None] = {}
        self._last_actions: list[Callable[[], None]] = []
        self._parts: dict[type, Any] = {}
        self._one_at_a_time: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._server: BaseWSGIServer = make_server(
            HOST, port, self, threaded=True, request_handler=_QuietRequestHandler
        )
        self.port: int = self._server.server_port
        self.endpoint = f"http://{HOST}:{self.port}"
        self.timeline = Timeline(state_dir / "timeline.jsonl", self.clock)
        self._process_time = ProcessTime(self.clock)
        self.clock_file = ClockFile(state_dir / "clock")
        self.clock.follow(self.clock_file.write)
        self.control.add("GET", "health", self._health)
        self.control.add("GET", "timeline", self._entries)
        self.control.add("POST", "shutdown", self._shutdown)
        clock_control.add_routes(self.control, self.clock)
        self.control.add("GET", "requests", lambda _: self.requests.by_operation())
        # moto's own code reaches the server by this variable, and interprets state machines only when told to.
        os.environ["MOTO_PORT"] = str(self.port)
        default_user_config["stepfunctions"]["execute_state_machine"] = True

    # What additions use

    def add_service(self, signing_name: str, handler: Handler) -> None:
        """Answer every request signed for `signing_name`: for services that moto does not have."""
        self._services[signing_name] = handler

    def add_operation(self, signing_name: str, operation: str, handler: Handler) -> None:
        """Answer one operation of a JSON or query protocol service, before moto sees the request."""
        self._operations[signing_name, operation] = handler

    def add_site(self, prefix: str, answer: Callable[[Request], Response]) -> None:
        """Answer all requests below a path, signed or not, before anything else looks at them."""
        self._sites[prefix] = answer

    def add_gate(self, gate: Gate) -> None:
        """Ask `gate` before a request is answered, after the gates added before; an answer of its own ends it."""
        self._gates.append(gate)

    def provide(self, part: object) -> None:
        """Offer `part` to the other additions, which find it by its class."""
        self._parts[type(part)] = part

    def part(self, kind: type[Part]) -> Part:
        """What an addition provided. KeyError when it is not installed."""
        found: Part = self._parts[kind]
        return found

    def spawn(self, name: str, target: Callable[[], None], *, counts: bool = True) -> threading.Thread:
        """Run `target` on a background thread. It returns soon after `stopping` is set; what it raises is recorded.

        A stepped clock waits for it whenever it does not wait itself; unless it `counts` for nothing, as a reader does.
        """
        work = self.clock.begin(name) if counts else None

        def run() -> None:
            with self.clock.doing(work) if work else nullcontext():
                try:
                    target()
                except Exception as error:  # noqa: BLE001 - the last place where a thread's error can be seen
                    self.report(name, error)

        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads = [known for known in self._threads if known.is_alive()] + [thread]
        thread.start()
        return thread

    def every(
        self, seconds: float, name: str, action: Callable[[], None], hint: Callable[[], float] | None = None
    ) -> threading.Thread:
        """Run `action` on a background thread every `seconds` of the clock's time until the server stops.

        `hint` tells when the action will have something to do (seconds since the epoch, math.inf for never): a clock
        that is stepped goes to that moment and makes no rounds on the way; see Clock.wait.
        """

        def loop() -> None:
            due = self.clock.time()
            while not self.stopping.is_set():
                try:
                    action()
                except Exception as error:  # noqa: BLE001 - one failed round must not end the loop
                    self.report(name, error)
                due = max(due + seconds, self.clock.time() + self.clock.shortest_round)
                self.clock.wait(self.stopping, due - self.clock.time(), hint)

        return self.spawn(name, loop)

    def at_the_end(self, action: Callable[[], None]) -> None:
        """Run `action` when the server stops, before its threads are waited for."""
        self._last_actions.append(action)

    def alone(self, service: str) -> AbstractContextManager[bool]:
        """Nothing else of a service is changed meanwhile: its requests are answered before or after the block."""
        return self._one_at_a_time[service]

    @contextmanager
    def calling(self, trace_id: str) -> Iterator[None]:
        """What this thread does waits for whoever sends requests with this trace id.

        Only the request that is being answered counts then as work, not what waits for it: it may wait for the clock.
        Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
        """
        self._callers[trace_id] = self.clock.number()
        try:
            yield
        finally:
            self._callers.pop(trace_id, None)

    def add_bus(self, deliver: Callable[[str, dict[str, Any]], None]) -> None:
        """Let `deliver(region, event)` carry events of AWS services to the rules of the Region's default bus."""
        self._buses.append(deliver)

    def publish(
        self, region: str, source: str, detail_type: str, resources: list[str], detail: dict[str, Any]
    ) -> dict[str, Any]:
        """Put an AWS service's event on the default bus of `region`, and return it.

        Source: https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
        """
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": detail_type,
            "source": source,
            "account": self.account_id,
            "time": self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": region,
            "resources": resources,
            "detail": detail,
        }
        self._events.put((region, event, self.clock.begin(f"event {detail_type}")))
        return event

    def _deliver_events(self) -> None:
        """Carry events to the buses in the order in which they came, on one thread: no publisher waits for a target."""
        while not self.stopping.is_set():
            try:
                region, event, work = self._events.get(timeout=0.2)
            except queue.Empty:
                continue
            with self.clock.doing(work):
                for deliver in self._buses:
                    try:
                        deliver(region, event)
                    except Exception as error:  # noqa: BLE001 - one event must not stop those behind it
                        self.report(f"event {event['detail-type']}", error)

    def report(self, where: str, error: BaseException) -> None:
        """Note an error of the local cloud itself in the log and on the timeline."""
        trace = "".join(traceback.format_exception(error))
        logger.error("%s: %s", where, trace)
        self.timeline.record("error", "", where, f"{where}: {type(error).__name__}: {error}", traceback=trace)

    # Life

    def serve(self) -> None:
        """Install the additions, then answer requests until `shutdown`."""
        self.install_additions()
        self._server.serve_forever(poll_interval=0.1)

    def install_additions(self) -> None:
        """Call `install` of every addition, in order."""
        self.spawn("default-bus", self._deliver_events, counts=False)
        for name in ADDITIONS:
            addition: Addition = importlib.import_module(f"{__package__}.{name}")
            addition.install(self)

    def shutdown(self) -> None:
        """Stop answering and let the background threads end. Safe to call twice, and from any thread but `serve`'s."""
        if not self.stopping.is_set():
            self.stopping.set()
            self._server.shutdown()
            for action in self._last_actions:
                try:
                    action()
                except Exception as error:  # noqa: BLE001 - the others have to run as well
                    self.report("the end", error)
            for thread in self._threads:
                if thread is not threading.current_thread():
                    thread.join(timeout=2)
            self.timeline.close()
            self._process_time.close()

    # Requests

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """WSGI: the control routes, then the additions, then moto."""
        if environ.get("PATH_INFO", "").startswith(PREFIX):
            return self.control.respond(Request(environ))(environ, start_response)
        what = environ.get("HTTP_X_AMZ_TARGET") or environ.get("PATH_INFO", "request")
        told = environ.get("HTTP_X_HEADEND_WORK", "")
        caller = int(told) if told.isdigit() else self._callers.get(environ.get("HTTP_X_AMZN_TRACE_ID", ""))
        with self.clock.busy(f"request {what}", caller):
            return self._repeated.answer(environ, self._answer)(environ, start_response)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = AwsRequest(environ)
        service = request.service
        self.requests.add(service, environ)
        try:
            for prefix, site in self._sites.items():
                if environ.get("PATH_INFO", "").startswith(prefix):
                    return site(Request(environ))(environ, start_response)
            for gate in self._gates:
                answer = gate(request)
                if answer is not None:
                    return answer(environ, start_response)
            handler = self._services.get(service) or self._operation(request)
            if handler:
                return handler(Request(environ), request.region)(environ, start_response)
            if service and not self._moto_has(environ, service, request.region):
                raise NotImplementedError(f"no service {service!r}")  # noqa: TRY301 - one place answers
            with nullcontext() if service in WAITING_SERVICES else self.alone(service):
                done: Iterable[bytes] = self._moto(environ, _noting_failures(service, environ, start_response))
                return done
        except NotImplementedError as error:
            refusal = aws_error("NotImplemented", f"the local cloud: {error}", service, xml=request.is_form)
        except Exception as error:  # noqa: BLE001 - becomes an answer that no client retries
            self.report(f"{service} {environ.get('HTTP_X_AMZ_TARGET') or environ.get('PATH_INFO')}", error)
            message = f"the local cloud failed: {type(error).__name__}: {error}"
            refusal = aws_error("LocalCloudFailure", message, service, xml=request.is_form)
        return refusal(environ, start_response)

    def _moto_has(self, environ: WSGIEnvironment, service: str, region: str) -> bool:
        """Whether moto knows the service; asked by its host, once for each service and Region."""
        if (service, region) not in self._hosts:
            host = self._moto.infer_service_region_host(environ, environ.get("PATH_INFO", ""))
            self._hosts[service, region] = bool(host and self._moto.get_backend_for_host(host))
        return self._hosts[service, region]

    def _operation(self, request: AwsRequest) -> Handler | None:
        if not any(known == request.service for known, _ in self._operations):
            return None
        target: str = request.environ.get("HTTP_X_AMZ_TARGET", "")
        if target:
            return self._operations.get((request.service, target.rpartition(".")[2]))
        if not request.is_form:
            return None
        action = parse_qs(request.body.decode()).get("Action", [""])[0]
        return self._operations.get((request.service, action))

    def _health(self, _: Request) -> dict[str, Any]:
        return {"status": "ok", "pid": os.getpid(), "endpoint": self.endpoint}

    def _entries(self, request: Request) -> dict[str, Any]:
        return {"entries": self.timeline.since(request.args.get("since", 0, type=int))}

    def _shutdown(self, _: Request) -> dict[str, Any]:
        threading.Thread(target=self.shutdown, name="shutdown").start()
        return {"status": "stopping"}


class _QuietRequestHandler(MotoRequestHandler):  # type: ignore[misc]
    """moto's request handler without a log line per request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: errors are reported where they happen."""


def _noting_failures(service: str, environ: WSGIEnvironment, start_response: StartResponse) -> StartResponse:
    """`start_response`, with answers of 500 and above in the log: an SDK would repeat the request."""

    def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Callable[[bytes], object]:
        if status.startswith("5"):
            operation = environ.get("HTTP_X_AMZ_TARGET") or environ.get("PATH_INFO")
            logger.warning("%s %s: answered %s", service, operation, status)
        return start_response(status, headers, *rest)

    return start


def aws_error(code: str, message: str, service: str = "", *, status: int = 400, xml: bool = False) -> Response:
    """An error that the SDKs understand: XML for the query protocol and S3, JSON for all others."""
    if xml or service in XML_SERVICES:
        text = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{_xml(message)}</Message></Error>"
            "<RequestId>local</RequestId></ErrorResponse>"
        )
        if service == "s3":
            text = f"<Error><Code>{code}</Code><Message>{_xml(message)}</Message><RequestId>local</RequestId></Error>"
        response = Response(text, status=status, mimetype="text/xml")
    else:
        response = Response(json.dumps({"__type": code, "message": message}), status=status)
        response.mimetype = "application/x-amz-json-1.1"
    response.headers["x-amzn-errortype"] = code
    return response


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


XML_SERVICES = frozenset(
    {
        "autoscaling",
        "cloudformation",
        "cloudfront",
        "ec2",
        "elasticloadbalancing",
        "iam",
        "rds",
        "redshift",
        "route53",
        "s3",
        "sdb",
        "ses",
        "sns",
        "sts",
    }
)
"""Signing names of the services that answer in XML."""
