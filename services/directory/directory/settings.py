"""Settings of the directory."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from directory.loading import UnusableFile, read_file
from dossier.settings import ServiceSettings, is_weak


class Settings(ServiceSettings):
    """Environment variables with the prefix `DOSSIER_`."""

    service: str = "directory"
    port: int = 8107
    mongo_database: str = "directory"
    directory_file: Path | None = Field(default=None, description="JSON list of users and groups, read at the start")
    scim_tokens: tuple[SecretStr, ...] = Field(
        default=(), description="JSON list of bearer tokens of the identity provider; two while one replaces the other"
    )

    @field_validator("scim_tokens")
    @classmethod
    def _are_random(cls, tokens: tuple[SecretStr, ...], info: ValidationInfo) -> tuple[SecretStr, ...]:
        """They never end, so they must not be guessed."""
        if info.data.get("environment") == "production" and any(is_weak(each.get_secret_value()) for each in tokens):
            raise ValueError("each must be a random text of at least 32 bytes")
        return tokens

    @field_validator("directory_file")
    @classmethod
    def _is_usable(cls, path: Path | None) -> Path | None:
        """Read it once, so that what is wrong with it is said like any other fault in the settings."""
        if path is not None:
            try:
                read_file(path)
            except UnusableFile as error:
                raise ValueError(str(error)) from None
        return path
