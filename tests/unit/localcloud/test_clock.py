"""The clock by itself: what always holds, whatever waits."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headend.errors import HeadendError, UsageError
from headend.localcloud.clock import Clock
from headend.localcloud.clock_control import change, seconds_of, shown
from headend.localcloud.clock_work import WorkCount
from headend.localcloud.process_time import ProcessTime
from headend.localcloud.workers import Workers

MOMENTS = st.integers(1, 100_000).map(lambda milliseconds: milliseconds / 1000)


@pytest.fixture
def clock() -> Clock:
    made = Clock()
    made.pause()
    return made


def still() -> Clock:
    clock = Clock()
    clock.pause()
    return clock


class Cast:
    """Threads that wait on a clock, and what they note when they wake: (name, seconds since the beginning)."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.began = clock.time()
        self.woke: list[tuple[str, float]] = []
        self.threads: list[threading.Thread] = []

    def enter(self, name: str, act: Callable[[], object]) -> None:
        work = self.clock.begin(name)

        def run() -> None:
            with self.clock.doing(work):
                act()

        self.threads.append(threading.Thread(target=run, daemon=True))
        self.threads[-1].start()

    def note(self, name: str) -> None:
        self.woke.append((name, round(self.clock.time() - self.began, 3)))

    def sleeper(self, name: str, *naps: float) -> None:
        def act() -> None:
            for nap in naps:
                self.clock.sleep(nap)
                self.note(name)

        self.enter(name, act)


@contextmanager
def held(clock: Clock, name: str) -> Iterator[None]:
    work = clock.begin(name)
    try:
        yield
    finally:
        clock.end(work)


# What always holds


@settings(deadline=None)
@given(naps=st.lists(MOMENTS, min_size=1, max_size=6), steps=st.lists(MOMENTS, min_size=1, max_size=4))
def test_everybody_wakes_at_the_moment_that_was_asked_for_and_in_that_order(
    naps: list[float], steps: list[float]
) -> None:
    cast = Cast(still())
    for number, nap in enumerate(naps):
        cast.sleeper(str(number), nap)
    for step in steps:
        cast.clock.step(step)
    due = {str(number): nap for number, nap in enumerate(naps) if nap <= round(sum(steps), 3)}
    assert dict(cast.woke) == due
    assert [moment for _, moment in cast.woke] == sorted(due.values())
    cast.clock.step(101)


@settings(deadline=None)
@given(first=MOMENTS, second=MOMENTS, naps=st.lists(MOMENTS, max_size=4))
def test_two_steps_are_one_step_of_their_sum(first: float, second: float, naps: list[float]) -> None:
    seen = []
    for steps in ([first, second], [round(first + second, 3)]):
        cast = Cast(still())
        for number, nap in enumerate(naps):
            cast.sleeper(str(number), nap, nap)
        for step in steps:
            cast.clock.step(step)
        seen.append((round(cast.clock.time() - cast.began, 3), sorted(cast.woke)))
        cast.clock.step(201)
    assert seen[0] == seen[1]


@settings(deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("step"), MOMENTS),
            st.tuples(st.just("speed"), st.sampled_from([0.5, 1.0, 60.0, 10_000.0])),
            st.tuples(st.just("paused"), st.booleans()),
        ),
        max_size=12,
    )
)
def test_it_never_goes_back(orders: list[tuple[str, float | bool]]) -> None:
    clock = Clock()
    last = clock.time()
    for name, value in orders:
        change(clock, {name: value})
        now = clock.time()
        assert now >= last + (float(value) - 1e-6 if name == "step" else 0)
        last = now


@settings(deadline=None)
@given(naps=st.lists(MOMENTS, min_size=1, max_size=5))
def test_who_begins_to_wait_during_a_step_wakes_in_it(naps: list[float]) -> None:
    cast = Cast(still())
    cast.sleeper("a", *naps)
    cast.clock.step(sum(naps) + 0.01)
    ends = [round(sum(naps[: number + 1]), 3) for number in range(len(naps))]
    assert [moment for _, moment in cast.woke] == pytest.approx(ends, abs=0.0011)


@settings(deadline=None)
@given(due=MOMENTS, sets=MOMENTS)
def test_an_event_ends_a_wait_before_it_is_due(due: float, sets: float) -> None:
    cast = Cast(still())
    event = threading.Event()
    results: list[bool] = []

    def wait() -> None:
        results.append(cast.clock.wait(event, due))
        cast.note("woke")

    def ring() -> None:
        cast.clock.sleep(sets)
        event.set()

    cast.enter("wait", wait)
    cast.enter("ring", ring)
    cast.clock.step(101)
    [(_, moment)] = cast.woke
    assert moment == min(due, sets)
    assert due == sets or results == [sets < due]


# Cases


def test_a_new_clock_shows_the_time_of_the_machine_until_it_is_told_otherwise() -> None:
    clock = Clock()
    assert clock.real
    clock.set_speed(1)
    assert clock.real
    clock.step(3600)
    assert not clock.real
    assert not clock.paused, "a running clock runs on after a step"


def test_the_process_follows_and_gets_the_time_of_the_machine_back() -> None:
    clock, real = Clock(), time.time()
    process = ProcessTime(clock)
    assert time.time() - real < 3600, "nothing changes before the clock does"
    clock.step(86_400)
    assert time.time() - real > 86_000
    process.close()
    assert time.time() - real < 3600
    clock.step(86_400)
    assert time.time() - real < 3600


def test_a_clock_that_stands_still_shows_the_same_moment(clock: Clock) -> None:
    assert clock.time() == clock.time()
    assert clock.now().timestamp() == clock.time()


def test_a_fast_clock_wakes_whoever_waited_before_it_was_fast() -> None:
    cast = Cast(Clock())
    cast.sleeper("a", 3 * 3600)
    cast.clock.set_speed(100_000)
    cast.threads[0].join(30)
    assert [name for name, _ in cast.woke] == ["a"]


def test_a_step_waits_for_work_that_was_handed_over(clock: Clock) -> None:
    workers = Workers(clock, 2, "workers")
    done = []
    for number in range(20):
        workers.submit(done.append, number)
    clock.step(1)
    assert sorted(done) == list(range(20))
    workers.shutdown()


def test_work_that_does_not_end_is_named(clock: Clock) -> None:
    with held(clock, "a function that hangs"), pytest.raises(HeadendError, match="a function that hangs"):
        clock.settle(limit=0.05)


def test_a_thread_that_waits_for_another_does_not_count(clock: Clock) -> None:
    cast = Cast(clock)
    ended = threading.Event()

    def child() -> None:
        clock.sleep(10)
        ended.set()

    def parent() -> None:
        with clock.parked(ended.is_set):
            ended.wait()
        cast.note("parent")

    cast.enter("child", child)
    cast.enter("parent", parent)
    clock.step(60)
    assert cast.woke == [("parent", 10.0)]


def test_who_waits_for_a_request_does_not_count_but_the_request_does(clock: Clock) -> None:
    cast = Cast(clock)
    answered = threading.Event()

    def answer(caller: int | None) -> None:
        with clock.busy("request", caller):
            clock.sleep(20)
            answered.set()

    def ask() -> None:
        thread = threading.Thread(target=answer, args=(clock.number(),))
        thread.start()
        answered.wait()
        thread.join()
        cast.note("asked")

    cast.enter("ask", ask)
    clock.step(60)
    assert cast.woke == [("asked", 20.0)]


def test_between_who_waits_for_a_request_and_the_request_nothing_is_ever_quiet() -> None:
    counted: list[list[str]] = []

    class Watched(threading.Condition):
        """Notes what counts whenever its lock is given up: that is all that another thread can see."""

        depth = 0

        def __enter__(self) -> bool:
            entered = super().__enter__()
            self.depth += 1
            return entered

        def __exit__(self, *error: Any) -> None:
            self.depth -= 1
            if not self.depth:
                counted.append(sorted(one.name for one in count._active))
            super().__exit__(*error)

    count = WorkCount()
    asking = count.begin("ask")
    count.changed = Watched()
    with count.busy("request", asking.number):
        pass
    assert counted == [["request"], ["ask"]]


def test_rounds_with_a_hint_are_made_when_there_is_something_to_do(clock: Clock) -> None:
    cast = Cast(clock)
    stop = threading.Event()
    due = [clock.time() + 3600, clock.time() + 7200, math.inf]

    def rounds() -> None:
        while not clock.wait(stop, 1, lambda: due[0]):
            cast.note("round")
            due.pop(0)

    cast.enter("rounds", rounds)
    clock.step(86_400)
    assert cast.woke == [("round", 3600.0), ("round", 7200.0)]
    stop.set()


def test_before_anybody_wakes_what_was_jumped_over_is_made_up_for(clock: Clock) -> None:
    cast = Cast(clock)
    cast.sleeper("sleeper", 5)
    clock.before_wakes(lambda: cast.note("made up"))
    clock.step(10)
    assert cast.woke == [("made up", 5.0), ("sleeper", 5.0), ("made up", 10.0)]


@pytest.mark.parametrize("wrong", [-1, math.inf, math.nan])
def test_it_cannot_be_stepped_by(wrong: float, clock: Clock) -> None:
    with pytest.raises(UsageError, match="forward"):
        clock.step(wrong)


@pytest.mark.parametrize("wrong", [0, -2, math.inf, math.nan])
def test_it_cannot_run_at(wrong: float, clock: Clock) -> None:
    with pytest.raises(UsageError, match="above 0"):
        clock.set_speed(wrong)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("1.5s", 1.5), ("5m", 300), ("3h", 10_800), ("1d", 86_400), ("1h30m", 5400)]
)
def test_a_duration_is_read(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "3 h", "-5m", "3w", "five minutes"])
def test_what_is_no_duration_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="not a duration"):
        seconds_of(text)


@pytest.mark.parametrize("wanted", [{}, {"spede": 2}, {"speed": "fast"}, {"paused": "yes"}, {"step": "soon"}])
def test_an_order_that_makes_no_sense_is_refused(wanted: dict[str, object], clock: Clock) -> None:
    with pytest.raises(UsageError):
        change(clock, wanted)
    assert shown(clock)["paused"]
