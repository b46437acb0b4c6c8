"""What an operator may tune about projections."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

_Count = Annotated[int, Field(ge=1, le=1_000_000)]
_Seconds = Annotated[float, Field(gt=0, le=86_400)]


class ProjectionSettings(BaseSettings):
    """Read from environment variables with the prefix `DOSSIER_PROJECTION_`. Durations are in seconds."""

    model_config = SettingsConfigDict(env_prefix="DOSSIER_PROJECTION_", extra="ignore", frozen=True)

    max_records: _Count = Field(default=2_000, description="Records of one batch at most")
    batch_timeout_ms: int = Field(default=8, ge=5, le=10, description="A poll that finds nothing waits twice as long")
    max_parked: _Count = Field(default=100, description="More streams set aside than this stop the consumer: our bug")
    parking_budget: _Seconds = Field(default=300.0, description="How long a stream may fail before it is parked")
    heads_period: _Seconds = Field(default=600.0, description="Between two comparisons of all heads")
    heads_patience: _Seconds = Field(default=2.0, description="Lacking streams without progress for so long are healed")
    watch_period: _Seconds = Field(default=5.0, description="Between two looks at the topics for signs of loss")
    job_slice: _Seconds = Field(default=0.25, description="A job yields to other work of its kind after so long")
    lease: _Seconds = Field(default=15.0, description="Work of a replica that died is taken over after so long")
    drain: _Seconds = Field(default=8.0, description="How long a revoked or stopping consumer may finish its batch")
    instance: str = Field(
        default="", description="Name in the consumer group (KIP-345): another one in every replica; empty: none"
    )
