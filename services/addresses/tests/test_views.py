"""The own sides of the book: every event of an address leaves them as the write side has the address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest

from addresses.aggregates import COMPANY, CONTACT, COUPLE, PERSON
from addresses.domain.book import own_sides
from addresses.domain.channels import Channel
from addresses.views.book import AddressBook
from dossier.commands import Aggregate
from dossier.contracts import addresses as events
from dossier.contracts.base import EVENTS, Event
from dossier.contracts.recorded import RecordedEvent, from_line, to_line
from dossier.ids import new_id
from dossier.mongo import Database, Mongo
from dossier.projections.model import Span
from dossier.store import CommitStore, Head, Metadata, NewCommit

ACME, BETA, EVA, CHANNEL = (new_id() for _ in range(4))
COMPANY_LIFE: list[Event] = [
    events.CompanyRegistered(name="Acme", parent=BETA),
    events.CompanyRenamed(name="Acme AG"),
    events.CompanyParentSet(parent=None),
    events.ChannelAdded(
        channel_id=CHANNEL, kind="T", value="044 668 18 00", normalised="+41446681800", is_default=True
    ),
    events.ChannelChanged(channel_id=CHANNEL, label="", value="1", normalised="1", valid_from=None, valid_to=None),
    events.DefaultChannelSet(channel_id=CHANNEL),
    events.ChannelContactForbidden(channel_id=CHANNEL),
    events.ChannelContactAllowed(channel_id=CHANNEL),
    events.ChannelConsentRecorded(channel_id=CHANNEL, consent="given", on=date(2024, 1, 1)),
    events.ChannelBounced(channel_id=CHANNEL, bounce="soft", at=datetime(2024, 1, 1, tzinfo=UTC)),
    events.ChannelReached(channel_id=CHANNEL),
    events.PrimaryContactSet(contact=EVA),
    events.ChannelRemoved(channel_id=CHANNEL),
    events.AddressDeactivated(),
    events.AddressReactivated(),
    events.AddressDeactivated(),
]
PERSON_LIFE: list[Event] = [
    events.PersonRegistered(last_name="Muster"),
    events.PersonRenamed(last_name="Huber", first_name="Eva"),
]
CONTACT_LIFE: list[Event] = [
    events.ContactRegistered(company=ACME, last_name="Muster"),
    events.ContactRenamed(last_name="E. Muster", supplement="Board"),
    events.ContactPositionChanged(function="CFO", department="Finance"),
    events.PersonLinked(person=EVA),
    events.PersonUnlinked(person=EVA, unlinked_on=date(2024, 1, 1), last_name="Huber"),
    events.PersonLinked(person=BETA),
    events.PersonLinkCorrected(person=EVA),
    events.AffiliationEnded(valid_to=date(2024, 3, 31)),
    events.AffiliationDatesCorrected(valid_from=date(2020, 1, 1), valid_to=None),
    events.AffiliationCorrected(company=BETA),
]
COUPLE_LIFE: list[Event] = [
    events.CoupleRegistered(a=events.Half(person=EVA), b=events.Half(last_name="Beispiel")),
    events.CoupleHalfRenamed(side="b", last_name="Bsp"),
    events.CouplePersonLinked(side="b", person=ACME),
    events.CouplePersonUnlinked(side="b", person=ACME, unlinked_on=date(2024, 1, 1), last_name="Huber"),
    events.CoupleHalfCorrected(side="a", half=events.Half(last_name="Muster")),
    events.CoupleSeparated(valid_to=date(2024, 3, 31)),
    events.CoupleDatesCorrected(valid_from=None, valid_to=None),
    events.AddressFactsChanged(supplement="c/o"),
    events.AccountManagerSet(user=EVA),
    events.AliasSet(alias="Typed"),
    events.AliasGivenUp(),
    events.PostalAddressAdded(postal_id=CHANNEL, kind="post", city="Bern", country="CH", is_default=True),
    events.PostalAddressChanged(
        postal_id=CHANNEL, label="", street="", postal_code="", city="Chur", country="CH", supplement=""
    ),
    events.DefaultPostalAddressSet(postal_id=CHANNEL),
    events.PostalAddressRemoved(postal_id=CHANNEL),
]
LIVES = [(COMPANY, COMPANY_LIFE), (PERSON, PERSON_LIFE), (CONTACT, CONTACT_LIFE), (COUPLE, COUPLE_LIFE)]
NOT_YET = {events.AddressDeleted, events.KeywordAssigned, events.KeywordUnassigned, events.LayoutChosen}
OF_ADDRESSES = ("channels", "common", "companies", "contacts", "couples", "persons", "postal")


NOT_KEPT = {
    events.DuplicateDismissed,
    events.DuplicateReconsidered,
    events.FolderChanged,
    events.FolderCreated,
    events.FolderEntryAdded,
    events.FolderEntryRemoved,
    events.LayoutChanged,
    events.LayoutDefined,
    events.SavedSearchChanged,
    events.SavedSearchRemoved,
    events.SearchSaved,
}
"""What no address shows: lists of their own, read where they are kept."""
SHARED = {
    *("name", "parent", "last_name", "first_name", "supplement", "company", "person", "function", "department"),
    *("valid_from", "valid_to", "ended", "predecessor", "successor", "is_active", "account_manager"),
}


def test_the_book_keeps_every_event_that_an_address_shows() -> None:
    known = {event.event_type: event for (kind, _), event in EVENTS.items() if kind.startswith("crm.addresses.")}
    assert {known[kind] for kind in known.keys() - own_sides.FOLDS.keys()} == NOT_KEPT


def test_the_lives_hold_every_event_of_an_address() -> None:
    known = {event for (kind, _), event in EVENTS.items() if kind.startswith("crm.addresses.")}
    known = {event for event in known if event.__module__.endswith(OF_ADDRESSES)}
    lived = {type(event) for _, life in LIVES for event in life}
    assert known - lived == NOT_YET


@pytest.mark.backends
@pytest.mark.parametrize(("aggregate", "life"), LIVES, ids=["company", "person", "contact", "couple"])
async def test_the_book_shows_an_address_as_its_stream_folds(
    mongo_url: str, database_name: str, aggregate: Aggregate[Any], life: Sequence[Event]
) -> None:
    mongo = Mongo(mongo_url)
    try:
        recorded = await written(mongo, mongo.database(database_name), aggregate.kind, life)
        state = aggregate.initial()
        book = AddressBook()
        book.attach(mongo.database(database_name), 1)
        for event in recorded:
            state = aggregate.evolve(state, event.event())
            await book.apply([Span(event.stream, [event])])
            document = await book.get(event.stream)
            assert document is not None
            shared = {field: value for field, value in document.items() if field in SHARED and _has(state, field)}
            assert "is_active" in shared
            assert {field: shown(state, field) for field in shared} == shared
            assert [told(channel) for channel in document["channels"]] == [of(each) for each in state.channels]
    finally:
        await mongo.close()


async def written(mongo: Mongo, database: Database, kind: str, life: Sequence[Event]) -> list[RecordedEvent]:
    store = CommitStore(mongo, database, "addresses")
    stream = f"{kind}-{new_id()}"
    metadata = Metadata(actor="rule:test", channel="rule", correlation_id=stream, command_id=new_id())
    await store.append(NewCommit(stream, Head(stream), life, metadata))
    return [from_line(to_line(event)) for event in await store.read(stream)]


def _has(state: object, field: str) -> bool:
    return hasattr(state, field) or hasattr(getattr(state, "names", None), field)


def told(channel: Mapping[str, Any]) -> tuple[Any, ...]:
    """What the book says of a channel."""
    return tuple(channel[name] for name in ("id", "value", "is_default", "forbidden", "consent", "bounce"))


def of(channel: Channel) -> tuple[Any, ...]:
    """The same of the write side."""
    reach = channel.reach
    return channel.id, channel.value, channel.is_default, reach.forbidden, reach.consent, reach.bounce


def shown(state: object, field: str) -> object:
    """A field of the domain's state as the book writes it."""
    names = getattr(state, "names", None)
    if names is not None and hasattr(names, field):
        return getattr(names, field)
    value = getattr(state, field)
    return value.isoformat() if isinstance(value, date) else value
