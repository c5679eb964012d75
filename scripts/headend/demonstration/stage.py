"""Where the demo plays: a local cloud of its own with envs/local applied to it, and the way to take it down again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from headend import apply as applying
from headend import destroy as destroying
from headend.demonstration.recording import samples_of
from headend.demonstration.screen import Screen
from headend.environments import LOCAL, find, repository_root
from headend.localcloud.launcher import LocalCloud
from headend.packages import refresh
from headend.session import Session, open_session

STEADY_SECONDS = 60.0
HEALTHY = timedelta(seconds=8)


class Stage:
    """Opens and closes in phases; each phase is shown on `screen`, and its seconds are kept in `durations`."""

    def __init__(self, screen: Screen, *, keep: bool = False) -> None:
        self.screen = screen
        self.root: Path = repository_root()
        self.cloud = LocalCloud(self.root / "build" / "local", detached=keep)
        self.durations: dict[str, float] = {}
        self.outputs: dict[str, Any] = {}
        self.resources = 0
        self.started = False
        self.applied = False
        self._session: Session | None = None

    @contextmanager
    def phase(self, name: str, text: str = "") -> Iterator[Callable[[str], None]]:
        """Show and time one phase."""
        begun = monotonic()
        with self.screen.phase(text or name) as tell:
            yield tell
        self.durations[name] = monotonic() - begun

    def start(self) -> None:
        """Start the local cloud."""
        with self.phase("start", "start the local cloud"):
            self.started = True
            self.cloud.start()

    def apply(self) -> None:
        """Package the functions and apply envs/local with Terraform; flows are started."""
        with self.phase("package", "package the functions") as tell:
            refresh(self.root, tell)
        with self.phase("plan", "terraform init and plan") as tell:
            session = self._open(tell)
            self.applied = True
            report = applying.plan(session)
        self.resources = len(report.changes)
        with self.phase("apply", f"terraform apply ({self.resources} resources), start the flows") as tell:
            session.tell = tell
            self.outputs = applying.apply(session)

    def settle(self, flow_arn: str, alarm_prefix: str) -> None:
        """Wait until the flow has some healthy samples and its alarms are OK, so that the normal state shows too."""
        with self.phase("settle", "see the stream healthy"):
            cloudwatch = self.cloud.client("cloudwatch", self.region)
            end = monotonic() + STEADY_SECONDS
            while monotonic() < end:
                alarms = cloudwatch.describe_alarms(AlarmNamePrefix=alarm_prefix)["MetricAlarms"]
                now = datetime.now(UTC)
                samples = samples_of(cloudwatch, flow_arn, now - 2 * HEALTHY, now)
                enough = all(len(found) >= HEALTHY.total_seconds() for found in samples.values())
                if enough and all(alarm["StateValue"] == "OK" for alarm in alarms):
                    return
                sleep(0.5)

    def destroy(self) -> list[str]:
        """Stop the flows, destroy everything that was applied, and return what is left: nothing, if all is well."""
        with self.phase("destroy", "stop the flows, terraform destroy") as tell:
            session = self._open(tell)
            done = destroying.destroy(session, stop_flows=True)
        self.applied = False
        return [str(item) for item in done.left]

    def stop(self) -> None:
        """Stop the local cloud."""
        if self.started:
            self.cloud.stop()
            self.started = False

    @property
    def region(self) -> str:
        """The Region that envs/local is deployed to."""
        return find(LOCAL, self.root).config().region

    @property
    def terraform_version(self) -> str:
        """The version of Terraform that runs here."""
        return str(self._session.terraform.version) if self._session else ""

    def _open(self, tell: Callable[[str], None]) -> Session:
        if self._session is None:
            region = self.region
            self._session = open_session(find(LOCAL, self.root), tell, self.cloud.environment(region))
        self._session.tell = tell
        return self._session
