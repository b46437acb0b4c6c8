"""Settings of the address service."""

from __future__ import annotations

from pydantic import Field

from dossier.settings import ServiceSettings


class Settings(ServiceSettings):
    """Environment variables with the prefix `DOSSIER_`."""

    service: str = "addresses"
    port: int = 8101
    mongo_database: str = "addresses"
    shipped_lists: bool = Field(
        default=True, description="Write the lists that ship (keywords, channel and link types, layouts) at the start"
    )
    region: str = Field(
        default="CH", pattern="^[A-Z]{2}$", description="Country (ISO 3166) of numbers typed without a country code"
    )
