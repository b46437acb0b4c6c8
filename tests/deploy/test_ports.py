"""Ports that stay free until a server is up, and while it is killed and comes back."""

import itertools
import socket

import pytest

from local_stack import ports


def test_no_port_is_given_twice_or_is_taken_or_could_be_an_outgoing_connections_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken = ports.free_port()
    monkeypatch.setattr(ports, "_turns", itertools.count(taken - 20_000))
    with socket.create_server((ports.LOOPBACK, taken)):
        given = [ports.free_port() for _ in range(50)]
    assert len({taken, *given}) == len(given) + 1
    assert max(given) < 32_768  # where Linux begins with those of connections
