"""The whole local cloud on one clock: the process, the services and the functions."""

from __future__ import annotations

import datetime
import threading
import time

import pytest

from running_cloud import RunningCloud

TELLING = """
import datetime, os, time
LOADED = time.time()
def handler(event, context):
    return {
        "loaded": LOADED,
        "time": time.time(),
        "now": datetime.datetime.now(datetime.timezone.utc).timestamp(),
        "remaining": context.get_remaining_time_in_millis(),
        "importable": __import__("importlib.util").util.find_spec("pytest") is not None,
    }
"""


@pytest.fixture
def paused(cloud: RunningCloud) -> RunningCloud:
    """The cloud with a clock that stands still."""
    cloud.server.clock.pause()
    return cloud


def test_the_process_has_the_time_of_the_clock_in_every_thread(paused: RunningCloud) -> None:
    shown = paused.server.clock.time()
    seen: list[float] = []
    thread = threading.Thread(target=lambda: seen.append(time.time()))
    thread.start()
    thread.join()
    assert seen == [shown]
    assert datetime.datetime.now(datetime.UTC).timestamp() == shown
    paused.step(3 * 3600)
    assert time.time() == pytest.approx(shown + 3 * 3600, abs=1e-6)


def test_a_function_sees_the_time_of_the_clock_while_it_stands_still(paused: RunningCloud) -> None:
    name = paused.function(TELLING)
    for _ in range(2):
        shown = paused.server.clock.time()
        told, _ = paused.invoke(name)
        assert told["time"] == told["now"] == shown
        assert 0 < told["remaining"] <= 10_000, "time-outs of functions are real"
        assert not told["importable"], "the function sees no more than before"
        paused.step(86_400)


def test_a_warm_function_follows_when_the_clock_is_sped_up(cloud: RunningCloud) -> None:
    clock = cloud.server.clock
    name = cloud.function(TELLING)
    cloud.invoke(name)
    clock.set_speed(1000)
    clock.resume()
    before = clock.time()
    told, _ = cloud.invoke(name)
    assert before <= told["time"] <= clock.time()
    clock.set_speed(1)
