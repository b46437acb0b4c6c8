"""Where Kafka is and how it lets us in: the same for every client of every service."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

from aiokafka.conn import collect_hosts, create_conn
from aiokafka.errors import (
    AuthenticationFailedError,
    IllegalSaslStateError,
    KafkaConnectionError,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.helpers import create_ssl_context
from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from dossier.existing import ExistingFile, holds_authorities

T = TypeVar("T")
Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
_ASKING_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class KafkaAccess:
    """Kafka's address, and what its clients show and demand when they connect."""

    bootstrap: str
    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism = "SCRAM-SHA-512"
    user: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""

    def options(self) -> dict[str, Any]:
        """The keyword arguments of every client. Certificates are read anew each time, for they are renewed."""
        options: dict[str, Any] = {"bootstrap_servers": self.bootstrap, "security_protocol": self.protocol}
        if self.protocol.endswith("SSL"):
            options["ssl_context"] = create_ssl_context(
                cafile=self.ca_file or None,
                certfile=self.certificate_file or None,
                keyfile=self.key_file or None,
            )
        if self.protocol.startswith("SASL"):
            options |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password,
            }
        return options

    async def reached(self, starting: Awaitable[T]) -> T:
        """Start a client. aiokafka only says that there was no broker; this raises what the broker refused."""
        try:
            return await starting
        except KafkaConnectionError as error:
            raise await self._refusal() or error from error

    async def _refusal(self) -> Exception | None:
        options = self.options()
        for host, port, _ in collect_hosts(options.pop("bootstrap_servers")):
            try:
                connection = await create_conn(host, port, request_timeout_ms=int(_ASKING_SECONDS * 1000), **options)
                connection.close()
            except (KafkaConnectionError, TimeoutError):
                continue
            except (KafkaError, ssl.SSLError) as error:
                return error
            except OSError:
                continue
        return None


def _addresses(brokers: str) -> str:
    try:
        known = all(host.strip() and port <= 65535 for host, port, _ in collect_hosts(brokers, randomize=False))
    except ValueError:
        known = False
    if not known:
        raise PydanticCustomError("brokers", "is no list of hosts and ports, such as kafka-1:9092,kafka-2:9092")
    return brokers


Brokers = Annotated[str, AfterValidator(_addresses)]


class KafkaSettings(BaseSettings):
    """How to reach Kafka; contradictions are refused before anything connects."""

    model_config = SettingsConfigDict(env_prefix="DOSSIER_", extra="ignore", frozen=True, hide_input_in_errors=True)

    kafka_bootstrap: Brokers = Field(description="Some of the brokers, with commas")
    kafka_protocol: Protocol = Field(default="PLAINTEXT", description="SSL: encrypted. SASL: with user and password")
    kafka_mechanism: Mechanism = Field(default="SCRAM-SHA-512", description="How the password is shown, with SASL")
    kafka_user: str = Field(default="", description="With SASL: the user of this service")
    kafka_password: SecretStr = Field(default=SecretStr(""), description="With SASL: the user's password")
    kafka_ca_file: ExistingFile = Field(
        default="",
        description="With SSL: PEM file of the authority that signed the brokers' certificates; empty: "
        "those that the system trusts",
    )
    kafka_certificate_file: ExistingFile = Field(
        default="", description="With SSL: PEM file of the service's own certificate"
    )
    kafka_key_file: ExistingFile = Field(default="", description="With SSL: PEM file of its key, not encrypted")
    topic_prefix: str = Field(
        default="crm",
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
        description="What the names of all topics begin with, before a dot",
    )

    @property
    def kafka(self) -> KafkaAccess:
        """What clients are made with."""
        return KafkaAccess(
            self.kafka_bootstrap,
            self.kafka_protocol,
            self.kafka_mechanism,
            self.kafka_user,
            self.kafka_password.get_secret_value(),
            self.kafka_ca_file,
            self.kafka_certificate_file,
            self.kafka_key_file,
        )

    @model_validator(mode="after")
    def _refuse_contradictions(self) -> KafkaSettings:
        if faults := _contradictions(self.kafka):
            raise PydanticCustomError("kafka", "; ".join(faults))  # pyright: ignore[reportArgumentType]
        return self


def _contradictions(access: KafkaAccess) -> list[str]:
    """What does not fit together, by variable, without any value but the protocol."""
    protocol = access.protocol
    person = {"DOSSIER_KAFKA_USER": access.user, "DOSSIER_KAFKA_PASSWORD": access.password}
    own = {"DOSSIER_KAFKA_CERTIFICATE_FILE": access.certificate_file, "DOSSIER_KAFKA_KEY_FILE": access.key_file}
    files = {"DOSSIER_KAFKA_CA_FILE": access.ca_file, **own}
    faults: list[str] = []
    if protocol.startswith("SASL"):
        faults += [f"DOSSIER_KAFKA_PROTOCOL {protocol} needs {name}" for name, value in person.items() if not value]
    else:
        faults += [f"{name} has no use with DOSSIER_KAFKA_PROTOCOL {protocol}" for name in person if person[name]]
    if not protocol.endswith("SSL"):
        faults += [f"{name} has no use with DOSSIER_KAFKA_PROTOCOL {protocol}" for name in files if files[name]]
    if bool(access.certificate_file) != bool(access.key_file):
        faults.append(f"{' and '.join(own)} need each other")
    return faults or _unusable(access)


def _unusable(access: KafkaAccess) -> list[str]:
    """Which files are not what they have to be."""
    if access.ca_file and not holds_authorities(access.ca_file):
        return ["DOSSIER_KAFKA_CA_FILE holds no certificates in PEM"]
    try:
        access.options()
    except OSError:
        return ["DOSSIER_KAFKA_CERTIFICATE_FILE and DOSSIER_KAFKA_KEY_FILE are no certificate in PEM and its key"]
    return []


def words_for(error: KafkaError | ssl.SSLError) -> str:
    """What an operator can do about Kafka not answering as it should."""
    if isinstance(error, (SaslAuthenticationFailed, AuthenticationFailedError)):
        return "Kafka refuses DOSSIER_KAFKA_USER with DOSSIER_KAFKA_PASSWORD."
    if isinstance(error, (UnsupportedSaslMechanismError, IllegalSaslStateError)):
        return "Kafka does not let in with DOSSIER_KAFKA_PROTOCOL and DOSSIER_KAFKA_MECHANISM."
    if isinstance(error, ssl.SSLCertVerificationError):
        return "Kafka's certificate is not trusted, or is another host's: see DOSSIER_KAFKA_CA_FILE."
    if isinstance(error, ssl.SSLError):
        return "Kafka does not speak TLS as DOSSIER_KAFKA_PROTOCOL says, or refuses this service's certificate."
    return f"Kafka does not answer as it should: {type(error).__name__}."
