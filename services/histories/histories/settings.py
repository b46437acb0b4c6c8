"""Settings of the history service."""

from __future__ import annotations

from pydantic import Field

from dossier.settings import ServiceSettings


class Settings(ServiceSettings):
    """Environment variables with the prefix `DOSSIER_`."""

    service: str = "histories"
    port: int = 8106
    mongo_database: str = "histories"
    work_list_days: int = Field(default=0, ge=0, le=366, description="Days of preview on work lists (ACT-04)")
