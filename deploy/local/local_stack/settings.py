"""What can be set about a local stack, all by environment variables."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from local_stack import mongo
from local_stack.errors import StackError
from local_stack.ports import LOOPBACK, free_port
from local_stack.services import DEFAULT_PORTS, SERVICES, Places


@dataclass(frozen=True)
class Settings:
    """DOSSIER_LOCAL_FOLDER: where data, logs and state are (`.local`).

    DOSSIER_LOCAL_PORT_<NAME>, such as DOSSIER_LOCAL_PORT_EMAIL_INGEST: a port, 0 for a free one.
    DOSSIER_LOCAL_PORTS=free: free ports for all that are not set, so that a second stack can run beside the first.
    DOSSIER_LOCAL_ONLY: names of parts, with commas; others are not started.
    DOSSIER_LOCAL_MONGO_URL, DOSSIER_LOCAL_KAFKA_BOOTSTRAP: servers to use instead of starting them.
    """

    folder: Path
    ports: Mapping[str, int]
    only: Collection[str]
    explicit_mongo: str
    explicit_kafka: str

    def starts(self, part: str) -> bool:
        """Whether `part` (mongo, kafka, topics, issuer or a service) is for this stack to start."""
        explicit = {"mongo": self.explicit_mongo, "kafka": self.explicit_kafka}.get(part)
        return not explicit and (not self.only or part in self.only)

    @property
    def places(self) -> Places:
        """Where everything will be."""
        return Places(
            mongo_url=self.explicit_mongo or mongo.mongo_url(self.ports["mongo"]),
            kafka_bootstrap=self.explicit_kafka or f"{LOOPBACK}:{self.ports['kafka']}",
            listen_on=LOOPBACK,
            host_of=lambda _: LOOPBACK,
            ports=self.ports,
            issuer_folder=str(self.folder / "issuer"),
        )


def from_environment(decided: Mapping[str, int] | None = None) -> Settings:
    """The settings of this process; free ports are chosen here, unless they were `decided` before."""
    environment = os.environ | as_variables(decided or {})
    otherwise = dict.fromkeys(DEFAULT_PORTS, 0) if environment.get("DOSSIER_LOCAL_PORTS") == "free" else DEFAULT_PORTS
    wanted = {name: _port(environment, name, port) for name, port in otherwise.items()}
    return Settings(
        folder=Path(environment.get("DOSSIER_LOCAL_FOLDER") or ".local").resolve(),
        ports={name: port or free_port() for name, port in wanted.items()},
        only=_parts(environment.get("DOSSIER_LOCAL_ONLY", "")),
        explicit_mongo=environment.get("DOSSIER_LOCAL_MONGO_URL", ""),
        explicit_kafka=environment.get("DOSSIER_LOCAL_KAFKA_BOOTSTRAP", ""),
    )


def as_variables(ports: Mapping[str, int]) -> dict[str, str]:
    """Ports that were decided, as the variables that make another process decide the same."""
    return {variable(name): str(port) for name, port in ports.items()}


def variable(name: str) -> str:
    """The variable that sets the port called `name`."""
    return f"DOSSIER_LOCAL_PORT_{name.upper().replace('-', '_')}"


def _parts(text: str) -> set[str]:
    parts = {name for name in text.split(",") if name}
    known = {"mongo", "kafka", "topics", "issuer", *(service.name for service in SERVICES)}
    if unknown := parts - known:
        raise StackError(f"DOSSIER_LOCAL_ONLY names {', '.join(sorted(unknown))}; known are {', '.join(sorted(known))}")
    return parts


def _port(environment: Mapping[str, str], name: str, otherwise: int) -> int:
    text = environment.get(variable(name)) or str(otherwise)
    if not text.isdecimal() or int(text) > 65535:
        raise StackError(f"{variable(name)}={text} is no port")
    return int(text)
