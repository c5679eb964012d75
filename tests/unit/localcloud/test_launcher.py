"""The local cloud as a process: found by its state file, gone with the process that started it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from headend.errors import HeadendError
from headend.localcloud.__main__ import alive
from headend.localcloud.launcher import LocalCloud

from .conftest import until


def test_a_started_cloud_answers_is_found_by_others_and_leaves_no_process(tmp_path: Path) -> None:
    with LocalCloud(tmp_path) as cloud:
        assert cloud.client("sts").get_caller_identity()["Account"] == "123456789012"
        found = LocalCloud.attach(cloud.state_file)
        assert (found.endpoint, found.pid) == (cloud.endpoint, cloud.pid)
        assert found.inventory() == []
        assert "clean" in found.scenarios()["scenarios"]
        assert Path(cloud.state["timeline"]).is_file()
        with pytest.raises(HeadendError, match=r"already running.*headend local down"):
            LocalCloud(tmp_path).start()
        with pytest.raises(HeadendError, match=r"port \d+ on 127.0.0.1 is taken: choose another"):
            LocalCloud(tmp_path / "other", port=cloud.state["port"]).start()
        pid = cloud.pid
    assert not alive(pid)
    assert not cloud.state_file.exists()


def test_its_environment_holds_no_way_to_real_credentials(tmp_path: Path) -> None:
    cloud = LocalCloud(tmp_path)
    with pytest.raises(HeadendError, match="not running"):
        cloud.environment()
    with cloud:
        given = cloud.environment("eu-west-1")
    assert given["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert given["AWS_REGION"] == "eu-west-1"
    assert given["AWS_EC2_METADATA_DISABLED"] == "true"
    assert given["AWS_SHARED_CREDENTIALS_FILE"] == given["AWS_CONFIG_FILE"] == os.devnull
    assert "AWS_PROFILE" not in given


def test_a_port_that_something_else_has_is_one_line_with_the_remedy(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(HeadendError) as caught:
            LocalCloud(tmp_path, port=port).start()
    assert str(caught.value) == (f"port {port} on 127.0.0.1 is taken: choose another with --port, or 0 for a free one")


def test_no_state_file_means_no_cloud(tmp_path: Path) -> None:
    with pytest.raises(HeadendError, match=r"no local cloud is running.*headend local up"):
        LocalCloud.attach(tmp_path / "state.json")


def _ended_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_stale_state_file_is_named_and_the_next_start_replaces_it(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"pid": _ended_process(), "port": 1, "endpoint": "http://127.0.0.1:1"}))
    with pytest.raises(HeadendError, match=r"state.json is stale: process .*`headend local up`"):
        LocalCloud.attach(state)
    with LocalCloud(tmp_path) as cloud:
        assert LocalCloud.attach(state).pid == cloud.pid


@pytest.mark.parametrize("content", ["", "[]", '{"pid": "x", "endpoint": "y"}', '{"port": 1}'])
def test_a_damaged_state_file_is_named(tmp_path: Path, content: str) -> None:
    state = tmp_path / "state.json"
    state.write_text(content)
    with pytest.raises(HeadendError, match="not a local cloud's state file: delete it"):
        LocalCloud.attach(state)


def test_a_state_file_cannot_lead_anywhere_but_loopback(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"pid": os.getpid(), "endpoint": "http://192.0.2.1:80"}))
    with pytest.raises(HeadendError, match="stale"):
        LocalCloud.attach(state)


@pytest.mark.parametrize("then", ["", "cloud.set_speed(20.0); "], ids=["real time", "a clock that was changed"])
def test_the_cloud_ends_with_the_process_that_started_it(tmp_path: Path, then: str) -> None:
    script = (
        "import os, pathlib, sys; from headend.localcloud.launcher import LocalCloud; "
        f"cloud = LocalCloud(pathlib.Path(sys.argv[1])).start(); {then}"
        "print(cloud.pid, flush=True); os._exit(0)"
    )
    scripts = str(Path(__file__).parents[3] / "scripts")
    ended = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": scripts},
    )
    pid = int(ended.stdout)
    until(lambda: not alive(pid))
