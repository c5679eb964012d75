"""The local cloud as a process of its own: start it, find it, talk to it, stop it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
from botocore.config import Config

from headend.errors import HeadendError
from headend.localcloud.__main__ import alive
from headend.localcloud.timeline import Entry

START_SECONDS = 60.0
STOP_SECONDS = 10.0
ANSWER_SECONDS = 10.0
STEP_SECONDS = 600.0
"""Real seconds that a step of the clock may take."""
ACCESS_KEY = "local"
DEFAULT_REGION = "eu-central-1"


class LocalCloud:
    """A local cloud in a subprocess that ends with this process.

    Use it as a context manager, or call `start` and `stop`. `LocalCloud.attach(state_file)` finds one that somebody
    else started; stopping an attached one ends that process too.
    """

    def __init__(
        self,
        state_dir: Path = Path("build/local"),
        port: int = 0,
        region: str = DEFAULT_REGION,
        *,
        detached: bool = False,
        speed: float = 1.0,
    ) -> None:
        self.state_dir = state_dir.absolute()
        self.region = region
        self._port = port
        self._detached = detached
        self._speed = speed
        self._process: subprocess.Popen[bytes] | None = None
        self._state: dict[str, Any] | None = None

    # Life

    def start(self) -> Self:
        """Start the process and wait until it answers.

        Raises HeadendError, one line each: already running, port taken, or died (with the last line of its log).
        """
        if self._state:
            return self
        running = read_state(self.state_file)
        if running and _answers(running):
            raise HeadendError(
                f"a local cloud is already running (process {running['pid']}, {running['endpoint']}): "
                "stop it with `headend local down`, or use it with `headend local status`"
            )
        self.state_file.unlink(missing_ok=True)
        self.state_dir.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "headend.localcloud", "--port", str(self._port)]
        command += ["--state-dir", str(self.state_dir)]
        if self._speed != 1:
            command += ["--speed", f"{self._speed:.12g}"]
        if not self._detached:
            command += ["--parent-pid", str(os.getpid())]
        with self.log_file.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=_server_environment(),
                start_new_session=True,
            )
        try:
            self._state = self._await_ready(self._process)
        except BaseException:
            self._end_process()
            raise
        return self

    def stop(self) -> None:
        """End the process, and wait until it has ended. Does nothing when it is not running."""
        if not self._state:
            return
        pid = int(self._state["pid"])
        if self._process is None:
            if _answers(self._state):
                os.kill(pid, signal.SIGTERM)
                _wait_until(lambda: not alive(pid), STOP_SECONDS)
        else:
            self._end_process()
        self.state_file.unlink(missing_ok=True)
        self._state = None

    @classmethod
    def attach(cls, state_file: Path = Path("build/local/state.json")) -> Self:
        """The local cloud that wrote `state_file`. Raises HeadendError when there is none, or the file is stale."""
        state = read_state(state_file)
        if state is None:
            raise HeadendError(
                f"no local cloud is running ({state_file} is not there): start one with `headend local up`"
            )
        if not _answers(state):
            raise HeadendError(
                f"{state_file} is stale: process {state['pid']} no longer answers at {state['endpoint']}. "
                "Start a local cloud with `headend local up`, which replaces the file"
            )
        cloud = cls(state_file.parent)
        cloud._state = state
        return cloud

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    # What it is

    @property
    def state_file(self) -> Path:
        """Where the running server says who and where it is."""
        return self.state_dir / "state.json"

    @property
    def log_file(self) -> Path:
        """What the server printed."""
        return self.state_dir / "server.log"

    @property
    def state(self) -> dict[str, Any]:
        """`pid`, `port`, `endpoint`, `started`, `timeline`. Raises HeadendError when it is not running."""
        if not self._state:
            raise HeadendError("the local cloud is not running: start it with `headend local up`")
        return self._state

    @property
    def endpoint(self) -> str:
        """Its address, `http://127.0.0.1:PORT`."""
        return str(self.state["endpoint"])

    @property
    def pid(self) -> int:
        """The process's id."""
        return int(self.state["pid"])

    def environment(self, region: str | None = None) -> dict[str, str]:
        """The variables that point terraform, boto3 and the aws command at it (add to an environment without AWS_*)."""
        name = region or self.region
        return {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": name,
            "AWS_DEFAULT_REGION": name,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def client(self, service: str, region: str | None = None) -> Any:
        """A boto3 client of `service` that talks to this local cloud, whatever the environment says."""
        return boto3.session.Session().client(  # type: ignore[call-overload]
            service,
            region_name=region or self.region,
            endpoint_url=self.endpoint,
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=ACCESS_KEY,
            config=Config(s3={"addressing_style": "path"}, retries={"mode": "standard", "max_attempts": 2}),
        )

    # What it did, and what it is told

    def timeline(self, since: int = 0) -> list[Entry]:
        """The timeline's entries after sequence number `since`, oldest first."""
        entries: list[Entry] = self._call("GET", f"timeline?since={since}")["entries"]
        return entries

    def inventory(self) -> list[dict[str, str]]:
        """What exists beyond a fresh server: [{service, region, type, id}]. Empty after a clean destroy."""
        resources: list[dict[str, str]] = self._call("GET", "inventory")["resources"]
        return resources

    def set_scenario(self, flow: str, scenario: str) -> None:
        """Play `scenario` on a flow (its name, its ARN, or `*`). Raises HeadendError for an unknown name of either."""
        self._call("POST", "scenario", {"flow": flow, "scenario": scenario})

    def set_host_scenario(self, host: str, scenario: str) -> list[str]:
        """Play a scenario on the running EC2 instance with this id or Name tag, or on all (`*`); returns their ids.

        Raises HeadendError for a host or scenario that does not exist.
        """
        chosen: list[str] = self._call("POST", "hosts", {"host": host, "scenario": scenario})["hosts"]
        return chosen

    def hosts(self) -> dict[str, dict[str, str]]:
        """The running EC2 instances: id → {region, name (the Name tag), scenario}."""
        found: dict[str, dict[str, str]] = self._call("GET", "hosts")["hosts"]
        return found

    def scenarios(self) -> dict[str, Any]:
        """`scenarios` (name → description) and `flows` (ARN → what is playing)."""
        answer: dict[str, Any] = self._call("GET", "scenario")
        return answer

    def requests(self) -> dict[str, int]:
        """How many AWS requests it was sent since it started: `<signing name> <operation>` → count."""
        counts: dict[str, int] = self._call("GET", "requests")
        return counts

    def permissions(self) -> list[dict[str, Any]]:
        """What its roles may do, and how many requests that has allowed.

        Each is {role, policy, sid, statement, action, resource, requests}.
        """
        held: list[dict[str, Any]] = self._call("GET", "permissions")["permissions"]
        return held

    def add_fault(self, kind: str, **settings: Any) -> dict[str, Any]:
        """Begin a fault; `settings` as in fault_model.Fault, and `for_` ("5m"). Raises HeadendError for bad ones."""
        named = {name.rstrip("_"): value for name, value in settings.items()}
        return self._call("POST", "faults", {"kind": kind, **named})

    def faults(self) -> list[dict[str, Any]]:
        """The faults that there are: id, kind, text, hits and what was set."""
        found: list[dict[str, Any]] = self._call("GET", "faults")["faults"]
        return found

    def clear_faults(self, identifier: str | None = None) -> list[str]:
        """End one fault or all; returns their ids. Raises HeadendError for an id that there is not."""
        query = f"?id={urllib.parse.quote(identifier)}" if identifier else ""
        ended: list[str] = self._call("DELETE", f"faults{query}")["cleared"]
        return ended

    @contextmanager
    def fault(self, kind: str, **settings: Any) -> Iterator[dict[str, Any]]:
        """A fault that lasts as long as the block: `with cloud.fault("throttle", service="sqs", rate=0.5): …`."""
        made = self.add_fault(kind, **settings)
        try:
            yield made
        finally:
            if made["id"] in {one["id"] for one in self.faults()}:
                self.clear_faults(made["id"])

    def edges(self) -> list[dict[str, Any]]:
        """Where viewers reach its distributions: id, domain, port, http, https and ca_file of each."""
        found: list[dict[str, Any]] = self._call("GET", "edges")["edges"]
        return found

    def edge_log(self, since: int = 0) -> list[dict[str, Any]]:
        """What viewers were served after sequence number `since`, as edge_log.EdgeEntry has it, oldest first."""
        entries: list[dict[str, Any]] = self._call("GET", f"edge_log?since={since}")["entries"]
        return entries

    def origins(self) -> dict[str, Any]:
        """`ca_file`, `gates` (host, port and requests of each origin that was asked for) and `faults` of origins."""
        return self._call("GET", "origins")

    def origin_address(self, host: str) -> tuple[str, int]:
        """Where an origin's host name leads now, over TLS and without. Raises HeadendError for a name of nobody's."""
        place = self._call("GET", f"origins?host={urllib.parse.quote(host)}")["address"]
        return str(place[0]), int(place[1])

    def add_origin_fault(self, kind: str, **settings: Any) -> dict[str, Any]:
        """Begin a fault of origins; `settings` as in origin_faults.OriginFault. Raises HeadendError for bad ones."""
        return self._call("POST", "origins", {"kind": kind, **settings})

    def clear_origin_faults(self, identifier: str = "") -> list[str]:
        """End one fault of origins, or all; returns their ids."""
        query = f"?id={urllib.parse.quote(identifier)}" if identifier else ""
        ended: list[str] = self._call("DELETE", f"origins{query}")["ended"]
        return ended

    def feeds(self) -> dict[str, Any]:
        """`feeds` (name → flows), `flows` (ARN → SRT port), `cuts` (ARNs), `processes` (name → what it has used)."""
        return self._call("GET", "feeds")

    def start_feed(self, name: str, flows: list[str], **settings: Any) -> dict[str, Any]:
        """Send pictures to flows (ARNs); `settings` are `frame_rate` ("25", "30000/1001") and `skew_seconds`.

        Raises HeadendError for an unknown flow, and where ffmpeg is not installed.
        """
        return self._call("POST", "feeds", {"name": name, "flows": flows, **settings})

    def end_feed(self, name: str) -> dict[str, Any]:
        """Send no more. Raises HeadendError for an unknown feed."""
        return self._call("DELETE", f"feeds?name={urllib.parse.quote(name)}")

    def cut_flow(self, flow: str) -> dict[str, Any]:
        """Cut the way from the feeds to one flow (its ARN). Raises HeadendError when no feed sends to it."""
        return self._call("POST", "cuts", {"flow": flow})

    def mend_flow(self, flow: str) -> dict[str, Any]:
        """Let a flow have what its feeds send again."""
        return self._call("DELETE", f"cuts?flow={urllib.parse.quote(flow)}")

    def clock(self) -> dict[str, Any]:
        """Its clock: `time` (seconds since the epoch), `iso`, `speed` and `paused`."""
        return self._call("GET", "clock")

    def set_speed(self, speed: float) -> dict[str, Any]:
        """Let its clock run so many seconds in one real second. Raises HeadendError for a speed of 0 or less."""
        return self._call("POST", "clock", {"speed": speed})

    def pause(self) -> dict[str, Any]:
        """Let its clock stand still."""
        return self._call("POST", "clock", {"paused": True})

    def resume(self) -> dict[str, Any]:
        """Let its clock run on."""
        return self._call("POST", "clock", {"paused": False})

    def step(self, seconds: float) -> dict[str, Any]:
        """Let `seconds` of its clock pass at once; returns when everything that happens meanwhile has happened.

        Raises HeadendError when something does not end.
        """
        return _request(self.endpoint, "POST", "clock", {"step": seconds}, timeout=STEP_SECONDS)

    # Inside

    def _call(self, method: str, path: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
        return _request(self.endpoint, method, path, content)

    def _await_ready(self, process: subprocess.Popen[bytes]) -> dict[str, Any]:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise HeadendError(self._last_words())
            state = read_state(self.state_file)
            if state and state["pid"] == process.pid and _answers(state):
                return state
            time.sleep(0.05)
        raise HeadendError(f"the local cloud did not answer within {START_SECONDS:.0f} s: see {self.log_file}")

    def _last_words(self) -> str:
        lines = [line for line in self.log_file.read_text(encoding="utf-8", errors="replace").splitlines() if line]
        if lines and lines[-1].startswith("port "):
            return lines[-1]
        return f"the local cloud ended at once: {lines[-1] if lines else 'no output'} (see {self.log_file})"

    def _end_process(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def read_state(path: Path) -> dict[str, Any] | None:
    """The content of a state file, None when there is none. Raises HeadendError when it is not one of ours."""
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        return {**state, "pid": int(state["pid"]), "endpoint": str(state["endpoint"])}
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise HeadendError(f"{path} is not a local cloud's state file: delete it and run `headend local up`") from error


def _server_environment() -> dict[str, str]:
    """This process's environment without anything that points at real AWS."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))}
    here = str(Path(__file__).parents[2])
    paths = [here, *filter(None, [kept.get("PYTHONPATH")])]
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(paths),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": ACCESS_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def _answers(state: dict[str, Any]) -> bool:
    """Whether the process of `state`, and no other, answers at its address."""
    if not alive(state["pid"]):
        return False
    try:
        return bool(_request(state["endpoint"], "GET", "health").get("pid") == state["pid"])
    except HeadendError:
        return False


def _request(
    endpoint: str, method: str, path: str, content: dict[str, Any] | None = None, timeout: float = ANSWER_SECONDS
) -> dict[str, Any]:
    if not endpoint.startswith("http://127.0.0.1:"):
        raise HeadendError(f"{endpoint} is not a local cloud's address (http://127.0.0.1:PORT)")
    data = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(f"{endpoint}/_headend/{path}", data=data, method=method)  # noqa: S310 - loopback
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout) as response:
            answer: dict[str, Any] = json.load(response)
            return answer
    except urllib.error.HTTPError as error:
        message = json.loads(error.read() or b"{}").get("message", str(error))
        raise HeadendError(f"the local cloud refused: {message}") from error
    except (OSError, ValueError) as error:
        raise HeadendError(f"the local cloud does not answer at {endpoint}: {error}") from error


def _wait_until(condition: Any, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
