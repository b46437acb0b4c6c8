"""Which loopback ports are free, and who holds one that is not."""

import itertools
import random
import socket

import psutil

LOOPBACK = "127.0.0.1"

_OURS = range(20_000, 32_768)
"""Below the ports of outgoing connections: any of those could be one's own until its server is up, or up again."""

_turns = itertools.count(random.SystemRandom().randrange(len(_OURS)))


def free_port() -> int:
    """A loopback port that nobody listens on at this moment, another one each time."""
    return next(port for port in (_OURS[turn % len(_OURS)] for turn in _turns) if is_free(port))


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now (connections that linger from an earlier one do not count)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def holder_of(port: int) -> str:
    """The process that listens on `port`, in words; another user's process cannot be named."""
    try:
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,)
            if listens and connection.pid:
                process = psutil.Process(connection.pid)
                program = " ".join(process.cmdline()[:3]).partition("\n")[0]  # what follows may be long, or secret
                return f"process {process.pid} ({program or process.name()})"
    except psutil.Error:
        pass
    return "a process that this user cannot see"
