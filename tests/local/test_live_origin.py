"""Both kinds of live origin, applied: an encoder's role writes, viewers read through a distribution, manifests expire.

Seconds are those of the local cloud's clock, which is stepped: when a step returns, all that is due has happened.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from headend import package
from headend.localcloud.launcher import LocalCloud
from headend.terraform import Terraform
from local.workspace import REPOSITORY

pytestmark = [pytest.mark.local, pytest.mark.terraform]

REGION = "eu-central-1"
ROOT = REPOSITORY / "tests" / "local" / "roots" / "live_origin"
KEY = "live/primary_p720.m3u8"
STATIC = "live/index.m3u8"


class Deployed:
    """The root, applied, with or without protections."""

    def __init__(self, cloud: LocalCloud, folder: Path) -> None:
        self.cloud, self.folder = cloud, folder
        for linked in ("build", "modules"):
            (folder / linked).symlink_to(REPOSITORY / linked)
        (folder / "root").mkdir()
        (folder / "root" / "main.tf").write_text((ROOT / "main.tf").read_text(encoding="utf-8"), encoding="utf-8")
        self.terraform().init()
        self.apply()

    def terraform(self, **weakened: Any) -> Terraform:
        environment = self.cloud.environment(REGION)
        if weakened:
            confirmed = {"confirm": "viewers of show will be cut off", **weakened}
            environment["TF_VAR_weakened_for_drill"] = json.dumps(confirmed)
        return Terraform(self.folder / "root", self.folder / "work", environment, name="live_origin")

    def apply(self, **weakened: Any) -> None:
        terraform, plan = self.terraform(**weakened), self.folder / "plan"
        terraform.plan(plan)
        terraform.apply(plan)
        self.outputs = terraform.output()

    def encoder(self) -> Any:
        """S3 as the encoder's role may use it."""
        sts = self.cloud.client("sts")
        got = sts.assume_role(RoleArn=self.outputs["role_arn"], RoleSessionName="encoder")["Credentials"]
        return boto3.client(
            "s3",
            region_name=REGION,
            endpoint_url=self.cloud.endpoint,
            aws_access_key_id=got["AccessKeyId"],
            aws_secret_access_key=got["SecretAccessKey"],
            aws_session_token=got["SessionToken"],
            config=Config(retries={"total_max_attempts": 1}),
        )

    def write(self, text: str, key: str = KEY) -> None:
        """Put an object as the encoder does."""
        self.encoder().put_object(Bucket=self.outputs["bucket_name"], Key=key, Body=text.encode())

    def step(self, seconds: float) -> None:
        self.cloud.step(seconds)

    def seen(self, path: str, method: str = "GET") -> int:
        """The status that a viewer gets."""
        domain = self.outputs["domain_name"]
        (place,) = [one for one in self.cloud.edges() if one["domain"] == domain]
        trust = ssl.create_default_context(cafile=place["ca_file"])
        connection = http.client.HTTPSConnection("127.0.0.1", place["port"], timeout=60, context=trust)
        try:
            connection.request(method, path, headers={"Host": domain})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def asked(
        self, host: str, path: str, *, secure: bool = True, method: str = "GET", headers: dict[str, str] | None = None
    ) -> http.client.HTTPResponse:
        """What an origin answers to a request that does not come from the distribution."""
        address, port = self.cloud.origin_address(host)
        with socket.create_connection((address, port), timeout=60) as plain, ExitStack() as ends:
            spoken: socket.socket = plain
            if secure:
                trust = ssl.create_default_context(cafile=self.cloud.origins()["ca_file"])
                spoken = ends.enter_context(trust.wrap_socket(plain, server_hostname=host))
            lines = [f"{name}: {value}" for name, value in {"Host": host, **(headers or {})}.items()]
            spoken.sendall("\r\n".join([f"{method} {path} HTTP/1.1", *lines, "Connection: close", "", ""]).encode())
            answer = http.client.HTTPResponse(spoken, method=method)
            answer.begin()
            answer.read()
            return answer


@pytest.fixture(scope="module")
def deployed(cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    package.build(REPOSITORY)
    made = Deployed(cloud, tmp_path_factory.mktemp("live-origin"))
    yield made
    made.terraform().destroy()
    assert cloud.inventory() == []


@pytest.fixture
def stepped(deployed: Deployed) -> Iterator[Deployed]:
    """The deployment, with a clock that stands still between steps and no manifest from before."""
    deployed.cloud.pause()
    deployed.step(60)
    yield deployed
    deployed.cloud.resume()


def test_the_second_plan_is_empty(deployed: Deployed, tmp_path: Path) -> None:
    assert not deployed.terraform().plan(tmp_path / "plan")


def test_a_manifest_stays_while_it_is_written_and_goes_when_it_is_not(stepped: Deployed) -> None:
    stepped.write("1")
    stepped.step(3)
    stepped.write("2")
    stepped.step(2)
    assert stepped.seen(f"/{KEY}") == 200, "the first write's message deleted the second"
    stepped.step(3)
    assert stepped.seen(f"/{KEY}") == 404
    assert stepped.seen(f"/{STATIC}") == 200, "what players open never expires"


def test_a_manifest_that_comes_back_is_there(stepped: Deployed) -> None:
    stepped.write("1")
    stepped.step(5)
    stepped.write("2")
    assert stepped.seen(f"/{KEY}") == 200
    stepped.step(5)
    assert stepped.seen(f"/{KEY}") == 404


def test_missing_is_told_from_forbidden(deployed: Deployed) -> None:
    deployed.cloud.client("s3").put_object(
        Bucket=deployed.outputs["bucket_name"], Key="notes.txt", Body=b"not for viewers"
    )
    assert deployed.seen("/live/primary_p720_00001.ts") == 404
    assert deployed.seen("/notes.txt") == 403


@pytest.mark.parametrize("secure", [True, False], ids=["tls", "plain"])
@pytest.mark.parametrize("kind", ["mediapackage", "s3"])
def test_nobody_reads_past_the_distribution(deployed: Deployed, kind: str, secure: bool) -> None:
    host, path = deployed.outputs["hosts"][kind], deployed.outputs["manifest_paths"][kind]
    assert deployed.asked(host, path, secure=secure).status == 403


@pytest.mark.parametrize(
    ("page", "status"),
    [("https://www.example.com", 200), ("https://elsewhere.example.com", 403)],
    ids=["ours", "others"],
)
def test_pages_of_the_web_origins_may_ask_the_bucket(deployed: Deployed, page: str, status: int) -> None:
    asks = {"Origin": page, "Access-Control-Request-Method": "GET"}
    answer = deployed.asked(deployed.outputs["hosts"]["s3"], f"/{STATIC}", method="OPTIONS", headers=asks)
    assert answer.status == status
    assert answer.headers.get("Access-Control-Allow-Origin") == (page if status == 200 else None)


def test_mediapackage_answers_the_distribution_too(deployed: Deployed) -> None:
    """There is no content: that is another error than a refusal."""
    assert deployed.seen(deployed.outputs["manifest_paths"]["mediapackage"]) == 404


def test_the_encoder_may_not_touch_what_players_open(deployed: Deployed) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        deployed.write("#EXTM3U\n", STATIC)
    with pytest.raises(ClientError, match="AccessDenied"):
        deployed.encoder().delete_object(Bucket=deployed.outputs["bucket_name"], Key=STATIC)


def test_each_protection_of_manifests_is_needed(stepped: Deployed) -> None:
    """Taken away one after the other; then all of them are back."""
    stepped.cloud.resume()
    stepped.apply(if_match=False)
    stepped.cloud.pause()
    assert stepped.outputs["weakened_for_drill"] == ["if_match"]
    stepped.write("1")
    stepped.step(3)
    stepped.write("2")
    stepped.step(2)
    assert stepped.seen(f"/{KEY}") == 404, "a manifest that had just been written"

    stepped.step(30)
    stepped.cloud.resume()
    stepped.apply(expiry_segments=4)
    stepped.cloud.pause()
    stepped.write("3")
    stepped.step(7)
    assert stepped.seen(f"/{KEY}") == 200, "more than three segments old"
    stepped.step(2)
    assert stepped.seen(f"/{KEY}") == 404

    stepped.cloud.resume()
    stepped.apply(dead_mans_switch=False)
    stepped.cloud.pause()
    stepped.write("4")
    stepped.step(600)
    assert stepped.seen(f"/{KEY}") == 200, "ten minutes old"

    stepped.cloud.resume()
    stepped.apply()
    stepped.cloud.pause()
    assert stepped.outputs["weakened_for_drill"] == []
    stepped.write("5")
    stepped.step(5)
    assert stepped.seen(f"/{KEY}") == 404
