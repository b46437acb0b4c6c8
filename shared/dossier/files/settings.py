"""Where a service keeps its files."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from dossier.settings import ServiceSettings


class FileSettings(ServiceSettings):
    """Settings of a service that stores files."""

    files: Literal["gridfs", "s3"] = Field(default="gridfs", description="gridfs: in the service's own database")
    file_bytes: int = Field(default=100 << 20, gt=0, description="Largest file that can be uploaded")
    unused_file_seconds: float = Field(
        default=24 * 3600.0, gt=0, description="After this time an uploaded file that no event refers to is removed"
    )
    s3_endpoint: str = Field(default="", description="Empty: that of the region, at Amazon")
    s3_region: str = Field(default="us-east-1", description="Region of the bucket")
    s3_bucket: str = Field(default="", description="The bucket; `s3` needs it")
    s3_access_key: str = Field(default="", description="Empty: what the environment or the machine's role gives")
    s3_secret_key: SecretStr = Field(default=SecretStr(""), description="Belongs to the access key")

    @model_validator(mode="after")
    def _has_a_bucket(self) -> FileSettings:
        if self.files == "s3" and not self.s3_bucket:
            raise PydanticCustomError("bucket", "DOSSIER_FILES s3 needs DOSSIER_S3_BUCKET")
        return self
