"""The servers that the local stack starts keep what they acknowledged, and the jars they run are the pinned ones."""

import asyncio
import hashlib
import re
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from dossier import topics
from dossier.kafka import KafkaAccess
from dossier.mongo import Mongo as Client
from dossier.testing.mongod import failing, own_mongod
from local_stack import kafka_jars, locks
from local_stack.errors import StackError
from local_stack.kafka import Kafka
from local_stack.mongo import NOT_YET_INITIALISED, Mongo, is_primary_after_nudge
from local_stack.ports import LOOPBACK, free_port

Server = Mongo | Kafka
Start = Callable[[Server], "subprocess.Popen[bytes]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a server, waits until it is ready, and ends it after the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(server: Server) -> "subprocess.Popen[bytes]":
        process = server.start()
        started.append(process)
        server.wait_until_ready(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.backends
@pytest.mark.slow
async def test_mongo_keeps_its_data_when_killed_and_started_at_another_port(tmp_path: Path, start: Start) -> None:
    server = Mongo(tmp_path, free_port())
    process = start(server)
    client = Client(server.url)
    await client.database("kept").things.insert_one({"_id": "thing"})
    await client.close()
    process.kill()
    process.wait()

    moved = replace(server, port=free_port())
    start(moved)
    client = Client(moved.url)
    assert await client.database("kept").things.find_one() == {"_id": "thing"}
    await client.close()


@pytest.mark.backends
@pytest.mark.slow
async def test_a_mongod_that_has_not_read_yet_that_it_is_a_replica_set_is_waited_for(tmp_path: Path) -> None:
    async with own_mongod(tmp_path) as server:
        port = urlsplit(server.url).port
        client = Client(f"mongodb://{LOOPBACK}:{port}/?directConnection=true")
        await client.client.admin.command({"replSetStepDown": 60, "force": True})
        async with failing(client, "replSetGetConfig", times=1, errorCode=NOT_YET_INITIALISED):
            assert not await asyncio.to_thread(is_primary_after_nudge, port)
        await client.close()


@pytest.mark.backends
@pytest.mark.slow
async def test_kafka_keeps_its_data_when_killed_and_started_at_another_port(tmp_path: Path, start: Start) -> None:
    server = Kafka(tmp_path, free_port(), free_port())
    process = start(server)
    [topic] = await topics.ensure_topics(KafkaAccess(server.bootstrap), "kept", ["emails"], partitions=1)
    async with AIOKafkaProducer(bootstrap_servers=server.bootstrap, acks="all") as producer:
        await producer.send_and_wait(topic, b"value")
    process.kill()
    process.wait()

    moved = replace(server, port=free_port(), controller_port=free_port())
    start(moved)
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=moved.bootstrap, auto_offset_reset="earliest")
    async with consumer:
        assert (await consumer.getone()).value == b"value"


def test_a_server_that_cannot_start_shows_the_end_of_its_log(tmp_path: Path, start: Start) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "WiredTiger").write_text("not a database")
    (tmp_path / "data" / "storage.bson").write_text("nor this")
    with pytest.raises(StackError, match=r"MongoDB ended with code \d+\. The end of .*mongod\.log"):
        start(Mongo(tmp_path, free_port()))


def test_a_server_whose_catalogue_is_lost_is_not_started(tmp_path: Path, start: Start) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "collection-0-1.wt").touch()
    with pytest.raises(StackError, match=r"/data holds collections, but WiredTiger\.turtle is missing"):
        start(Mongo(tmp_path, free_port()))


def test_every_jar_is_pinned_with_its_hash() -> None:
    jars = list(kafka_jars.pinned_jars())
    assert len({jar.file_name for jar in jars}) == len(jars) == 46
    assert all(re.fullmatch(r"[0-9a-f]{64}", jar.sha256) for jar in jars)
    assert {jar.version for jar in jars if jar.group == "org.apache.kafka"} == {"4.3.1"}


class FakeRepository:
    """Stands for jgo's Maven access: every jar has the same content."""

    content = b"a jar"
    downloads = 0

    def __init__(self, repo_cache: Path, **_: object) -> None:
        self.cached_path = repo_cache / "nowhere"
        self._folder = repo_cache

    def project(self, _: str, artifact: str) -> "FakeRepository":
        self.cached_path = self._folder / artifact
        return self

    def at_version(self, _: str) -> "FakeRepository":
        return self

    def artifact(self) -> "FakeRepository":
        return self

    def resolve(self) -> Path:
        FakeRepository.downloads += 1
        self.cached_path.parent.mkdir(parents=True, exist_ok=True)
        self.cached_path.write_bytes(self.content)
        return self.cached_path


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> type[FakeRepository]:
    """An empty cache and a repository without a network."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("jgo.maven.MavenContext", FakeRepository)
    monkeypatch.setattr(FakeRepository, "downloads", 0)
    return FakeRepository


def test_a_jar_with_another_hash_is_refused(repository: type[FakeRepository]) -> None:
    with pytest.raises(StackError, match=r"is not the file that was pinned"):
        kafka_jars.jars_folder()
    assert not kafka_jars.named_folder().exists()
    assert repository.downloads


def test_two_at_once_download_only_once(repository: type[FakeRepository], monkeypatch: pytest.MonkeyPatch) -> None:
    sha256 = hashlib.sha256(repository.content).hexdigest()
    monkeypatch.setattr(kafka_jars, "pinned_jars", lambda: [kafka_jars.Jar("group", "a", "1", sha256)])
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: kafka_jars.jars_folder(), range(2))
    assert first == second
    assert [path.name for path in first.iterdir()] == ["a-1.jar"]
    assert repository.downloads == 1


def test_a_lock_has_one_holder_and_goes_with_it(tmp_path: Path) -> None:
    held = locks.try_exclusive(tmp_path / "lock")
    assert held
    assert locks.try_exclusive(tmp_path / "lock") is None
    held.close()
    shared = [locks.share(tmp_path / "lock") for _ in range(2)]
    assert not locks.is_last_holder(shared[0])
    shared[0].close()
    assert locks.is_last_holder(shared[1])
    shared[1].close()
