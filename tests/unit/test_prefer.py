"""An operator's word on the Region that viewers are served from: said, asked for, taken back."""

from __future__ import annotations

import re
from importlib.metadata import requires
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from headend import cli, prefer
from headend.aws import Aws
from headend.errors import HeadendError, UsageError
from headend.localcloud.cloudfront.key_value_stores import PROVISIONING_SECONDS
from headend.prefer import AUTO, KEY, Delivery, Preference, delivery, store_client
from running_cloud import REGION, RunningCloud, cloud

__all__ = ["cloud"]

FRANKFURT, IRELAND = "eu-central-1", "eu-west-1"


@pytest.fixture
def aws(cloud: RunningCloud) -> Aws:
    access = {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_ENDPOINT_URL": cloud.server.endpoint,
    }
    return Aws(REGION, access)


@pytest.fixture
def place(cloud: RunningCloud, request: pytest.FixtureRequest) -> Delivery:
    """A delivery whose key-value store is empty."""
    client, name = cloud.client("cloudfront"), re.sub(r"\W", "-", request.node.name)[-60:]
    arn = client.create_key_value_store(Name=name)["KeyValueStore"]["ARN"]
    cloud.step(PROVISIONING_SECONDS)
    return Delivery(arn, (FRANKFURT, IRELAND))


@pytest.fixture
def preference(aws: Aws, place: Delivery) -> Preference:
    return Preference(store_client(aws), place)


class Interrupted:
    """A client of the store before whose write somebody else writes, a number of times."""

    def __init__(self, client: Any, times: int) -> None:
        self._client = client
        self._times = times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_key(self, **given: Any) -> Any:
        if self._times:
            self._times -= 1
            other = {**given, "Key": "other", "Value": str(self._times)}
            self._client.put_key(**other)
        return self._client.put_key(**given)


def test_as_long_as_nobody_has_said_anything_nothing_is_preferred(preference: Preference) -> None:
    assert preference.read() is None


def test_a_region_is_preferred_until_something_else_is_said(preference: Preference) -> None:
    assert preference.write(IRELAND) is None
    assert preference.read() == IRELAND
    assert preference.write(FRANKFURT) == IRELAND
    assert preference.write(AUTO) == FRANKFURT
    assert preference.read() == AUTO


def test_what_is_preferred_already_is_not_written_again(aws: Aws, place: Delivery, preference: Preference) -> None:
    preference.write(IRELAND)
    client = store_client(aws)
    version = client.describe_key_value_store(KvsARN=place.key_value_store_arn)["ETag"]
    assert preference.write(IRELAND) == IRELAND
    assert client.describe_key_value_store(KvsARN=place.key_value_store_arn)["ETag"] == version


def test_a_region_that_serves_nobody_is_refused_with_those_that_do(preference: Preference) -> None:
    with pytest.raises(UsageError, match=r"--region us-east-1: .* eu-central-1, eu-west-1; name one of them, or auto"):
        preference.write("us-east-1")
    assert preference.read() is None


def test_a_write_that_somebody_else_comes_before_is_tried_again(aws: Aws, place: Delivery) -> None:
    client = Interrupted(store_client(aws), times=2)
    assert Preference(client, place).write(IRELAND) is None
    assert client.get_key(KvsARN=place.key_value_store_arn, Key=KEY)["Value"] == IRELAND
    assert client.get_key(KvsARN=place.key_value_store_arn, Key="other")["Value"] == "0", "nothing of theirs is lost"


def test_a_store_that_changes_all_the_time_is_told(aws: Aws, place: Delivery) -> None:
    with pytest.raises(HeadendError, match="changes all the time"):
        Preference(Interrupted(store_client(aws), times=prefer.ATTEMPTS), place).write(IRELAND)


@pytest.mark.parametrize("region", [None, IRELAND])
def test_a_store_that_is_gone_is_told_in_one_line(aws: Aws, place: Delivery, region: str | None) -> None:
    gone = Delivery(f"{place.key_value_store_arn[:-4]}0000", place.regions)
    with pytest.raises(HeadendError, match="does not exist") as told:
        preference = Preference(store_client(aws), gone)
        preference.write(region) if region else preference.read()
    assert "\n" not in str(told.value)


def live(arn: str) -> dict[str, Any]:
    """An environment's outputs."""
    regions = {"primary": FRANKFURT, "secondary": IRELAND}
    return {"live_delivery": {"key_value_store_arn": arn, "origin_regions": regions}}


def test_the_delivery_is_found_among_the_environment_s_outputs() -> None:
    assert delivery(live("arn:store"), "dev") == Delivery("arn:store", (FRANKFURT, IRELAND))


@pytest.mark.parametrize("outputs", [{}, {"live_delivery": None}])
def test_an_environment_without_live_delivery_is_told_what_to_configure(outputs: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r"--env dev: nothing live is delivered; set `live` in config.yaml"):
        delivery(outputs, "dev")


def test_outputs_of_other_modules_are_told() -> None:
    with pytest.raises(UsageError, match="outputs: live_delivery: no 'key_value_store_arn'; apply with this version"):
        delivery({"live_delivery": {"origin_regions": {"primary": FRANKFURT, "secondary": IRELAND}}}, "dev")


def test_on_aws_the_package_that_signs_is_asked_for_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prefer, "HAS_CRT", False)
    with pytest.raises(UsageError, match=r"SigV4A only, .*pip install .* requirements/sigv4a.txt"):
        store_client(Aws(REGION, {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}))


def test_the_package_that_signs_is_the_one_that_botocore_asks_for() -> None:
    [wanted] = [line for line in requires("botocore") or [] if line.startswith("awscrt")]
    locked = (Path(__file__).parents[2] / "requirements" / "sigv4a.txt").read_text(encoding="utf-8")
    assert re.sub(r"[\s()]", "", wanted.partition(";")[0]) == locked.split()[0]


def test_the_command_says_what_is_preferred_and_what_was(
    aws: Aws, place: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    terraform = SimpleNamespace(output=lambda: live(place.key_value_store_arn))
    monkeypatch.setattr(cli, "_open", lambda _: SimpleNamespace(aws=aws, init=lambda: None, terraform=terraform))

    def said(*arguments: str) -> str:
        done = CliRunner().invoke(cli.app, ["prefer", "--env", "dev", *arguments])
        assert done.exit_code == 0, done.output
        return done.output.strip()

    assert said() == "auto (nobody has said anything)"
    assert said("--region", IRELAND) == "preferred: eu-west-1, until now auto; edges follow within seconds"
    assert said("--region", IRELAND) == "eu-west-1 is preferred already"
    assert said() == "eu-west-1"
    assert said("--region", "auto") == "preferred: auto, until now eu-west-1; edges follow within seconds"
