"""Which relays run, and who gets which flow."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from headend.errors import HeadendError
from headend.localcloud.media.carriage import RECEIVERS, Carriage

EAST, WEST = "arn:aws:mediaconnect:eu-central-1:1:flow:1-a:east", "arn:aws:mediaconnect:eu-west-1:1:flow:1-b:west"


class Processes:
    """Stands in for the supervisor: the names of what would run."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def run(self, name: str, start: Any) -> None:
        assert name not in self.names
        self.names.append(name)

    def stop(self, name: str) -> None:
        self.names.remove(name)

    @property
    def relays(self) -> list[str]:
        return [name.split("-")[1] for name in self.names if name.startswith("flow-")]


@pytest.fixture
def processes() -> Processes:
    return Processes()


@pytest.fixture
def carriage(processes: Processes) -> Carriage:
    made = Carriage(lambda: processes)  # type: ignore[arg-type, return-value]
    made.start("a", [EAST, WEST], [EAST, WEST], Fraction(25), 0)
    return made


def test_a_flow_is_relayed_while_it_is_on_air(carriage: Carriage, processes: Processes) -> None:
    carriage.relay({EAST: True, WEST: False})
    assert processes.relays == ["east"]
    carriage.relay({EAST: True, WEST: True})
    assert processes.relays == ["east", "west"]
    carriage.relay({EAST: False, WEST: True})
    assert processes.relays == ["west"]


def test_a_flow_without_a_feed_is_not_relayed(processes: Processes) -> None:
    Carriage(lambda: processes).relay({EAST: True})  # type: ignore[arg-type, return-value]

    assert processes.names == []


def test_a_cut_way_stops_one_relay_until_it_is_mended(carriage: Carriage, processes: Processes) -> None:
    carriage.relay({EAST: True, WEST: True})
    carriage.cut(EAST, cut=True)
    carriage.relay({EAST: True, WEST: True})
    assert processes.relays == ["west"]
    assert (carriage.comes(EAST), carriage.comes(WEST)) == (False, True)
    carriage.cut(EAST, cut=False)
    carriage.relay({EAST: True, WEST: True})
    assert sorted(processes.relays) == ["east", "west"]
    assert carriage.comes(EAST)


def test_a_feed_that_ends_leaves_the_flows_to_which_others_send(carriage: Carriage) -> None:
    carriage.start("b", [WEST], [EAST, WEST], Fraction(25), 0)

    assert carriage.end("a") == [EAST]
    assert carriage.comes(WEST)
    assert carriage.end("b") == [WEST]


def test_a_flow_feeds_so_many_encoders_and_no_more(carriage: Carriage) -> None:
    ports = [carriage.receive(EAST, f"encoder-{number}") for number in range(RECEIVERS)]

    assert len(set(ports)) == RECEIVERS
    assert carriage.receive(EAST, "encoder-0") == ports[0]
    with pytest.raises(HeadendError, match=f"feeds {RECEIVERS} encoders already"):
        carriage.receive(EAST, "one-more")
    carriage.release("encoder-0")
    assert carriage.receive(EAST, "one-more") == ports[0]
    assert carriage.receive("arn:of:another:flow", "encoder") is None


def test_a_flow_that_is_gone_is_forgotten_when_no_encoder_takes_it(carriage: Carriage, processes: Processes) -> None:
    carriage.relay({EAST: True, WEST: True})
    carriage.receive(WEST, "encoder")
    carriage.relay({})
    assert processes.relays == []
    assert list(carriage.state()["flows"]) == [WEST]
    carriage.release("encoder")
    carriage.relay({})
    assert carriage.state()["flows"] == {}
