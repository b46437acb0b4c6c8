"""Very many activities of one company, written through the commit store in bulk: for measurements.

Not through the interfaces, but in the same form: events of the contracts, sealed and marked for the relay, so that
everything after the store sees no difference.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice

from dossier.auth.demo import USERS
from dossier.contracts import Event
from dossier.contracts.activities import ActivityRecorded, Medium
from dossier.contracts.addresses import CompanyRegistered, ContactRegistered
from dossier.contracts.common import AddressRef
from dossier.demo import words
from dossier.ids import derived_id, new_id
from dossier.store import CommitStore, Head, Metadata, NewCommit
from dossier.store.documents import Draft, draft
from dossier.store.group import MAX_COMMITS, Outcome, insert_unordered

CONTACTS = 50
HISTORY_DAYS = 10 * 365
_MEDIA: dict[str, Medium] = {
    "appointment": "on_site", "meeting": "on_site", "call": "phone", "document": "written", "note": "note",
}  # fmt: skip
_SECONDS = 60.0


class BulkRefusedError(Exception):
    """The database did not take all of a batch. What is there stays; writing again adds what is missing."""


@dataclass(frozen=True)
class Bulk:
    """A company with contacts and so many activities, the same for the same seed."""

    seed: int
    today: date
    activities: int

    @property
    def company(self) -> str:
        """The id of the company."""
        return derived_id("bulk", str(self.seed), "company")

    def addresses(self) -> Iterator[tuple[str, Event]]:
        """Streams and their first events: the company and its contacts."""
        yield f"company-{self.company}", CompanyRegistered(name=f"Grosskunde {self.seed} AG")
        for number in range(CONTACTS):
            name = words.LAST_NAMES[number % len(words.LAST_NAMES)]
            yield f"contact-{self._contact(number)}", ContactRegistered(company=self.company, last_name=name)

    def entries(self) -> Iterator[tuple[str, Event]]:
        """Streams and their first events: the activities, four of five with a contact."""
        chance = random.Random(self.seed)
        for number in range(self.activities):
            kind = chance.choices(words.KINDS, [each.weight for each in words.KINDS])[0]
            contact = AddressRef(type="contact", id=self._contact(chance.randrange(CONTACTS)))
            direct = AddressRef(type="company", id=self.company)
            recorded = ActivityRecorded(
                kind=kind.kind,  # pyright: ignore[reportArgumentType] (the words are held to the contract by pydantic)
                medium=_MEDIA[kind.kind],
                title=chance.choice(kind.titles),
                text=chance.choice(kind.texts),
                occurred_on=self.today - timedelta(days=chance.randrange(HISTORY_DAYS)),
                entered_by=chance.choice(USERS[:3]).id,
                address=contact if chance.random() < 0.8 else direct,
            )
            yield f"activity-{derived_id('bulk', str(self.seed), 'activity', str(number))}", recorded

    def _contact(self, number: int) -> str:
        return derived_id("bulk", str(self.seed), "contact", str(number))


async def write(store: CommitStore, events: Iterator[tuple[str, Event]], written: Callable[[int], None]) -> int:
    """Append each event as the first commit of its stream, in big unordered inserts; how many were not there before.

    Raises BulkRefusedError.
    """
    new, batch = 0, new_id()
    while portion := list(islice(events, MAX_COMMITS)):
        drafts = [_draft(store.context, stream, event, batch) for stream, event in portion]
        outcomes = await insert_unordered(store.commits, drafts, _SECONDS)
        if set(outcomes) - {Outcome.WRITTEN, Outcome.DUPLICATE}:
            raise BulkRefusedError(f"{store.context}: not all of {len(outcomes)} commits were taken")
        new += outcomes.count(Outcome.WRITTEN)
        written(len(portion))
    return new


def _draft(context: str, stream: str, event: Event, batch: str) -> Draft:
    metadata = Metadata(
        actor="service:demo", channel="import", correlation_id=batch, command_id=new_id(), batch_id=batch
    )
    return draft(NewCommit(stream, Head(stream), [event], metadata), Head(stream), context, datetime.now(UTC))
