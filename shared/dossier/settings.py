"""The settings every service has. A service adds its own in its `settings.py`; every variable is declared there."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from dossier.mongo import Driver

Environment = Literal["production", "local", "test"]


class ServiceSettings(BaseSettings):
    """Read from environment variables with the prefix `DOSSIER_`."""

    model_config = SettingsConfigDict(env_prefix="DOSSIER_", extra="ignore", frozen=True)

    service: str
    """Folder name of the service, for instance `email-ingest`: set by the subclass, not by the environment."""
    environment: Environment = "production"
    host: str = "127.0.0.1"
    port: int
    log_level: str = "INFO"

    mongo_url: str = "mongodb://127.0.0.1:27017/?replicaSet=dossier"
    mongo_driver: Driver = "motor"
    mongo_database: str

    kafka_bootstrap: str = "127.0.0.1:9092"
    topic_prefix: str = "crm"

    issuer_url: str = "http://127.0.0.1:8110"
    audience: str = "dossier"
    user_claim: str = "sub"
    groups_claim: str = "groups"
    client_id: str = "service"
    client_secret: SecretStr = SecretStr("")
    token_key: SecretStr = Field(default=SecretStr(""), description="Signs read-your-writes tokens and page cursors")
    capabilities: dict[str, list[str]] = Field(default_factory=dict, description="Group id to capabilities")

    addresses_url: str = "http://127.0.0.1:8101"
    engagements_url: str = "http://127.0.0.1:8102"
    activities_url: str = "http://127.0.0.1:8103"
    email_ingest_url: str = "http://127.0.0.1:8104"
    notifications_url: str = "http://127.0.0.1:8105"
    histories_url: str = "http://127.0.0.1:8106"
    directory_url: str = "http://127.0.0.1:8107"

    otlp_endpoint: str = ""
