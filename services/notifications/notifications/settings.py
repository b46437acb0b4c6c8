"""The settings of the notifications service."""

from __future__ import annotations

from dossier.settings import ServiceSettings


class Settings(ServiceSettings):
    """Nothing beyond what every service has."""

    service: str = "notifications"
    port: int = 8105
    mongo_database: str = "notifications"
