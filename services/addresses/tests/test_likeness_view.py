"""What duplicates are looked for in: every event leaves it right, and every question is answered by an index."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from addresses.views.likeness import Likeness
from addresses.views.likeness_folding import MOST_FORMER, folded_document
from dossier.contracts import addresses as events
from dossier.contracts.base import REDACTED, Event
from dossier.ids import new_id
from dossier.mongo import Database, Document, aggregate
from dossier.testing.recorded import recorded

ACME, EVA, OTTO, CHANNEL, OTHER = (new_id() for _ in range(5))
CONTACT = events.ContactRegistered(company=ACME, last_name="Muster", first_name="Eva")


def folded(kind: str, *happened: Event) -> Document:
    document: Document | None = None
    for event in recorded(f"{kind}-{new_id()}", *happened):
        document = folded_document(document, event)
    return document or {}


def added(value: str, *, kind: str = "E", private: bool = False, id: str = CHANNEL) -> events.ChannelAdded:
    return events.ChannelAdded(
        channel_id=id, kind=kind, value=value, normalised=value, is_default=True, private=private
    )


def test_names_are_kept_by_their_endings_and_former_ones_too() -> None:
    found = folded("company", events.CompanyRegistered(name="Äx"), events.CompanyRenamed(name="Bo"))
    assert found["keys"] == sorted(["lbo", "lo", "läx", "lx", "lax"])
    assert (found["names"], found["former"], found["last"]) == (["Bo", ""], [["Äx", ""]], "bo\näx\nax")


def test_former_names_do_not_grow_with_history() -> None:
    names = [events.CompanyRenamed(name=f"Name {number}") for number in range(40)]
    found = folded("company", events.CompanyRegistered(name="Acme"), *names)
    assert [name for name, _ in found["former"]] == [f"Name {number}" for number in range(38, 38 - MOST_FORMER, -1)]


def test_a_linked_contact_has_no_name_of_its_own() -> None:
    linked = events.PersonLinked(person=EVA)
    assert folded("contact", CONTACT)["human"] == ["muster\neva"]
    assert "human" not in folded("contact", CONTACT, linked)
    unlinked = events.PersonUnlinked(person=EVA, unlinked_on="2026-05-04", last_name="Huber")  # type: ignore[arg-type]
    after = folded("contact", CONTACT, linked, unlinked)
    assert (after["names"], "person" in after) == (["Huber", ""], False)


def test_values_are_of_compared_kinds_and_private_ones_apart() -> None:
    person = events.PersonRegistered(last_name="Muster")
    found = folded("person", person, added("a@b.ch"), added("p@b.ch", private=True, id=OTHER))
    assert (found["values"], found["private_values"]) == (["a@b.ch"], ["p@b.ch"])
    assert "values" not in folded("person", person, added("https://b.ch", kind="H"))
    changed = events.ChannelChanged(channel_id=CHANNEL, label="", value="c@b.ch", normalised="c@b.ch")
    assert folded("person", person, added("a@b.ch"), changed)["values"] == ["c@b.ch"]
    assert "values" not in folded("person", person, added("a@b.ch"), events.ChannelRemoved(channel_id=CHANNEL))


def test_a_couple_is_its_two_sides() -> None:
    typed = events.Half(last_name="Beispiel", first_name="Bert")
    registered = events.CoupleRegistered(a=events.Half(person=EVA), b=typed)
    assert folded("couple", registered)["halves"] == [f"person-{EVA}", "Beispiel\nBert"]
    linked = events.CouplePersonLinked(side="b", person=OTTO)
    assert folded("couple", registered, linked)["halves"] == [f"person-{EVA}", f"person-{OTTO}"]
    renamed = events.CoupleHalfRenamed(side="b", last_name="Huber", first_name="Bert")
    assert folded("couple", registered, renamed)["halves"] == [f"person-{EVA}", "Huber\nBert"]
    corrected = events.CoupleHalfCorrected(side="a", half=typed)
    assert folded("couple", registered, corrected)["halves"] == ["Beispiel\nBert", "Beispiel\nBert"]
    unlinked = events.CouplePersonUnlinked(side="a", person=EVA, unlinked_on="2026-05-04", last_name="Muster")  # type: ignore[arg-type]
    assert folded("couple", registered, unlinked)["halves"] == ["Muster\n", "Beispiel\nBert"]


def test_what_was_erased_or_deleted_is_like_nothing() -> None:
    erased = folded("person", events.PersonRegistered(last_name=REDACTED, first_name=REDACTED), added(REDACTED))
    assert not {"keys", "human", "values"} & erased.keys()
    assert folded("company", events.CompanyRegistered(name="Acme"), events.AddressDeleted()) == {}


@pytest.mark.backends
async def test_every_question_is_answered_by_an_index(database: Database) -> None:
    view = Likeness()
    view.attach(database, 1)
    await view.prepare()
    questions: list[tuple[str, Callable[[], Awaitable[object]]]] = [
        ("names", lambda: view.named_like("person", "Muster", "Eva")),
        ("names", view.switched_on),
        ("contacts", lambda: view.contacts_like({ACME}, "Muster", "Eva")),
        ("linked", lambda: view.contacts_like({ACME}, "Muster", "Eva")),
        ("parent", lambda: view.family(ACME)),
        ("human", lambda: view.humans("person", "muster\neva")),
        ("halves", lambda: view.couples([f"person-{EVA}"])),
        ("values", lambda: view.with_values(["a@b.ch"], private=False)),
        ("private_values", lambda: view.with_values(["a@b.ch"], private=True)),
    ]
    person = events.PersonRegistered(last_name="Muster", first_name="Eva")
    for number in range(200):
        stream = f"person-{new_id()}"
        document = folded_document(None, recorded(stream, person)[0])
        assert document is not None
        more = {
            "values": [str(number)],
            "private_values": [str(number)],
            "halves": [str(number)],
            "parent": str(number),
        }
        await view.documents.insert_one({"_id": stream, **document, **more, "company": ACME, "person": new_id()})
    for index, ask in questions:
        before = await _uses(view)
        await ask()
        after = await _uses(view)
        assert after[index] > before[index], f"{index} was not used: {after}"


async def _uses(view: Likeness) -> dict[str, int]:
    found = await aggregate(view.documents, [{"$indexStats": {}}])
    return {each["name"]: each["accesses"]["ops"] async for each in found}
