"""Ports belong to one taker, from the moment they are taken."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from headend.localcloud.media.ports import HOST, Ports


@pytest.fixture
def ports() -> Iterator[Ports]:
    made = Ports()
    yield made
    made.close()


def free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def test_a_port_that_is_taken_is_bound_until_it_is_lent(ports: Ports) -> None:
    port = ports.take()

    assert not free(port)
    assert ports.lend(port) == port
    assert free(port)
    ports.hold(port)
    assert not free(port)
    ports.give_back(port)
    assert free(port)


def test_two_takers_never_get_the_same_port(ports: Ports) -> None:
    other = Ports()
    taken = [ports.take() for _ in range(50)] + [other.take() for _ in range(50)]
    other.close()

    assert len(set(taken)) == 100


def test_holding_a_port_that_somebody_else_has_got_is_no_error(ports: Ports) -> None:
    port = ports.lend(ports.take())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((HOST, port))
        ports.hold(port)
    ports.hold(port)

    assert not free(port)
