"""Loading a new generation: a document that no database takes stops nothing but its own stream."""

from __future__ import annotations

import msgspec
import pytest

from dossier.contracts import Event
from dossier.contracts import addresses as adr
from dossier.ids import new_id, split_stream, stream_id
from dossier.mongo import Database
from dossier.projections.model import Span
from dossier.testing.activities import note
from dossier.testing.recorded import recorded
from histories.views.projection import Histories
from oracle.comparison import dump

pytestmark = pytest.mark.backends


def poisoned(span: Span, field: str) -> Span:
    """The same event with a value in the field that JSON can spell and a document cannot hold."""
    (event,) = span.events
    fields = msgspec.json.decode(event.data) | {field: {"\0": 1}}
    return Span(span.stream, [msgspec.structs.replace(event, data=msgspec.Raw(msgspec.json.encode(fields)))])


def made(kind: str, event: Event) -> Span:
    stream = stream_id(kind, new_id())
    return Span(stream, recorded(stream, event))


def talk_with(address: str) -> Span:
    kind, identifier = split_stream(address)
    return made("activity", note(address={"type": kind, "id": identifier}))


async def test_streams_that_cannot_be_stored_are_named_and_everything_else_is_loaded(database: Database) -> None:
    loaded, applied = attached(database, 1), attached(database, 2)
    acme = made("company", adr.CompanyRegistered(name="Acme"))
    contact = made("contact", adr.ContactRegistered(company=split_stream(acme.stream)[1], last_name="Muster"))
    talks = [talk_with(acme.stream) for _ in range(9)] + [talk_with(contact.stream)]
    good, bad = [acme, *talks[:4], *talks[5:]], [poisoned(contact, "last_name"), poisoned(talks[4], "title")]
    await loaded.prepare_bulk()
    await loaded.bulk([acme, bad[0]])
    await loaded.bulk([*talks[:4], bad[1], *talks[5:]])
    assert set(await loaded.finish_bulk()) == {span.stream for span in bad}
    await applied.prepare()
    await applied.apply(good)
    await applied.advance({span.stream: 1 for span in good})
    assert await dump(loaded) == await dump(applied)


def attached(database: Database, generation: int) -> Histories:
    histories = Histories()
    histories.attach(database, generation)
    return histories
