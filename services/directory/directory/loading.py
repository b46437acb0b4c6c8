"""Feeding the directory from a file: users and groups become what the file says, as often as it is read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from directory.aggregates import GROUP, USER
from directory.bringing import execute_whole
from directory.domain import group, user
from directory.facts import Claim, GroupName, MailAddress, Person, UserName
from dossier.auth.principals import directory_id
from dossier.contracts.directory import UserAdded
from dossier.days import OFFICE, TimeZone
from dossier.http.models import Request
from dossier.ids import new_id, stream_id
from dossier.store import CommitStore, Metadata
from dossier.telemetry import logs

log = logs.logger()


class UnusableFile(Exception):
    """The file cannot be read as a directory. The message names places, never values."""


class ListedUser(Request):
    """A user of the file. `id` is the id, or how the issuer of access tokens names the user."""

    id: Claim
    name: UserName
    email: MailAddress | None = None
    time_zone: TimeZone = OFFICE
    person: Person | None = None
    is_active: bool = True


class ListedGroup(Request):
    """A group of the file, with all its members: who is not listed leaves. Ids as for users."""

    id: Claim
    name: GroupName
    members: tuple[Claim, ...] = ()


class DirectoryFile(Request):
    """Users and groups. Who is not in the file stays as they are."""

    users: Annotated[tuple[ListedUser, ...], Field(max_length=100_000)] = ()
    groups: Annotated[tuple[ListedGroup, ...], Field(max_length=10_000)] = ()


def read_file(path: Path) -> DirectoryFile:
    """The file's content. Raises UnusableFile."""
    try:
        found = DirectoryFile.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UnusableFile(f"{path}: {error.strerror}") from None
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_input=False)]
        raise UnusableFile(f"{path}: {'; '.join(faults)}") from None
    return found


async def load_directory(store: CommitStore, file: DirectoryFile) -> int:
    """Bring users and groups to what the file says; returns how many had to change.

    Raises UnusableFile if a group has a member who is known neither here nor in the file; nothing is written then.
    """
    listed = {directory_id("user", entry.id) for entry in file.users}
    members = {member for entry in file.groups for member in _member_ids(entry)}
    for member in sorted(members - listed):
        if not (await store.head(stream_id("user", member))).exists:
            log.error("directory.unknown-member", stream=stream_id("user", member))
            raise UnusableFile(f"a group has an unknown member: {member}")
    batch = new_id()
    done = [await _bring_user(store, entry, batch) for entry in file.users]
    done += [await _bring_group(store, entry, batch) for entry in file.groups]
    return sum(done)


async def _bring_user(store: CommitStore, entry: ListedUser, batch: str) -> bool:
    wanted = UserAdded(**entry.model_dump(exclude={"id", "is_active"}))
    stream = stream_id("user", directory_id("user", entry.id))
    return await execute_whole(
        store,
        USER,
        stream,
        lambda present: user.bring_to(present, wanted, is_active=entry.is_active),
        _metadata(batch),
        create=True,
    )


async def _bring_group(store: CommitStore, entry: ListedGroup, batch: str) -> bool:
    stream = stream_id("group", directory_id("group", entry.id))
    return await execute_whole(
        store,
        GROUP,
        stream,
        lambda present: group.bring_to(present, entry.name, _member_ids(entry)),
        _metadata(batch),
        create=True,
    )


def _member_ids(entry: ListedGroup) -> list[str]:
    return [directory_id("user", member) for member in entry.members]


def _metadata(batch: str) -> Metadata:
    return Metadata(
        actor="service:directory", channel="import", correlation_id=batch, command_id=new_id(), batch_id=batch
    )
