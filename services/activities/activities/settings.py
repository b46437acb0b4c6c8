"""The settings of the activities service."""

from __future__ import annotations

from dossier.files import FileSettings


class Settings(FileSettings):
    """What every service has, and where documents are kept."""

    service: str = "activities"
    port: int = 8103
    mongo_database: str = "activities"
