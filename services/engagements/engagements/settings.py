"""Settings of the engagement service."""

from __future__ import annotations

from dossier.settings import ServiceSettings


class Settings(ServiceSettings):
    """Environment variables with the prefix `DOSSIER_`."""

    service: str = "engagements"
    port: int = 8102
    mongo_database: str = "engagements"
