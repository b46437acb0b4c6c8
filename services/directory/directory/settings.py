"""Settings of the directory."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from dossier.settings import ServiceSettings


class Settings(ServiceSettings):
    """Environment variables with the prefix `DOSSIER_`."""

    service: str = "directory"
    port: int = 8107
    mongo_database: str = "directory"
    directory_file: Path | None = Field(default=None, description="JSON list of users and groups, read at the start")
