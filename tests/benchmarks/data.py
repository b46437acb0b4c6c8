"""A consultancy of any size, as commits: made with the store's own encoder, loaded in bulk."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from benchmarks.stack import Installation
from dossier.auth.demo import USERS
from dossier.contracts.activities import (
    ActivityChanges,
    ActivityCompleted,
    ActivityCorrected,
    ActivityKind,
    ActivityRecorded,
    Assignment,
)
from dossier.contracts.addresses import ChannelAdded, CompanyRegistered, ContactRegistered
from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef
from dossier.contracts.directory import UserAdded
from dossier.contracts.engagements import ProjectRegistered, RoleAssigned
from dossier.ids import derived_id, stream_id
from dossier.mongo import Database, WriteConcern
from dossier.store.documents import COMMITS, Draft, draft
from dossier.store.model import Head, Metadata, NewCommit

BATCH = 2_000
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
USER_IDS = [user.id for user in USERS]
COMPANIES = [derived_id("bench", "company", str(number)) for number in range(40)]
CONTACTS = [derived_id("bench", "contact", str(number)) for number in range(150)]
PROJECTS = [derived_id("bench", "project", str(number)) for number in range(20)]
_KINDS: tuple[ActivityKind, ...] = ("call", "meeting", "note", "email", "appointment", "document")
_TEXT = "Discussed the next steps of the mandate, the open questions and who answers them. " * 4


def company_of(contact: int) -> str:
    """The company of a contact, by number."""
    return COMPANIES[contact % len(COMPANIES)]


def mail_address_of(contact: int) -> str:
    """The mail address of a contact, by number."""
    return f"kontakt{contact}@kunde.example"


def users() -> Iterator[Draft]:
    """The users of the development issuer, where it is morning first: what is due today (UTC) has come due already."""
    for user in USERS:
        added = UserAdded(name=user.name, email=user.email, time_zone="Pacific/Kiritimati")
        yield commit(stream_id("user", user.id), "directory", [added])[0]


def addresses() -> Iterator[Draft]:
    """Companies and their contacts."""
    for number, company in enumerate(COMPANIES):
        yield commit(stream_id("company", company), "addresses", [CompanyRegistered(name=f"Firma {number}")])[0]
    for number, contact in enumerate(CONTACTS):
        address = mail_address_of(number)
        events: list[Event] = [
            ContactRegistered(company=company_of(number), last_name=f"Kontakt {number}"),
            ChannelAdded(channel_id=contact, kind="E", value=address, normalised=address, is_default=True),
        ]
        yield commit(stream_id("contact", contact), "addresses", events)[0]


def engagements() -> Iterator[Draft]:
    """Projects, each with its customer."""
    for number, project in enumerate(PROJECTS):
        customer = AddressRef(type="company", id=COMPANIES[number])
        events: list[Event] = [
            ProjectRegistered(code=f"P{number}", title=f"Mandat {number}"),
            RoleAssigned(role_id=derived_id("bench", "role", str(number)), role="customer", address=customer),
        ]
        yield commit(stream_id("project", project), "engagements", events)[0]


def contacts_of(company: str) -> list[str]:
    """The contacts of a company."""
    return [contact for number, contact in enumerate(CONTACTS) if company_of(number) == company]


def activities(count: int, *, later: float = 0.5, contacts: Sequence[str] = CONTACTS, seed: int = 1) -> Iterator[Draft]:
    """Activities with these contacts, a fifth of them of a project; `later` of them have a second event."""
    choice = random.Random(seed)
    for number in range(count):
        stream = stream_id("activity", derived_id("bench", "activity", str(seed), str(number)))
        recorded = ActivityRecorded(
            kind=_KINDS[number % len(_KINDS)],
            medium="phone",
            title=f"Nummer {number}",
            text=_TEXT,
            occurred_on=date(2023, 1, 1) + timedelta(days=choice.randrange(1200)),
            entered_by=choice.choice(USER_IDS),
            address=AddressRef(type="contact", id=choice.choice(contacts)),
            project=choice.choice(PROJECTS) if choice.random() < 0.2 else None,
        )
        first, head = commit(stream, "activities", [recorded])
        yield first
        if choice.random() < later:
            yield commit(stream, "activities", [_second(choice, number)], head)[0]


def tasks(count: int, due_on: date) -> Iterator[Draft]:
    """Tasks that are due on a day, each with a responsible user."""
    for number in range(count):
        stream = stream_id("activity", derived_id("bench", "task", due_on.isoformat(), str(number)))
        user = USER_IDS[number % len(USER_IDS)]
        task = ActivityRecorded(
            kind="note",
            medium="note",
            title=f"Aufgabe {number}",
            occurred_on=NOW.date(),
            entered_by=user,
            responsible=Assignment(user=user),
            due_on=due_on,
        )
        yield commit(stream, "activities", [task])[0]


def _second(choice: random.Random, number: int) -> Event:
    if choice.random() < 0.5:
        return ActivityCompleted(completed_on=NOW.date())
    return ActivityCorrected(changes=ActivityChanges(title=f"Nummer {number}, korrigiert"))


def commit(stream: str, context: str, events: Sequence[Event], head: Head | None = None) -> tuple[Draft, Head]:
    """One commit, and the head after it."""
    actor = f"user:{USER_IDS[0]}"
    metadata = Metadata(actor=actor, channel="import", correlation_id="bench", command_id=stream)
    before = head or Head(stream)
    made = draft(NewCommit(stream, before, events, metadata), before, context, NOW)
    done = made.committed
    return made, Head(stream, done.commit, done.last, done.recorded_at, made.hash)


async def load(database: Database, drafts: Iterable[Draft], *, published: bool) -> int:
    """Insert commits as the store would have; `published`: as if they were on Kafka already. How many events."""
    commits = database.get_collection(COMMITS, write_concern=WriteConcern(w=1))
    remaining, events = iter(drafts), 0
    while batch := list(islice(remaining, BATCH)):
        documents = [dict(each.raw) for each in batch]
        if published:
            for document in documents:
                del document["pending"]
        await commits.insert_many(documents, ordered=False)
        events += sum(document["last"] - document["first"] + 1 for document in documents)
    return events


async def load_surroundings(installation: Installation, *, published: bool) -> int:
    """Users, companies, contacts and projects. How many events."""
    return sum(
        [
            await load(installation.database("directory"), users(), published=published),
            await load(installation.database("addresses"), addresses(), published=published),
            await load(installation.database("engagements"), engagements(), published=published),
        ]
    )
