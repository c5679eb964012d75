"""Whatever the order of alarms, events, refusals, deaths: an incident has one alert, one end, one of each escalation.

A function that dies after it has told and before it could note that tells again: such deaths are counted.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from alerts.errors import PublishFailed
from hypothesis import given, settings
from hypothesis import strategies as st

from unit.lambda_src.alert_cases import ARN, JITTER, LOSS, issue, payload
from unit.lambda_src.response_cases import SOURCE, MemoryTable, World, condition, event, lasting, over

SECONDS = st.sampled_from([0.5, 5, 40, 200])
SEVERITY = st.sampled_from(["HIGH", "MEDIUM", "LOW"])
ALARM = st.sampled_from(["a", "b"])
KINDS = st.sampled_from(["alert", "alert", "alert", "still", "ok", "event", "cleared", "over", "over", "lasting"])
FATES = st.sampled_from(["well", "well", "well", "refused", "dies before telling", "dies after telling"])
STEPS = st.lists(st.tuples(KINDS, ALARM, SEVERITY, SECONDS, FATES, st.booleans()), max_size=14)


class Died(BaseException):
    """The function is no more: nothing of it runs after this."""


class Mortal(World):
    """A world whose function may be refused, or die when it tells."""

    def __init__(self) -> None:
        super().__init__(items=MemoryTable())
        self.fate, self.deaths = "well", 0
        self.open: list[float] = []
        publish = self.topic.publish

        def fated(**message: Any) -> dict[str, str]:
            self.topic.refuses = self.fate == "refused"
            if self.fate == "dies before telling":
                raise Died
            answer = publish(**message)
            if self.fate == "dies after telling":
                self.deaths += 1
                raise Died
            return answer

        self.topic.publish = fated  # type: ignore[method-assign]

    def attempt(self, what: Any, fate: str = "well") -> str | None:
        """The outcome; None when the function was refused or died."""
        self.fate = fate
        try:
            return self.do(what)
        except (PublishFailed, Died):
            return None
        finally:
            self.fate = "well"

    def notices(self) -> Counter[tuple[str, str]]:
        """How often each was told: incident, and what."""
        count: Counter[tuple[str, str]] = Counter()
        for number in range(len(self.topic.sent)):
            document = self.told(number)
            what = document["kind"]
            if document.get("reason"):
                what = f"{what} {document['reason']}"
                what += f" {document['severity']}" if document["reason"] == "worse" else ""
            count[document["incident"]["id"], what] += 1
        return count

    def known(self) -> list[str]:
        """The incidents that people were told of, in order: the response workflow looks after each of them."""
        return list(dict.fromkeys(incident for incident, _ in self.notices()))


def closing(at: float, incident: str) -> Any:
    what = over(at)
    return {**what, "incident": {"id": incident}}


def step(world: Mortal, kind: str, alarm: str, severity: str, at: float) -> list[Any]:
    """What the workflows send in a step; the response workflow speaks of every incident that people were told of."""
    metric = LOSS if alarm == "a" else JITTER
    if kind in ("alert", "still"):
        state = "ALARM" if kind == "alert" else "OK"
        return [payload("alert", at, issue(metric, 90, severity), alarm=alarm, state=state)]
    if kind == "ok":
        return [payload("recovery", at, alarm=alarm)]
    if kind == "event":
        return [event("alert", at, condition(SOURCE, severity))]
    if kind == "cleared":
        return [event("recovery", at, cleared=[SOURCE])]
    if kind == "lasting":
        return [{**lasting(at), "incident": {"id": incident}} for incident in world.known()]
    return [closing(at, incident) for incident in world.known()]


@settings(max_examples=80)
@given(steps=STEPS)
def test_one_alert_one_end_and_one_of_each_escalation_for_an_incident(
    steps: list[tuple[str, str, str, float, str, bool]],
) -> None:
    world, start, at = Mortal(), 0.0, 0.0
    start = world.now
    for kind, alarm, severity, seconds, fate, again in steps:
        at += seconds
        world.now = start + at
        for what in step(world, kind, alarm, severity, at):
            if world.attempt(what, fate) is None and again:
                world.attempt(what)
    for _ in range(5):  # the response workflow goes on as long as it takes
        at += 400
        world.now = start + at
        for incident in world.known():
            world.attempt(closing(at, incident))
    told = world.notices()
    assert max(told.values(), default=0) <= 1 + world.deaths
    assert {incident for incident, what in told if what == "recovery"} == set(world.known())
    # Only what is worse may be told of an incident whose first notice a function took with it.
    first = {incident for incident, what in told if what == "alert" or what.startswith("escalation worse")}
    assert first == set(world.known())
    at += 400
    world.now = start + at
    assert world.attempt(payload("alert", at, issue(), alarm="c")) == "alert"


@settings(max_examples=60)
@given(steps=STEPS)
def test_who_is_told_of_anything_is_told_first_of_the_incident(
    steps: list[tuple[str, str, str, float, str, bool]],
) -> None:
    world, at = Mortal(), 0.0
    start = world.now
    for kind, alarm, severity, seconds, _, _ in steps:
        at += seconds
        world.now = start + at
        for what in step(world, kind, alarm, severity, at):
            answer = world.handle(what)
            assert answer["outcome"] in ("alert", "escalation", "recovery", "healthy", "duplicate", "held")
            assert (answer["message_id"] is not None) == (answer["outcome"] in ("alert", "escalation", "recovery"))
            if answer["message_id"]:
                assert answer["incident"]["id"] == world.told()["incident"]["id"]
            if kind in ("alert", "still", "event"):
                assert answer["incident"] is not None
    told = [(d["incident"]["id"], d["kind"]) for d in map(world.told, range(len(world.topic.sent)))]
    for incident in dict.fromkeys(one for one, _ in told):
        kinds = [kind for one, kind in told if one == incident]
        assert kinds[0] == "alert"
        assert "recovery" not in kinds[:-1]


class Turns:
    """Lets two functions take turns at what leaves them, one whole request after the other, in a given order."""

    def __init__(self, order: list[bool]) -> None:
        self._order, self._changed, self._over = order, threading.Condition(), set[bool]()

    @contextmanager
    def turn(self, who: bool) -> Iterator[None]:
        """Waits for the turn and keeps it until the request is answered: DynamoDB and SNS answer each one whole."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._next() == who, timeout=60), "the other function stands still"
            if self._order:
                self._order.pop(0)
            try:
                yield
            finally:
                self._changed.notify_all()

    def leave(self, who: bool) -> None:
        with self._changed:
            self._over.add(who)
            self._changed.notify_all()

    def _next(self) -> bool:
        for other in (True, False):
            if other in self._over:
                return not other
        return self._order[0] if self._order else True


def together(world: World, first: Any, second: Any, order: list[bool]) -> list[str]:
    """Two functions handle two requests at the same time; their outcomes."""
    turns, outcomes, names = Turns(order), dict[bool, str](), dict[int, bool]()
    originals: list[tuple[Any, str, Callable[..., Any]]] = [
        (world.table, "get", world.table.get),
        (world.table, "put", world.table.put),
        (world.table, "delete", world.table.delete),
        (world.topic, "publish", world.topic.publish),
    ]

    def in_turn(original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            with turns.turn(names[threading.get_ident()]):
                return original(*args, **kwargs)

        return call

    def run(who: bool, what: Any) -> None:
        names[threading.get_ident()] = who
        try:
            outcomes[who] = world.do(what)
        finally:
            turns.leave(who)

    for owner, name, original in originals:
        setattr(owner, name, in_turn(original))
    threads = [threading.Thread(target=run, args=one) for one in ((True, first), (False, second))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for owner, name, original in originals:
        setattr(owner, name, original)
    return [outcomes[True], outcomes[False]]


ORDERS = st.lists(st.booleans(), max_size=16)


@settings(max_examples=60)
@given(order=ORDERS, severities=st.tuples(SEVERITY, SEVERITY))
def test_of_two_alerts_at_the_same_time_one_opens_the_incident(order: list[bool], severities: tuple[str, str]) -> None:
    world = World(items=MemoryTable())
    first, second = (
        payload("alert", n, issue(severity=severity), alarm=f"alarm-{n}") for n, severity in enumerate(severities)
    )
    outcomes = together(world, first, second, order)
    assert outcomes.count("alert") == 1
    assert set(outcomes) <= {"alert", "duplicate", "escalation"}
    assert world.kinds().count("alert") == 1
    assert (outcomes.count("escalation") == 1) == (world.kinds()[-1] == "escalation worse" or len(world.kinds()) == 2)
    assert len({world.told(n)["incident"]["id"] for n in range(len(world.topic.sent))}) == 1


@settings(max_examples=60)
@given(order=ORDERS)
def test_of_two_ends_at_the_same_time_one_is_told(order: list[bool]) -> None:
    world = World(items=MemoryTable())
    world.do(payload("alert", 0, issue()))
    outcomes = together(world, over(60), over(61), order)
    assert outcomes.count("recovery") == 1
    assert set(outcomes) <= {"recovery", "held", "healthy"}
    assert world.table.get(f"incident#{ARN}") is None


@settings(max_examples=60)
@given(order=ORDERS)
def test_an_alert_and_an_end_at_the_same_time_leave_nothing_untold(order: list[bool]) -> None:
    world = World(items=MemoryTable())
    world.do(payload("alert", 0, issue()))
    outcomes = together(world, over(60), payload("alert", 70, issue(JITTER, 90, "MEDIUM"), alarm="jitter"), order)
    if outcomes == ["held", "duplicate"]:
        assert world.do(over(120)) == "recovery"
    else:
        assert outcomes == ["recovery", "alert"]
        assert world.do(over(200, opened=70)) == "recovery"
    assert sorted(set(world.kinds())) == ["alert", "recovery"]
    assert world.table.get(f"incident#{ARN}") is None


@settings(max_examples=25)
@given(order=ORDERS)
def test_one_transition_delivered_twice_at_the_same_time_opens_one_incident(order: list[bool]) -> None:
    """The function's idempotency keeps these apart; even without it there is one incident."""
    world = World(items=MemoryTable())
    together(world, payload("alert", 0, issue()), payload("alert", 0, issue()), order)
    assert len({world.told(n)["incident"]["id"] for n in range(len(world.topic.sent))}) == 1
    assert world.do(over(60)) == "recovery"
