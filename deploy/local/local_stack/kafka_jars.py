"""Apache Kafka's jars: pinned coordinates, fetched once per user, each checked by its hash."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from local_stack import locks
from local_stack.errors import StackError


class Jar(NamedTuple):
    """One line of kafka-jars.txt."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The name that Maven repositories give it."""
        return f"{self.artifact}-{self.version}.jar"


def pinned_jars() -> Iterator[Jar]:
    """The complete class path. The list is closed, so nothing is resolved: a resolver picks other versions."""
    for line in files("local_stack").joinpath("kafka-jars.txt").read_text().splitlines():
        if not line.startswith("#"):
            yield Jar(*line.replace(":", " ").split())


def user_cache() -> Path:
    """Where downloads are kept between checkouts."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "dossier"


def jars_folder() -> Path:
    """A folder with exactly the pinned jars, filled on first use.

    The folder gets its name only when complete, so it is never seen half full, by whomever.
    """
    folder = named_folder()
    if not folder.exists():
        with locks.exclusive(folder.with_name("kafka-download.lock")):
            if not folder.exists():
                _fill(folder.with_suffix(".part")).rename(folder)
    return folder


def named_folder() -> Path:
    """The name of that folder, which says by hash what is in it; it may not exist yet."""
    pinned = files("local_stack").joinpath("kafka-jars.txt").read_bytes()
    return user_cache() / f"kafka-{hashlib.sha256(pinned).hexdigest()[:12]}"


def _fill(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(partial(_fetch, folder), pinned_jars()))
    shutil.rmtree(_staging(folder), ignore_errors=True)
    return folder


def _staging(folder: Path) -> Path:
    return folder.with_name("kafka-download")


def _fetch(folder: Path, jar: Jar) -> None:
    from jgo.config import GlobalSettings  # costs half a second, and only the first start needs it
    from jgo.maven import MavenContext

    target = folder / jar.file_name
    if target.exists():
        return  # an earlier attempt that broke off had it checked and named already
    settings = GlobalSettings.load()
    context = MavenContext(repo_cache=_staging(folder), remote_repos=settings.repositories or None, timeout=60)
    artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact()
    with suppress(FileNotFoundError):
        assert artifact.cached_path
        artifact.cached_path.unlink()  # what a download that broke off left behind
    try:
        path = artifact.resolve()
    except Exception as error:
        raise StackError(f"Kafka's {jar.file_name} could not be downloaded: {error}") from error
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != jar.sha256:
        path.unlink()
        raise StackError(f"{jar.file_name} is not the file that was pinned: SHA-256 {found}, not {jar.sha256}")
    path.rename(target)
