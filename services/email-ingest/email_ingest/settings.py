"""Every environment variable of the mail gateway."""

from __future__ import annotations

from pydantic import Field

from dossier.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of `email-ingest`."""

    service: str = "email-ingest"
    port: int = 8104
    mongo_database: str = "email_ingest"
    lmtp_host: str = Field(default="127.0.0.1", description="Address to listen on for mail servers of one's own (LMTP)")
    lmtp_port: int = Field(default=8124, description="0: no LMTP")
    smtp_host: str = Field(default="127.0.0.1", description="Address to listen on for SMTP")
    smtp_port: int = Field(default=8125, description="0: no SMTP")
