"""The settings of the activities service."""

from __future__ import annotations

from dossier.settings import ServiceSettings


class Settings(ServiceSettings):
    """Nothing beyond what every service has."""

    service: str = "activities"
    port: int = 8103
    mongo_database: str = "activities"
