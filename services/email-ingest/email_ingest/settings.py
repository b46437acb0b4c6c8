"""Every environment variable of the mail gateway."""

from __future__ import annotations

from pydantic import Field

from dossier.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of `email-ingest`."""

    service: str = "email-ingest"
    port: int = 8104
    mongo_database: str = "email_ingest"
    lmtp_host: str = "127.0.0.1"
    lmtp_port: int = Field(default=8124, description="0: no LMTP")
    smtp_host: str = "127.0.0.1"
    smtp_port: int = Field(default=8125, description="0: no SMTP")
