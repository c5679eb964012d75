"""An environment's config.yaml: what is accepted, and what a person is told about the rest."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from headend.config import MAX_FLOWS, Config, check, media_connect_regions
from headend.config_errors import ConfigError
from headend.errors import UsageError
from headend.schema import check_schema, schema_text, write_schema
from headend.strict_yaml import parse

REPOSITORY = Path(__file__).parents[2]
FILE = Path("envs/dev/config.yaml")
TEXT = """\
name: live-dev
region: eu-central-1
account_id: "123456789012"
tags: {Environment: dev}
log_retention_days: 30
monitor: {window_seconds: 300, resolution_seconds: 60, datapoint_grace_seconds: 180}
flows:
  studio-a:
    start: true
    nominal_bit_rate: 20000000
    source: {protocol: rtp, ingest_port: 5000, whitelist_cidr: 203.0.113.0/24}
    outputs:
      primary: {protocol: rtp, destination: 198.51.100.10, port: 5001}
    alarms: {packet_loss: {threshold_percent: 0.1, period_seconds: 300}}
subscriptions:
  noc: {protocol: email, endpoint: noc@example.com, severities: [HIGH, MEDIUM]}
guardrails: {budget: {monthly_usd: 400, emails: [noc@example.com]}, audit_trail: true}
"""


def read(text: str, *, local: bool = False) -> Config:
    return check(parse(text, FILE), local=local)


def refusal(text: str) -> str:
    with pytest.raises(UsageError) as caught:
        read(text)
    assert caught.value.exit_code == 2
    return str(caught.value)


def changed(change: Callable[[dict[str, Any]], None]) -> str:
    data = yaml.safe_load(TEXT)
    change(data)
    return yaml.safe_dump(data, sort_keys=False)


def test_the_example_is_accepted() -> None:
    config = read(TEXT)
    assert config.flow_name("studio-a") == "live-dev-studio-a"
    assert config.flows["studio-a"].source is not None


@pytest.mark.parametrize("path", sorted(REPOSITORY.glob("envs/*/config.yaml")), ids=lambda path: path.parent.name)
def test_every_environment_of_the_repository_is_accepted(path: Path) -> None:
    from headend.config import load_config

    assert load_config(path, local=path.parent.name == "local").flows


BAD = {
    "misspelt key at the top": ("tags:", "tagz:", 4, "tagz: unknown key; did you mean 'tags'?"),
    "misspelt key of a source": ("ingest_port", "ingest_prot", 11, "did you mean 'ingest_port'?"),
    "misspelt key of an alarm": ("threshold_percent", "treshold_percent", 14, "did you mean 'threshold_percent'?"),
    "wrong type": ("ingest_port: 5000", 'ingest_port: "5000"', 11, "ingest_port: must be a whole number, not a string"),
    "a list where a mapping belongs": ("tags: {Environment: dev}", "tags: [dev]", 4, "tags: must be a mapping"),
    "unquoted id": ('"123456789012"', "123456789012", 3, 'write it in quotes: "123456789012"'),
    "unquoted id with a leading zero": ('"123456789012"', "012345678901", 3, "account_id: 012345678901 is ambiguous"),
    "half an account id": ('"123456789012"', '"12345"', 3, "account_id: '12345' is not an account id: 12 digits"),
    "whole internet": ("203.0.113.0/24", "0.0.0.0/0", 11, "whitelist_cidr: 0.0.0.0/0 admits everybody"),
    "a network that is none": ("203.0.113.0/24", "203.0.113.0/33", 11, "is not a CIDR block"),
    "host bits set": ("203.0.113.0/24", "203.0.113.7/24", 11, "is not a CIDR block"),
    "unknown protocol": ("{protocol: rtp, ingest", "{protocol: rttp, ingest", 11, "did you mean 'rtp'?"),
    "Region without MediaConnect": ("eu-central-1", "eu-south-2", 2, "MediaConnect is not offered in this Region"),
    "port too high": ("5000", "70000", 11, "ingest_port: 70000 must be at most 65535"),
    "port too low": ("port: 5001", "port: 80", 13, "port: 80 must be at least 1024"),
    "bad mail address": ("endpoint: noc@example.com", "endpoint: noc", 16, "write a mail address such as"),
    "bad mail address of the budget": ("emails: [noc@example.com]", "emails: [noc]", 17, "is not a mail address"),
    "bad severity": ("[HIGH, MEDIUM]", "[HIGH, MEDIOM]", 16, "did you mean 'MEDIUM'?"),
    "empty filter": ("[HIGH, MEDIUM]", "[]", 16, "severities: must hold at least 1"),
    "a severity twice": ("[HIGH, MEDIUM]", "[HIGH, HIGH]", 16, "severities: names one twice"),
    "negative threshold": ("threshold_percent: 0.1", "threshold_percent: -0.1", 14, "-0.1 must be at least 0"),
    "a period that CloudWatch has not": ("period_seconds: 300", "period_seconds: 45", 14, "10, 30 or a multiple of 60"),
    "two flows of one name": (
        "  studio-a:\n",
        "  studio-a: {}\n  studio-a:\n",
        9,
        "already on line 8; rename or delete",
    ),
    "deployment name too long": ("live-dev", "live-" + "x" * 40, 1, "is not a deployment name: 2 to 32"),
    "flow name too long": ("studio-a:", "studio-with-a-very-long-name:", 8, "is not a key: 1 to 24"),
    "retention that Logs has not": ("log_retention_days: 30", "log_retention_days: 31", 5, "choose one of 1, 3, 5"),
    "budget of nothing": ("monthly_usd: 400", "monthly_usd: 0", 17, "monthly_usd: 0 must be more than 0"),
    "no flow": (TEXT[TEXT.index("flows:") : TEXT.index("subscriptions:")], "", 1, "flows: missing; add it"),
    "word for a switch": ("start: true", "start: yes", 9, "start: yes is ambiguous: write true or false"),
}


@pytest.mark.parametrize(("old", "new", "line", "words"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_line_with_file_line_field_and_remedy(old: str, new: str, line: int, words: str) -> None:
    assert old in TEXT
    message = refusal(TEXT.replace(old, new, 1))
    assert message.startswith(f"{FILE}:{line}: ")
    assert words in message
    assert len(message.splitlines()) == 1


def test_the_twenty_first_flow_is_refused() -> None:
    def many(data: dict[str, Any]) -> None:
        data["flows"] = {f"flow-{n}": copy.deepcopy(data["flows"]["studio-a"]) for n in range(MAX_FLOWS + 1)}

    assert "flows: has 21 flows; MediaConnect allows 20 in a Region" in refusal(changed(many))


def test_twenty_flows_are_accepted() -> None:
    def many(data: dict[str, Any]) -> None:
        data["flows"] = {f"flow-{n}": copy.deepcopy(data["flows"]["studio-a"]) for n in range(MAX_FLOWS)}

    assert len(read(changed(many)).flows) == MAX_FLOWS


def test_an_existing_flow_that_is_named_twice_is_refused() -> None:
    def twice(data: dict[str, Any]) -> None:
        arn = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-abc:live-dev-studio-a"
        data["flows"]["other"] = {"arn": arn}

    assert "flows.other: is the flow 'live-dev-studio-a', as flows.studio-a is" in refusal(changed(twice))


@pytest.mark.parametrize(
    "flow", [{}, {"arn": "arn:aws:mediaconnect:r:123456789012:flow:1:x", "source": {"protocol": "rtp"}}]
)
def test_a_flow_is_made_here_or_exists_already(flow: dict[str, Any]) -> None:
    def wrong(data: dict[str, Any]) -> None:
        data["flows"]["studio-a"] = flow

    assert "flows.studio-a: write either source (a new flow) or arn (an existing flow)" in refusal(changed(wrong))


EVERYTHING = """\
name: live-dev
region: eu-central-1
flows:
  studio-a:
    source: {protocol: rist, ingest_port: 5000, max_latency: 800, whitelist_cidr: 203.0.113.0/24}
    backup_source: {protocol: rist, ingest_port: 5010, max_latency: 400, vpc_interface: inside}
    failover: {mode: MERGE, recovery_window: 500}
    entitlements: {partner: {subscribers: ["012345678901"], subscriber_fee_percent: 50}}
    maintenance: {day: Tuesday, start_hour: 3}
    source_monitoring: {thumbnail: true, content_quality: {black_frames_seconds: 10, silent_audio_seconds: 0}}
    vpc_interfaces: {inside: {subnet_id: subnet-0123, security_group_ids: [sg-0123]}}
    flow_size: LARGE
    ndi: {discovery_servers: [{address: 10.0.0.1, port: 5959, vpc_interface: inside}]}
    outputs:
      inside: {protocol: ndi-speed-hq, ndi: {program_name: Main, audio_reference_level: -20}}
      router: {protocol: router, router: {}}
    tags: {Feed: main}
    catalogue:
      preset: full
      signals: {jitter: {threshold: 80, anomaly: {band_width: 3}}, round-trip: {enabled: false}}
      sources: {primary: {severity: MEDIUM}, backup: {signals: [disconnected, jitter]}}
      outputs: {inside: {arn: "arn:aws:mediaconnect:eu-central-1:123456789012:output:1-In:inside"}}
      summaries: {early-warning: {enabled: false}}
      notify: summaries
      mute: {windows: {matchday: {day: Saturday, start_hour: 14, hours: 4}}}
  studio-b:
    source: {protocol: cdi, ingest_port: 5000, vpc_interface: fast, media_streams: {picture: {}}}
    media_streams: {picture: {id: 0, type: video, video_format: "1080p", format: {exact_framerate: "25/1"}}}
    vpc_interfaces: {fast: {subnet_id: subnet-0123, security_group_ids: [sg-0123], type: efa}}
dashboards: {detail: full, per_flow: true}
response:
  recheck_seconds: 20
  restart: false
  rules:
    - {name: silent, selected: [dead], other: [healthy], bad_seconds: 30, action: switch}
    - {name: all-dead, every: [dead], action: restart}
schedules:
  kick-off: {flow: studio-a, action: start, schedule_expression: "cron(30 17 ? * SAT *)", timezone: Europe/Berlin}
"""


def test_a_flow_takes_all_that_the_flow_module_takes() -> None:
    config = read(EVERYTHING)
    assert config.flows["studio-a"].backup_source is not None
    assert config.response is not None
    assert config.schedules["kick-off"].timezone == "Europe/Berlin"


BAD_FLOWS = {
    "a misspelt failover": ("recovery_window", "recovery_windou", "did you mean 'recovery_window'?"),
    "a misspelt key of a list's entry": ("port: 5959", "prot: 5959", "did you mean 'port'?"),
    "a misspelt summary": ("early-warning", "early-waring", "did you mean 'early-warning'?"),
    "a window without merge": ("mode: MERGE", "mode: FAILOVER", "recovery_window: belongs to mode MERGE"),
    "quality that is watched too often": (
        "black_frames_seconds: 10",
        "black_frames_seconds: 5",
        "from 10 to 60 seconds",
    ),
    "a schedule of an unknown flow": ("flow: studio-a", "flow: studio-z", "there is no flow 'studio-z'"),
    "a schedule that is none": ("cron(30 17 ? * SAT *)", "30 17 * * 6", "is no schedule; write one such as cron("),
    "a rate of nothing": ("cron(30 17 ? * SAT *)", "rate(0 days)", "is no schedule; write one such as cron("),
    "a moment that is none": ("cron(30 17 ? * SAT *)", "at(tomorrow)", "is no schedule; write one such as cron("),
    "an unknown time zone": ("Europe/Berlin", "Berlin", "is no time zone; write one such as Europe/Berlin"),
    "a flow looked at too often": ("recheck_seconds: 20", "recheck_seconds: 1", "1 must be at least 10"),
    "a rule about an unknown state": ("selected: [dead]", "selected: [ill]", "response.rules.0.selected"),
    "a restart with a live source": ("every: [dead]", "every: [dead, healthy]", "action: restart needs every: [dead]"),
    "two rules of one name": ("name: all-dead", "name: silent", "two rules have the same name"),
    "a dashboard of unknown detail": ("detail: full", "detail: fully", "dashboards.detail"),
    "an output by a flow's ARN": ("output:1-In", "flow:1-In", "flows.studio-a.catalogue.outputs.inside.arn"),
    "a second source that none can be": (
        "backup_source: {protocol: rist",
        "backup_source: {protocol: cdi",
        "'cdi' is not known",
    ),
}


@pytest.mark.parametrize(("old", "new", "words"), BAD_FLOWS.values(), ids=BAD_FLOWS.keys())
def test_what_no_flow_can_have_is_refused_in_one_line(old: str, new: str, words: str) -> None:
    assert old in EVERYTHING
    message = refusal(EVERYTHING.replace(old, new, 1))
    assert words in message
    assert len(message.splitlines()) == 1


def test_a_second_source_may_not_admit_everybody_either() -> None:
    def open_backup(data: dict[str, Any]) -> None:
        source = {"protocol": "rtp", "ingest_port": 5010, "whitelist_cidr": "0.0.0.0/0"}
        data["flows"]["studio-a"]["backup_source"] = source

    assert "backup_source.whitelist_cidr: 0.0.0.0/0 admits everybody" in refusal(changed(open_backup))


def test_a_response_needs_functions() -> None:
    text = TEXT.replace("monitor: {", "response: {}\nmonitor: {variant: direct, ")
    assert "response: needs monitor.variant functions" in refusal(text)


def test_an_existing_flow_is_only_watched() -> None:
    def watched(data: dict[str, Any]) -> None:
        flow = data["flows"]["studio-a"]
        flow["arn"] = "arn:aws:mediaconnect:eu-central-1:123456789012:flow:1-abc:other"
        del flow["source"]

    assert "an existing flow (arn) is only watched; delete outputs, start" in refusal(changed(watched))


def test_an_encrypted_source_without_its_secret_is_refused() -> None:
    def without_secret(data: dict[str, Any]) -> None:
        data["flows"]["studio-a"]["source"]["decryption"] = {"key_type": "static-key", "algorithm": "aes256"}

    assert "source.decryption: secret_arn: missing; add it" in refusal(changed(without_secret))


def test_media_connect_takes_no_algorithm_with_an_srt_password() -> None:
    def with_algorithm(data: dict[str, Any]) -> None:
        data["flows"]["studio-a"]["source"]["decryption"] = {
            "key_type": "srt-password",
            "algorithm": "aes256",
            "secret_arn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:srt-AbCdEf",
        }

    assert "algorithm: MediaConnect takes none with key_type srt-password" in refusal(changed(with_algorithm))


def test_the_local_environment_may_admit_everybody() -> None:
    text = TEXT.replace("203.0.113.0/24", "0.0.0.0/0")
    assert read(text, local=True).flows


def test_every_fault_is_told_in_the_order_of_the_file() -> None:
    text = TEXT.replace("noc@example.com, sev", "noc, sev").replace("tags:", "tagz:").replace("5000", "99999")
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert [line.split(": ")[0] for line in caught.value.lines] == [f"{FILE}:4", f"{FILE}:11", f"{FILE}:16"]


def test_regions_come_from_the_service_model() -> None:
    assert {"eu-central-1", "us-east-1"} <= set(media_connect_regions())
    assert "eu-south-2" not in media_connect_regions()


@given(st.integers(min_value=-(10**9), max_value=10**9))
def test_a_port_is_accepted_exactly_in_its_range(port: int) -> None:
    text = TEXT.replace("ingest_port: 5000", f"ingest_port: {port}")
    if 1024 <= port <= 65535:
        assert read(text)
    else:
        assert f"{FILE}:11: flows.studio-a.source.ingest_port: " in refusal(text)


_scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_anything = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
_places = st.sampled_from(
    [
        ("name",),
        ("region",),
        ("tags",),
        ("monitor",),
        ("flows",),
        ("flows", "studio-a"),
        ("flows", "studio-a", "source"),
        ("flows", "studio-a", "alarms", "packet_loss"),
        ("subscriptions", "noc", "severities"),
        ("guardrails", "budget", "emails"),
    ]
)


@given(_places, _anything)
def test_any_value_anywhere_is_accepted_or_refused_in_single_lines(place: tuple[str, ...], value: object) -> None:
    data = yaml.safe_load(TEXT)
    inner = data
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = value
    try:
        read(json.dumps(data))
    except UsageError as error:
        assert all(line.startswith(f"{FILE}:") for line in str(error).split("\n"))


@given(st.text(min_size=1, max_size=40))
def test_a_deployment_name_fits_every_limit_of_aws(name: str) -> None:
    text = json.dumps({**yaml.safe_load(TEXT), "name": name})
    try:
        config = read(text)
    except UsageError:
        return
    assert name.isascii()
    assert len(f"{config.name}-stream-monitor-dead-letters") <= 64
    assert len(config.flow_name("studio-a")) <= 59


def test_the_schema_says_what_the_model_says() -> None:
    schema = json.loads(schema_text())
    jsonschema.validate(yaml.safe_load(TEXT), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**yaml.safe_load(TEXT), "tagz": {}}, schema)


def test_the_committed_schema_is_fresh() -> None:
    check_schema(REPOSITORY)


def test_a_stale_schema_is_noticed_and_written_once(tmp_path: Path) -> None:
    (tmp_path / "envs").mkdir()
    (tmp_path / "envs" / "config.schema.json").write_text("{}")
    with pytest.raises(Exception, match="is stale: run `headend schema`"):
        check_schema(tmp_path)
    assert write_schema(tmp_path)
    assert not write_schema(tmp_path)
    check_schema(tmp_path)
