"""What an installation consists of: the one table of services, ports and variables.

The supervisor starts processes from it, and a test holds docker-compose.yml to it.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

TOPIC_PREFIX = "crm"
TIME_ZONE = "Europe/Zurich"

DEFAULT_PORTS = {
    "mongo": 27017,
    "kafka": 9092,
    "kafka-controller": 9093,
    "issuer": 8110,
    "addresses": 8101,
    "engagements": 8102,
    "activities": 8103,
    "email-ingest": 8104,
    "notifications": 8105,
    "histories": 8106,
    "directory": 8107,
    "lmtp": 8124,
    "smtp": 8125,
}

# Known to everybody, so good for one machine only; nothing accepts them where DOSSIER_ENVIRONMENT is production.
DEVELOPMENT_TOKEN_KEY = "development-only-token-key-0123456789abcdef"
DEVELOPMENT_CLIENT_SECRET = "development-only-client-secret"
DEVELOPMENT_SCIM_TOKEN = "development-only-scim-token-0123456789abcdef"


@dataclass(frozen=True)
class Service:
    """One service: folder name, roles that all run in one process here, and ports beside its HTTP port."""

    name: str
    roles: tuple[str, ...]
    further_ports: Mapping[str, str] = field(default_factory=dict)
    """Protocol, as in the names of its variables, to name of its port."""
    variables: Mapping[str, str] = field(default_factory=dict)
    """What only this service is told."""

    @property
    def module(self) -> str:
        """Import name, and name of the service's database."""
        return self.name.replace("-", "_")


SERVICES = (
    Service("directory", ("api", "relay"), variables={"DOSSIER_SCIM_TOKENS": json.dumps([DEVELOPMENT_SCIM_TOKEN])}),
    Service("addresses", ("api", "relay", "consumer")),
    Service("engagements", ("api", "relay", "consumer")),
    Service("activities", ("api", "relay", "consumer", "sweep", "reader")),
    Service(
        "email-ingest",
        ("api", "relay", "consumer", "smtp", "worker"),
        {"LMTP": "lmtp", "SMTP": "smtp"},
    ),
    Service("notifications", ("api", "relay", "consumer", "timers")),
    Service("histories", ("api", "consumer")),
)


@dataclass(frozen=True)
class Places:
    """Where the parts of one installation are, as its own processes see it."""

    mongo_url: str
    kafka_bootstrap: str
    listen_on: str
    host_of: Callable[[str], str]
    ports: Mapping[str, int]
    issuer_folder: str
    """Where the development issuer keeps its signing key."""

    def url(self, name: str) -> str:
        """The HTTP address of a service or of the issuer."""
        return f"http://{self.host_of(name)}:{self.ports[name]}"


def issuer_environment(places: Places) -> dict[str, str]:
    """The variables of the development issuer."""
    return {
        "DOSSIER_ENVIRONMENT": "local",
        "DOSSIER_HOST": places.listen_on,
        "DOSSIER_PORT": str(places.ports["issuer"]),
        "DOSSIER_ISSUER_URL": places.url("issuer"),
        "DOSSIER_ISSUER_FOLDER": places.issuer_folder,
        "DOSSIER_CLIENT_SECRET": DEVELOPMENT_CLIENT_SECRET,
    }


def topics_environment(places: Places) -> dict[str, str]:
    """The variables of the job that makes the topics."""
    return {"DOSSIER_KAFKA_BOOTSTRAP": places.kafka_bootstrap, "DOSSIER_TOPIC_PREFIX": TOPIC_PREFIX}


def client_environment(places: Places) -> dict[str, str]:
    """The variables of whoever calls the services, which the services themselves do too."""
    peers = {f"DOSSIER_{service.module.upper()}_URL": places.url(service.name) for service in SERVICES}
    return {
        "DOSSIER_ENVIRONMENT": "local",
        "DOSSIER_ISSUER_URL": places.url("issuer"),
        "DOSSIER_TOKEN_KEY": DEVELOPMENT_TOKEN_KEY,
        "DOSSIER_CLIENT_SECRET": DEVELOPMENT_CLIENT_SECRET,
        "DOSSIER_MONGO_URL": places.mongo_url,
        "DOSSIER_KAFKA_BOOTSTRAP": places.kafka_bootstrap,
        "DOSSIER_TOPIC_PREFIX": TOPIC_PREFIX,
        "DOSSIER_TIME_ZONE": TIME_ZONE,
        **peers,
    }


def tool_environment(places: Places) -> dict[str, str]:
    """The variables of the command line, which also delivers mail."""
    return client_environment(places) | {
        "DOSSIER_LMTP_HOST": places.host_of("email-ingest"),
        "DOSSIER_LMTP_PORT": str(places.ports["lmtp"]),
    }


def service_environment(service: Service, places: Places) -> dict[str, str]:
    """The variables of one service's processes.

    With a name for its consumers, a process that was killed gets its partitions back as soon as it is there again,
    instead of when Kafka has missed it for ten seconds. A second process of the service needs another name.
    """
    further = dict(service.variables)
    if "consumer" in service.roles:
        further["DOSSIER_PROJECTION_INSTANCE"] = service.name
    for protocol, port in service.further_ports.items():
        further[f"DOSSIER_{protocol}_HOST"] = places.listen_on
        further[f"DOSSIER_{protocol}_PORT"] = str(places.ports[port])
    return {
        **client_environment(places),
        "DOSSIER_MONGO_DATABASE": service.module,
        "DOSSIER_CLIENT_ID": service.name,
        "DOSSIER_HOST": places.listen_on,
        "DOSSIER_PORT": str(places.ports[service.name]),
        **further,
    }
