"""Files in a bucket of an S3-compatible store.

A file that came only in part is not to be seen; what a killed process had sent of it, the bucket itself forgets by a
lifecycle rule for incomplete multipart uploads, which the bucket's owner has to set.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from obstore.exceptions import BaseError
from obstore.store import S3Store

from dossier.files.model import PART, MissingFileError, regrouped
from dossier.store.errors import StoreUnavailableError

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Config

    from dossier.files.settings import FileSettings

_UPLOADED_PART = 5 << 20
"""The smallest that S3 allows for all but the last."""


class S3Files:
    """Files of a bucket; a file's name is its key."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    async def prepare(self) -> None:
        """See StoredFiles. The bucket is its owner's to make."""

    async def put(self, name: str, parts: AsyncIterable[bytes]) -> None:
        """See StoredFiles."""
        failures: list[BaseException] = []

        async def told() -> AsyncIterator[bytes]:
            # The library wraps what the parts raise into an error of its own.
            try:
                async for part in regrouped(parts, PART):
                    yield part
            except BaseException as failure:
                failures.append(failure)
                raise

        try:
            with _asking(name):
                await self._store.put_async(
                    name, told(), use_multipart=True, chunk_size=_UPLOADED_PART, max_concurrency=1
                )
        except Exception as error:
            raise failures[0] if failures else error from None

    async def open(self, name: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """See StoredFiles."""
        end = await self.size(name) if stop is None else stop
        if start >= end:
            return _nothing()
        with _asking(name):
            found = await self._store.get_async(name, options={"range": (start, end)})
        return _read(name, found.stream(min_chunk_size=PART))

    async def size(self, name: str) -> int:
        """See StoredFiles."""
        with _asking(name):
            return (await self._store.head_async(name))["size"]

    async def names(self, after: str, most: int) -> list[str]:
        """See StoredFiles."""
        with _asking(after):
            async for found in self._store.list(offset=after or None, chunk_size=most):
                return [file["path"] for file in found]
        return []

    async def delete(self, name: str) -> None:
        """See StoredFiles."""
        with _asking(name):
            try:
                await self._store.delete_async(name)
            except FileNotFoundError:
                return


@contextmanager
def _asking(name: str) -> Generator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise MissingFileError(name) from error
    except BaseError as error:
        raise StoreUnavailableError("the object store does not answer") from error


async def _nothing() -> AsyncIterator[bytes]:
    for part in ():
        yield part


async def _read(name: str, stream: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    with _asking(name):
        async for part in stream:
            yield bytes(part)


def s3_files(settings: FileSettings, bucket: str) -> S3Files:
    """The bucket that the settings name."""
    keys: S3Config = {"region": settings.s3_region}
    if settings.s3_access_key:
        keys["access_key_id"] = settings.s3_access_key
        keys["secret_access_key"] = settings.s3_secret_key.get_secret_value()
    if settings.s3_endpoint:
        keys["endpoint"] = settings.s3_endpoint
    allow: ClientConfig = {"allow_http": settings.s3_endpoint.startswith("http://")}
    return S3Files(S3Store(settings.s3_bucket, prefix=bucket, config=keys, client_options=allow))
