"""The settings every service has. A service adds its own in its `settings.py`; every variable is declared there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeVar, cast
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsError

from dossier.auth.principals import CAPABILITIES, CapabilityTable
from dossier.days import OFFICE, TimeZone
from dossier.existing import AuthorityFile
from dossier.kafka import Brokers, KafkaSettings
from dossier.mongo import Driver, PyMongoError, parse_uri

Environment = Literal["production", "local", "test"]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
M = TypeVar("M", bound=BaseSettings)

LONGEST_SECONDS = 3600
_DATABASE = re.compile(r"[A-Za-z0-9_-]{1,63}")
_MIN_KEY_BYTES = 32
_MIN_KEY_VARIETY = 10
_KNOWN_TO_EVERYBODY = "development-only"


class UnsafeSettings(Exception):
    """With these settings nothing starts. The message names every variable that is wrong, and never a value."""


def _known(table: dict[str, list[str]]) -> dict[str, list[str]]:
    try:
        CapabilityTable(table)
    except ValueError:
        there_are = ", ".join(sorted(CAPABILITIES))
        raise PydanticCustomError(
            "capabilities", "there are the capabilities {there_are}, each with - before it to deny it",
            {"there_are": there_are},
        ) from None  # fmt: skip
    return table


def _connection(url: str) -> str:
    try:
        if not url.startswith("mongodb+srv://"):  # which asks a name server
            parse_uri(url, warn=True)
    except OSError:
        raise PydanticCustomError("file", "names a file that cannot be read") from None
    except (PyMongoError, ValueError):
        raise PydanticCustomError(
            "connection", "is no connection string, such as mongodb://host:27017/?replicaSet=name"
        ) from None
    return url


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        _ = parts.port  # which raises where it is none
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise PydanticCustomError("address", "is no address, such as https://host:8443")
    return url


def _address_or_none(url: str) -> str:
    return _address(url) if url else url


Address = Annotated[str, AfterValidator(_address)]


class ServiceSettings(KafkaSettings):
    """Read from environment variables with the prefix `DOSSIER_`."""

    service: str
    """Folder name of the service, for instance `email-ingest`: set by the subclass, not by the environment."""
    environment: Environment = Field(
        default="production", description="`production` refuses what is known to everybody, and issuers without https"
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(description="HTTP: the API, where that role runs, probes and metrics")
    log_level: LogLevel = Field(default="INFO", description="What is logged: this, and what is more serious")

    mongo_url: Annotated[str, AfterValidator(_connection)] = Field(
        default="mongodb://127.0.0.1:27017/?replicaSet=dossier",
        description="Connection string of a replica set, which transactions need; with user and password a secret",
    )
    mongo_driver: Driver = Field(default="motor", description="`pymongo`: that library's own asynchronous client")
    mongo_database: str = Field(
        description="Each service has its own, of letters, digits, _ and -; none reads another one's"
    )

    kafka_bootstrap: Brokers = Field(default="127.0.0.1:9092", description="Some of the brokers, with commas")

    issuer_url: Address = Field(
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
    ca_file: AuthorityFile = Field(
        default="", description="PEM file of authorities to trust beside the public ones: of issuer and services"
    )
    token_key: SecretStr = Field(
        default=SecretStr(""),
        description="Signs read-your-writes tokens and page cursors; ids of activities that are mails follow from it. "
        "In production every service needs it, and the command `dossier` where it reaches them: at least 32 random "
        "bytes, the same for all",
    )
    time_zone: TimeZone = Field(default=OFFICE, description="IANA zone of the office, which says what day it is")
    capabilities: Annotated[dict[str, list[str]], AfterValidator(_known)] = Field(
        default_factory=dict, description="Group to its capabilities, over the table that ships"
    )

    max_in_flight: int = Field(default=512, gt=0, description="Requests that may wait for an answer at once")
    request_seconds: float = Field(
        default=30.0, gt=0, le=LONGEST_SECONDS, description="Time until an answer must have begun"
    )
    drain_seconds: float = Field(
        default=0.0,
        ge=0,
        le=LONGEST_SECONDS,
        description="After SIGTERM requests are answered for so long while `/readyz` says 503, as long as it takes "
        "until nobody sends any; a second signal ends that at once",
    )
    stop_seconds: float = Field(
        default=9.5,
        ge=1,
        le=LONGEST_SECONDS,
        description="After that the process ends within so long, a quarter of it for requests under way, whatever "
        "hangs. The platform has to kill later than after both together",
    )

    addresses_url: Address = Field(default="http://127.0.0.1:8101", description="Where `addresses` answers")
    engagements_url: Address = Field(default="http://127.0.0.1:8102", description="Where `engagements` answers")
    activities_url: Address = Field(default="http://127.0.0.1:8103", description="Where `activities` answers")
    email_ingest_url: Address = Field(default="http://127.0.0.1:8104", description="Where `email-ingest` answers")
    notifications_url: Address = Field(default="http://127.0.0.1:8105", description="Where `notifications` answers")
    histories_url: Address = Field(default="http://127.0.0.1:8106", description="Where `histories` answers")
    directory_url: Address = Field(default="http://127.0.0.1:8107", description="Where `directory` answers")

    otlp_endpoint: Annotated[str, AfterValidator(_address_or_none)] = Field(
        default="", description="Base address of an OTLP collector for traces; empty: none"
    )

    @field_validator("port", "lmtp_port", "smtp_port", check_fields=False)
    @classmethod
    def _is_port(cls, number: int) -> int:
        """Here, since each service has a default of its own."""
        if not 0 <= number < 1 << 16:
            raise PydanticCustomError("port", "is no port: 0 to 65535")
        return number

    @field_validator("mongo_database")
    @classmethod
    def _is_database(cls, name: str) -> str:
        """Here, as ports are."""
        if not _DATABASE.fullmatch(name):
            raise PydanticCustomError("database", "is no name of up to 63 letters, digits, _ and -")
        return name

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


def from_environment(model: Callable[..., M], *also: type[BaseSettings], **fixed: Any) -> M:
    """The settings of a process. Raises UnsafeSettings with all that is wrong with them or those it reads `also`."""
    made: list[BaseSettings] = []
    faults: list[str] = []
    for each in (model, *also):
        try:
            made.append(each(**(fixed if each is model else {})))
        except ValidationError as error:
            faults.append(faults_of(error, each))
        except SettingsError as error:
            field = _UNREADABLE.search(str(error))
            faults.append(f"{_prefix(each)}{field[1].upper() if field else ''}: is no JSON of the wanted form")
    if faults:
        raise UnsafeSettings("; ".join(dict.fromkeys(faults)))
    return cast("M", made[0])


_UNREADABLE = re.compile('field "([a-z0-9_]+)"')


def faults_of(error: ValidationError, model: Callable[..., BaseSettings] | None = None) -> str:
    """What is wrong with settings, by variable, without any value."""
    prefix = _prefix(model or ServiceSettings)
    return "; ".join(
        f"{prefix}{str(item['loc'][0]).upper()}: {item['msg']}" if item["loc"] else item["msg"]
        for item in error.errors()
    )


def _prefix(model: Callable[..., BaseSettings]) -> str:
    return getattr(model, "model_config", ServiceSettings.model_config).get("env_prefix", "")


def is_weak(key: str) -> bool:
    """Whether a secret is too short, too plain, or the one for development."""
    short = len(key.encode()) < _MIN_KEY_BYTES or len(set(key)) < _MIN_KEY_VARIETY
    return short or key.startswith(_KNOWN_TO_EVERYBODY)
