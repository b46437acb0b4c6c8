"""Both places for files do the same."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from gridfs.asynchronous import AsyncGridFSBucket
from moto.server import ThreadedMotoServer

from dossier.files import FileSettings, StoredFiles, stored_files
from dossier.files.gridfs import GridFiles
from dossier.ids import new_id
from dossier.mongo import Database, Mongo, aggregate
from dossier.testing.files_behaviour import StoredFilesBehaviour, content, pieces


def settings(**given: object) -> FileSettings:
    return FileSettings.model_validate(
        {"service": "test", "port": 1, "mongo_database": "test", "environment": "test", **given}
    )


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class TestGridFS(StoredFilesBehaviour):
    """On a real MongoDB, with the driver that DOSSIER_MONGO_DRIVER names."""

    @pytest.fixture
    async def files(self, database: Database) -> StoredFiles:
        files = stored_files(settings(), database, "documents")
        await files.prepare()
        await files.prepare()
        return files


class TestS3(StoredFilesBehaviour):
    """On a server that speaks S3."""

    @pytest.fixture
    async def files(self, endpoint: str, database: Database) -> StoredFiles:
        bucket = f"test-{secrets.token_hex(4)}"
        async with httpx.AsyncClient() as http:
            (await http.put(f"{endpoint}/{bucket}")).raise_for_status()
        chosen = settings(files="s3", s3_endpoint=endpoint, s3_bucket=bucket, s3_access_key="a", s3_secret_key="b")
        files = stored_files(chosen, database, "documents")
        await files.prepare()
        return files


async def test_every_tool_of_mongodb_reads_the_files(mongo_url: str, database_name: str) -> None:
    mongo = Mongo(mongo_url, "pymongo")
    files = GridFiles(mongo.database(database_name), "documents")
    await files.prepare()
    name, whole = new_id(), content(3_000_000)
    await files.put(name, pieces(whole))
    bucket = AsyncGridFSBucket(mongo.database(database_name), "documents")
    assert await (await bucket.open_download_stream_by_name(name)).read() == whole
    await mongo.close()


async def test_what_an_unfinished_upload_left_is_reclaimed(database: Database) -> None:
    files = GridFiles(database, "documents")
    await files.prepare()

    async def broken() -> AsyncIterator[bytes]:
        yield content(3_000_000)
        raise EOFError

    with pytest.raises(EOFError):
        await files.put("half", broken())
    parts = database["documents.chunks"]
    assert await parts.count_documents({}) > 0
    await files.delete("half")
    assert await (await aggregate(parts, [{"$count": "left"}])).to_list(None) == []
