"""The module live_delivery over buckets in two Regions, applied by the real provider; viewers in several places ask."""

from __future__ import annotations

import http.client
import json
import shutil
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from headend.aws import Aws
from headend.localcloud.launcher import LocalCloud
from headend.prefer import AUTO, Preference, delivery, store_client
from headend.terraform import Terraform
from local.workspace import REPOSITORY

ROOT = Path(__file__).parent / "roots" / "live_delivery"
REGIONS = {"primary": "eu-central-1", "secondary": "us-east-1"}
PLAYER = "https://player.example.com"
BERLIN = "Country=DE; Latitude=52.52; Longitude=13.40"
OHIO = "Country=US; Latitude=39.96; Longitude=-83.00"
BRAZIL = "Country=BR; Latitude=-23.55; Longitude=-46.63"
NOWHERE = ""
PATIENCE = 20
"""Seconds that a viewer waits: less than the 30 after which CloudFront gives up on a silent bucket by itself."""

pytestmark = [pytest.mark.local, pytest.mark.terraform]


@dataclass(frozen=True)
class Answer:
    status: int
    body: str
    headers: Mapping[str, str]

    @property
    def origin(self) -> str:
        """Who has served it."""
        return self.headers.get("x-headend-origin", "")


class Delivery:
    """What was applied: the edge as viewers ask it, the buckets as encoders write to them."""

    def __init__(self, cloud: LocalCloud, folder: Path) -> None:
        self.cloud = cloud
        self.folder = folder
        (folder / "modules").symlink_to(REPOSITORY / "modules")
        shutil.copytree(ROOT, folder / "root")
        self.outputs: dict[str, Any] = {}
        self._count = 0
        self.run().init()

    def run(self, **variables: Any) -> Terraform:
        given = {f"TF_VAR_{name}": json.dumps(value) for name, value in variables.items()}
        environment = {**self.cloud.environment("eu-central-1"), **given}
        return Terraform(self.folder / "root", self.folder / "work", environment, name="live-delivery")

    def apply(self, **variables: Any) -> None:
        plan = self.folder / "plan"
        terraform = self.run(**variables)
        terraform.plan(plan)
        terraform.apply(plan)
        self.outputs = terraform.output()

    def has_changes(self, **variables: Any) -> bool:
        return self.run(**variables).plan(self.folder / "second")

    @property
    def preference(self) -> Preference:
        return Preference(
            store_client(Aws("eu-central-1", self.cloud.environment())), delivery(self.outputs, "live-delivery")
        )

    def put(self, key: str, *origins: str) -> str:
        """Write an object that names its Region to the buckets, by default to both; returns its path."""
        for origin in origins or tuple(REGIONS):
            client = self.cloud.client("s3", REGIONS[origin])
            client.put_object(Bucket=f"live-delivery-{origin}", Key=key, Body=f"{key} of {origin}".encode())
        return f"/{key}"

    def new(self, *origins: str) -> str:
        """The path of a new segment: the edge has nothing of it."""
        self._count += 1
        return self.put(f"live/p_{self._count:05}.ts", *origins)

    def get(self, path: str, viewer: str = NOWHERE, *, secure: bool = True, method: str = "GET", **more: str) -> Answer:
        domain = self.outputs["live_delivery"]["domain_name"]
        (place,) = [one for one in self.cloud.edges() if one["domain"] == domain]
        connection: http.client.HTTPConnection
        if secure:
            trust = ssl.create_default_context(cafile=place["ca_file"])
            connection = http.client.HTTPSConnection("127.0.0.1", place["port"], timeout=PATIENCE, context=trust)
        else:
            connection = http.client.HTTPConnection("127.0.0.1", place["port"], timeout=PATIENCE)
        headers = {
            "Host": domain,
            "x-headend-viewer": viewer,
            **{name.replace("_", "-"): v for name, v in more.items()},
        }
        try:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, answer.read().decode(), names)
        finally:
            connection.close()


@pytest.fixture(scope="module")
def applied(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivery]:
    made = Delivery(cloud, tmp_path_factory.mktemp("live_delivery"))
    made.apply()
    yield made
    made.run().destroy()
    assert cloud.inventory() == []
    assert cloud.edges() == []


@pytest.fixture
def live(applied: Delivery) -> Iterator[Delivery]:
    yield applied
    applied.cloud.clear_origin_faults()
    applied.preference.write(AUTO)


def test_the_second_plan_is_empty(live: Delivery) -> None:
    assert not live.has_changes()


def test_a_player_opens_the_address_and_gets_the_manifest(live: Delivery) -> None:
    live.put("live/index.m3u8")
    address = urlsplit(live.outputs["live_delivery"]["play_url"])
    assert (address.scheme, address.hostname) == ("https", live.outputs["live_delivery"]["domain_name"])
    assert live.get(address.path).body == "live/index.m3u8 of primary"


@pytest.mark.parametrize(
    ("viewer", "origin"),
    [(BERLIN, "primary"), (OHIO, "secondary"), (BRAZIL, "primary"), (NOWHERE, "primary")],
    ids=["Berlin", "Ohio", "Brazil", "nowhere"],
)
def test_a_viewer_is_served_from_the_nearer_region_or_the_one_of_its_country(
    live: Delivery, viewer: str, origin: str
) -> None:
    path = live.new()
    answer = live.get(path, viewer)
    assert (answer.status, answer.origin, answer.body) == (200, origin, f"{path[1:]} of {origin}")


def test_an_operator_moves_all_viewers_and_no_plan_wants_them_back(live: Delivery) -> None:
    live.preference.write("us-east-1")
    assert [live.get(live.new(), viewer).origin for viewer in (BERLIN, OHIO, BRAZIL)] == ["secondary"] * 3
    assert not live.has_changes()
    live.preference.write("eu-central-1")
    assert [live.get(live.new(), viewer).origin for viewer in (BERLIN, OHIO, BRAZIL)] == ["primary"] * 3
    live.preference.write(AUTO)
    assert live.get(live.new(), OHIO).origin == "secondary"


@pytest.mark.parametrize(
    ("kind", "settings"),
    [("refuse", {}), ("unreachable", {}), ("hang", {}), ("status", {"status": 503})],
    ids=["refuses", "gone", "hangs", "503"],
)
def test_the_other_region_serves_when_the_primary_is_in_trouble_and_the_primary_when_it_is_over(
    live: Delivery, kind: str, settings: dict[str, Any]
) -> None:
    live.cloud.add_origin_fault(kind, region=REGIONS["primary"], **settings)
    answer = live.get(live.new(), BERLIN)
    assert (answer.status, answer.origin) == (200, "secondary")
    live.cloud.clear_origin_faults()
    assert live.get(live.new(), BERLIN).origin == "primary"


@pytest.mark.parametrize("kind", ["refuse", "unreachable"])
def test_a_viewer_of_the_secondary_is_served_by_the_primary_when_its_region_is_gone(live: Delivery, kind: str) -> None:
    live.cloud.add_origin_fault(kind, region=REGIONS["secondary"])
    assert live.get(live.new(), OHIO).origin == "primary"


def test_a_segment_that_one_region_does_not_have_comes_from_the_other(live: Delivery) -> None:
    assert live.get(live.new("secondary"), BERLIN).origin == "secondary"
    assert live.get(live.new("primary"), OHIO).origin == "primary"


def test_an_error_is_forgotten_at_once(live: Delivery) -> None:
    assert live.get("/live/late.m3u8").status == 404
    live.put("live/late.m3u8")
    assert live.get("/live/late.m3u8").status == 200


def test_nobody_is_served_without_tls(live: Delivery) -> None:
    assert live.get(live.new(), secure=False).status == 403


def test_no_bucket_serves_anybody_but_the_edge(live: Delivery) -> None:
    path = live.new()
    live.get(path, BERLIN)
    live.get(live.new(), OHIO)
    known = live.cloud.origins()
    trust = ssl.create_default_context(cafile=known["ca_file"])
    gates = {gate["host"]: gate["port"] for gate in known["gates"] if "live-delivery" in gate["host"]}
    assert len(gates) == 2
    for host, port in gates.items():
        for scheme in ("https", "http"):
            connection: http.client.HTTPConnection
            if scheme == "https":
                connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE, context=_named(trust))
            else:
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            connection.request("GET", path, headers={"Host": host})
            assert connection.getresponse().status == 403
            connection.close()


def _named(trust: ssl.SSLContext) -> ssl.SSLContext:
    """The gate's certificate is for the origin's name, and the test asks it by its address."""
    trust.check_hostname = False
    return trust


def test_the_player_s_page_may_read_and_others_may_not(live: Delivery) -> None:
    answer = live.get(live.new(), Origin=PLAYER)
    assert answer.headers["access-control-allow-origin"] == PLAYER
    assert "Date" in answer.headers["access-control-expose-headers"]
    preflight = live.get("/live/index.m3u8", method="OPTIONS", Origin=PLAYER, Access_Control_Request_Method="GET")
    assert preflight.status == 200, "a browser takes nothing else for a yes"
    assert "GET" in preflight.headers["access-control-allow-methods"]
    assert "access-control-allow-origin" not in live.get(live.new(), Origin="https://other.example.com").headers


def test_a_change_is_made_in_place(live: Delivery) -> None:
    before = live.outputs
    live.apply(cors_origins=["*"])
    assert live.outputs == before
    assert live.get(live.new(), Origin="https://other.example.com").headers["access-control-allow-origin"] == "*"
    live.apply()
