"""The place where a service keeps its files, opened."""

from __future__ import annotations

from dossier.files.gridfs import GridFiles
from dossier.files.model import StoredFiles
from dossier.files.settings import FileSettings
from dossier.mongo import Database


def stored_files(settings: FileSettings, database: Database, bucket: str) -> StoredFiles:
    """The place for files that the settings name; `bucket` is that of GridFS, or the beginning of the keys in S3."""
    if settings.files == "gridfs":
        return GridFiles(database, bucket)
    from dossier.files.s3 import s3_files  # a client of 20 MB that only this setting needs

    return s3_files(settings, bucket)
