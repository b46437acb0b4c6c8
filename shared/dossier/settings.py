"""The settings every service has. A service adds its own in its `settings.py`; every variable is declared there."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, ValidationError

from dossier.days import OFFICE, TimeZone
from dossier.existing import ExistingFile
from dossier.kafka import KafkaSettings
from dossier.mongo import Driver

Environment = Literal["production", "local", "test"]

_MIN_KEY_BYTES = 32
_MIN_KEY_VARIETY = 10
_KNOWN_TO_EVERYBODY = "development-only"


class UnsafeSettings(Exception):
    """These settings are no settings for production. The message names variables, never values."""


class ServiceSettings(KafkaSettings):
    """Read from environment variables with the prefix `DOSSIER_`."""

    service: str
    """Folder name of the service, for instance `email-ingest`: set by the subclass, not by the environment."""
    environment: Environment = Field(
        default="production", description="`production` refuses what is known to everybody, and issuers without https"
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(description="HTTP: the API, where that role runs, probes and metrics")
    log_level: str = Field(default="INFO", description="DEBUG, INFO, WARNING or ERROR")

    mongo_url: str = Field(
        default="mongodb://127.0.0.1:27017/?replicaSet=dossier",
        description="Connection string of a replica set, which transactions need; with user and password a secret",
    )
    mongo_driver: Driver = Field(default="motor", description="`pymongo`: that library's own asynchronous client")
    mongo_database: str = Field(description="Each service has its own; none reads another one's")

    kafka_bootstrap: str = Field(default="127.0.0.1:9092", description="Some of the brokers, with commas")
    topic_prefix: str = Field(default="crm", description="What the names of all topics begin with, before a dot")

    issuer_url: str = Field(
        default="http://127.0.0.1:8110", description="Issuer of access tokens (OpenID Connect), as tokens name it"
    )
    audience: str = Field(default="dossier", description="What access tokens must be meant for (`aud`)")
    user_claim: str = Field(default="sub", description="The claim that users are known by")
    groups_claim: str = Field(default="groups", description="The claim that holds the ids or names of a user's groups")
    client_claim: str = Field(
        default="",
        description="The claim with the client's id in tokens of services, for issuers that give a client another "
        "subject (Keycloak and Entra: azp, Okta: cid); empty: client_id or azp where it is the subject",
    )
    client_id: str = Field(
        default="", description="With which a service asks the issuer for tokens; empty: the service's name"
    )
    client_secret: SecretStr = Field(default=SecretStr(""), description="What the issuer gave the client")
    token_scope: str = Field(default="", description="The scope to ask the issuer for, where it wants one (Entra)")
    ca_file: ExistingFile = Field(
        default="", description="PEM file of authorities to trust beside the public ones: of issuer and services"
    )
    token_key: SecretStr = Field(
        default=SecretStr(""),
        description="Signs read-your-writes tokens and page cursors; ids of activities that are mails follow from it",
    )
    time_zone: TimeZone = Field(default=OFFICE, description="IANA zone of the office, which says what day it is")
    capabilities: dict[str, list[str]] = Field(
        default_factory=dict, description="Group to its capabilities, over the table that ships"
    )

    max_in_flight: int = Field(default=512, gt=0, description="Requests that may wait for an answer at once")
    request_seconds: float = Field(default=30.0, gt=0, description="Time until an answer must have begun")
    drain_seconds: float = Field(
        default=0.0,
        ge=0,
        description="After SIGTERM requests are answered for so long while `/readyz` says 503, as long as it takes "
        "until nobody sends any; a second signal ends that at once",
    )
    stop_seconds: float = Field(
        default=9.5,
        ge=1,
        description="After that the process ends within so long, a quarter of it for requests under way, whatever "
        "hangs. The platform has to kill later than after both together",
    )

    addresses_url: str = Field(default="http://127.0.0.1:8101", description="Where `addresses` answers")
    engagements_url: str = Field(default="http://127.0.0.1:8102", description="Where `engagements` answers")
    activities_url: str = Field(default="http://127.0.0.1:8103", description="Where `activities` answers")
    email_ingest_url: str = Field(default="http://127.0.0.1:8104", description="Where `email-ingest` answers")
    notifications_url: str = Field(default="http://127.0.0.1:8105", description="Where `notifications` answers")
    histories_url: str = Field(default="http://127.0.0.1:8106", description="Where `histories` answers")
    directory_url: str = Field(default="http://127.0.0.1:8107", description="Where `directory` answers")

    otlp_endpoint: str = Field(default="", description="Base address of an OTLP collector for traces; empty: none")

    @property
    def client(self) -> str:
        """The client id with which this service asks for tokens."""
        return self.client_id or self.service


def require_production_safety(settings: ServiceSettings) -> None:
    """Raise UnsafeSettings if the environment is production and something in it is for development only."""
    if settings.environment != "production":
        return
    faults: list[str] = []
    if not settings.issuer_url.startswith("https://"):
        faults.append("DOSSIER_ISSUER_URL must be https")
    if is_weak(settings.token_key.get_secret_value()):
        faults.append(f"DOSSIER_TOKEN_KEY must be a random text of at least {_MIN_KEY_BYTES} bytes")
    if settings.client_secret.get_secret_value().startswith(_KNOWN_TO_EVERYBODY):
        faults.append("DOSSIER_CLIENT_SECRET is the one for development")
    if faults:
        raise UnsafeSettings("; ".join(faults))


def faults_of(error: ValidationError) -> str:
    """What is wrong with settings, by variable, without any value."""
    prefix = ServiceSettings.model_config.get("env_prefix", "")
    return "; ".join(
        f"{prefix}{'.'.join(map(str, item['loc'])).upper()}: {item['msg']}" if item["loc"] else item["msg"]
        for item in error.errors()
    )


def is_weak(key: str) -> bool:
    """Whether a secret is too short, too plain, or the one for development."""
    short = len(key.encode()) < _MIN_KEY_BYTES or len(set(key)) < _MIN_KEY_VARIETY
    return short or key.startswith(_KNOWN_TO_EVERYBODY)
