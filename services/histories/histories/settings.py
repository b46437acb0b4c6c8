"""Settings of the history service."""

from __future__ import annotations

from dossier.settings import ServiceSettings


class Settings(ServiceSettings):
    """Environment variables with the prefix `DOSSIER_`."""

    service: str = "histories"
    port: int = 8106
    mongo_database: str = "histories"
