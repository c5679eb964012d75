"""The real provider against the local cloud's CloudFront, and viewers of what it has made."""

from __future__ import annotations

import http.client
import shutil
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from headend.localcloud.launcher import LocalCloud
from headend.terraform import Terraform

ROOT = Path(__file__).parent / "roots" / "cloudfront"

pytestmark = [pytest.mark.local, pytest.mark.terraform]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    with LocalCloud(tmp_path_factory.mktemp("cloud")) as running:
        yield running


class Root:
    """A copy of the root module with its own state."""

    def __init__(self, cloud: LocalCloud, folder: Path) -> None:
        self.folder = folder / "root"
        self.cloud = cloud
        shutil.copytree(ROOT, self.folder)
        self.run().init()

    def run(self, **variables: str) -> Terraform:
        """The provider asks key-value stores at a host named by the account: HTTP_PROXY leads it here as well."""
        given = {f"TF_VAR_{name}": value for name, value in variables.items()}
        environment = {**self.cloud.environment(), "HTTP_PROXY": self.cloud.endpoint, **given}
        return Terraform(self.folder, self.folder.parent / "work", environment, name="cloudfront")

    def apply(self, **variables: str) -> dict[str, list[str]]:
        """Apply; the actions of the plan by address, without what stays as it is."""
        terraform, plan = self.run(**variables), self.folder.parent / "plan"
        terraform.plan(plan)
        changes = terraform.show_json(plan)["resource_changes"]
        terraform.apply(plan)
        found = {change["address"]: change["change"]["actions"] for change in changes}
        return {address: actions for address, actions in found.items() if actions not in (["no-op"], ["read"])}

    def has_changes(self, **variables: str) -> bool:
        return self.run(**variables).plan(self.folder.parent / "second")


@pytest.fixture
def root(cloud: LocalCloud, tmp_path: Path) -> Iterator[Root]:
    made = Root(cloud, tmp_path)
    yield made
    made.run().destroy()


def seen(cloud: LocalCloud, domain: str, path: str) -> tuple[int, str, str]:
    """(status, body, origin) that a viewer gets."""
    (place,) = [one for one in cloud.edges() if one["domain"] == domain]
    trust = ssl.create_default_context(cafile=place["ca_file"])
    connection = http.client.HTTPSConnection("127.0.0.1", place["port"], timeout=60, context=trust)
    try:
        connection.request("GET", path, headers={"Host": domain})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers.get("x-headend-origin", "")
    finally:
        connection.close()


def test_a_distribution_over_two_regions_is_applied_serves_is_changed_and_leaves_nothing(root: Root) -> None:
    cloud = root.cloud
    root.apply()
    assert not root.has_changes(), "the second plan is empty"
    made = root.run().output()["distribution"]
    places = {"first": "eu-central-1", "second": "eu-west-1"}
    for name, region in places.items():
        for key in ("a.m3u8", "a.ts"):
            cloud.client("s3", region).put_object(
                Bucket=f"edge-{name}-origin", Key=key, Body=f"{key} of {name}".encode()
            )
    assert seen(cloud, made["domain_name"], "/a.m3u8") == (200, "a.m3u8 of first", "first")
    cloud.add_origin_fault("unreachable", region="eu-central-1")
    assert seen(cloud, made["domain_name"], "/a.ts") == (200, "a.ts of second", "second")
    cloud.clear_origin_faults()

    actions = root.apply(comment="changed")
    assert actions["aws_cloudfront_distribution.this"] == ["update"]
    assert all(one == ["update"] for one in actions.values()), "its policies are computed anew, nothing is replaced"
    assert not root.has_changes(comment="changed")
    assert root.run().output()["distribution"] == made, "a change in place keeps id and domain"

    root.run(comment="changed").destroy()
    assert cloud.inventory() == []
    assert cloud.edges() == []
