"""A view of one document per stream needs no watermark beside it, and repeats do not harm it."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from dossier.contracts import RecordedEvent
from dossier.mongo import Database, Document
from dossier.projections.model import Span
from dossier.projections.views import ViewProjection
from dossier.testing.projecting import activity, contact, corrected, promoted, recorded_with, registered
from dossier.testing.recorded import recorded

pytestmark = pytest.mark.backends


class Companies(ViewProjection):
    """The companies of contacts; contacts that are promoted to "gone" are forgotten."""

    name: ClassVar[str] = "companies"
    sources: ClassVar[tuple[str, ...]] = ("addresses", "activities")

    def fold(self, document: Document | None, event: RecordedEvent) -> Document | None:
        if event.type == "crm.addresses.contact-registered":
            fact: Any = event.event()
            return {"company": fact.company, "steps": [1]}
        if document is None or event.type != "crm.addresses.contact-position-changed":
            return document
        fact = event.event()
        document["steps"].append(event.version)
        return None if fact.function == "gone" else document


@pytest.fixture
def view(database: Database) -> Companies:
    made = Companies()
    made.attach(database, 1)
    return made


async def test_the_documents_version_is_the_watermark(view: Companies) -> None:
    person, first = contact(), registered()
    events = recorded(person, first, promoted(), promoted())
    await view.apply([Span(person, events[:2])])
    assert await view.positions([person, contact()]) == {person: 2}
    await view.apply([Span(person, events[2:])])
    assert await view.get(person) == {"company": first.company, "steps": [1, 2, 3]}
    assert await view.positions([person]) == {person: 3}


async def test_a_repeat_and_a_replica_that_fell_behind_change_nothing(view: Companies) -> None:
    person = contact()
    events = recorded(person, registered(), promoted(), promoted())
    await view.apply([Span(person, events)])
    before = await view.get(person)
    await view.apply([Span(person, events[:2])])
    await view.apply([Span(person, events)])
    assert await view.get(person) == before
    assert await view.positions([person]) == {person: 3}


async def test_a_stream_with_nothing_to_show_keeps_its_watermark(view: Companies) -> None:
    person, talk = contact(), activity()
    await view.apply([Span(person, recorded(person, registered(), promoted("gone")))])
    await view.apply([Span(talk, recorded(talk, recorded_with(person), corrected("x")))])
    assert await view.get(person) is None
    assert await view.get(talk) is None
    assert await view.positions([person, talk]) == {person: 2, talk: 2}
    await view.apply([Span(person, recorded(person, registered(), after=2))])
    assert await view.get(person) is not None
