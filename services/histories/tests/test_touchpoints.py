"""What comes next with an object, and how much happened in each month, as a reader may see it."""

from __future__ import annotations

import asyncio
from datetime import date
from random import Random
from typing import Any

import msgspec
import pytest

from dossier.contracts import Grant, Reference
from dossier.contracts import activities as act
from dossier.contracts import addresses as adr
from dossier.contracts import engagements as eng
from dossier.contracts.common import GrantOrigin, Principals
from dossier.contracts.directory import UserAdded
from dossier.ids import new_id
from dossier.projections.model import Span
from dossier.testing.activities import ANNA, BEN, CARA, note
from dossier.testing.clock import ManualClock
from dossier.testing.services import ServiceUnderTest
from histories.api.models import Touchpoints
from histories.views.pulse import Pulse
from histories.views.readers import Reader
from histories.views.tallies import months_until
from oracle.recording import Present
from oracle.telling import company, made, project, recorded, ref

pytestmark = pytest.mark.backends


async def touched(api: ServiceUnderTest, of: str, reader: str = "anna", include: str = "") -> dict[str, Any]:
    token = api.tokens.user(reader)
    answer = await api.call("GET", f"/v1/{of}/touchpoints{include}", token=token, expect=200)
    return Touchpoints.model_validate_json(answer.content).model_dump()


async def counts(api: ServiceUnderTest, of: str, reader: str = "anna") -> dict[str, int]:
    """The months in which something happened."""
    return {each["month"]: each["count"] for each in (await touched(api, of, reader))["months"] if each["count"]}


async def following(api: ServiceUnderTest, of: str, reader: str = "anna") -> str | None:
    task = (await touched(api, of, reader))["next_task"]
    return task and task["id"]


def by(user: str, follow_up_on: date | None = None) -> act.Assignment:
    return act.Assignment(user=user, follow_up_on=follow_up_on)


async def test_act_02_the_next_task_is_the_open_one_that_is_due_or_followed_up_first(
    api: ServiceUnderTest, present: Present
) -> None:
    acme = await company(present, "Acme AG")
    of, address = f"companies/{acme}", ref("company", acme)
    await recorded(present, address=address)
    assert await following(api, of) is None
    undated = await recorded(present, address=address, responsible=by(BEN))
    assert await following(api, of) == undated
    due = await recorded(present, address=address, due_on=date(2026, 6, 2))
    assert await following(api, of) == due
    contact = await made(present, "contact", adr.ContactRegistered(company=acme, last_name="Muster"))
    warned = await recorded(
        present, address=ref("contact", contact), due_on=date(2027, 1, 1), responsible=by(BEN, date(2026, 6, 1))
    )
    assert await following(api, of) == warned
    await present.happen(f"activity-{warned}", act.ActivityCompleted(completed_on=date(2026, 5, 4)))
    assert await following(api, of) == due


async def test_rgt_10_the_next_task_and_the_counts_are_of_what_the_reader_may_see(
    api: ServiceUnderTest, present: Present
) -> None:
    acme = await company(present, "Acme AG")
    secret = await project(present, "P9", "Secret", eng.EngagementRestricted(to=Principals(users=(BEN,))))
    of, address = f"companies/{acme}", ref("company", acme)
    grant = Grant(to="user", id=CARA, origin=GrantOrigin(kind="person", id=ANNA))
    hidden = await recorded(present, address=address, project=secret, due_on=date(2026, 5, 5))
    granted = await recorded(present, address=address, visibility="granted", grants=(grant,), due_on=date(2026, 5, 6))
    public = await recorded(present, address=address, due_on=date(2026, 5, 7))
    readers = ("ben", "cara", "dora")
    assert [await following(api, of, reader) for reader in readers] == [hidden, granted, public]
    assert [await counts(api, of, reader) for reader in readers] == [{"2026-05": 2}, {"2026-05": 2}, {"2026-05": 1}]
    await present.happen(f"project-{secret}", eng.EngagementOpened())
    assert [await counts(api, of, reader) for reader in readers] == [{"2026-05": 2}, {"2026-05": 3}, {"2026-05": 2}]


async def test_counts_follow_what_is_back_dated_moved_unlinked_hidden_and_withdrawn(
    api: ServiceUnderTest, present: Present
) -> None:
    acme, nova = await company(present, "Acme AG"), await company(present, "Nova AG")
    of, address = f"companies/{acme}", ref("company", acme)
    assert await counts(api, of) == {}
    activity = await recorded(present, address=address, occurred_on=date(2026, 5, 2))
    assert await counts(api, of) == {"2026-05": 1}
    day = act.ActivityChanges(occurred_on=date(2024, 6, 30))
    await present.happen(f"activity-{activity}", act.ActivityCorrected(changes=day))
    assert await counts(api, of) == {"2024-06": 1}
    day = act.ActivityChanges(occurred_on=date(2024, 5, 31))  # longer ago than is counted
    await present.happen(f"activity-{activity}", act.ActivityCorrected(changes=day))
    assert await counts(api, of) == {}
    day = act.ActivityChanges(occurred_on=date(2026, 5, 3))
    await present.happen(f"activity-{activity}", act.ActivityCorrected(changes=day))
    await present.happen(f"activity-{activity}", act.ActivityLinked(object=Reference(type="company", id=nova)))
    assert await counts(api, of) == await counts(api, f"companies/{nova}") == {"2026-05": 1}
    reference = Reference(type="company", id=acme)
    for there, away in (
        (act.ActivityLinked(object=reference), act.ActivityUnlinked(object=reference)),
        (act.EntryShown(object=reference), act.EntryHidden(object=reference)),
        (act.ActivityRestored(), act.ActivityWithdrawn()),
    ):
        await present.happen(f"activity-{activity}", there)
        assert await counts(api, of) == {"2026-05": 1}
        await present.happen(f"activity-{activity}", away)
        assert await counts(api, of) == {}
        await present.happen(f"activity-{activity}", there)


async def test_what_is_still_to_come_where_the_reader_is_was_no_contact_and_counts_in_no_month(
    api: ServiceUnderTest, present: Present, clock: ManualClock
) -> None:
    """At eight in the evening in Zurich it is the next day in Auckland."""
    acme = await company(present, "Acme AG")
    for user, zone in ((ANNA, "Europe/Zurich"), (BEN, "Pacific/Auckland")):
        await present.happen(f"user-{user}", UserAdded(name="A user", time_zone=zone))
    of, address = f"companies/{acme}", ref("company", acme)
    call = await recorded(present, address=address, medium="phone", occurred_on=date(2026, 5, 4))
    meeting = await recorded(present, address=address, medium="on_site", occurred_on=date(2026, 5, 5))
    await recorded(present, address=address, medium="email", occurred_on=date(2026, 5, 31))
    readers = ("anna", "ben")
    assert [await counts(api, of, reader) for reader in readers] == [{"2026-05": 1}, {"2026-05": 2}]
    last = [[each["activity"]["id"] for each in (await touched(api, of, reader))["items"]] for reader in readers]
    assert last == [[call], [meeting, call]]
    clock.advance(days=27)
    assert await counts(api, of) == {"2026-05": 3}


async def test_act_11_counts_are_rolled_up_and_a_correction_of_a_contact_moves_them(
    api: ServiceUnderTest, present: Present
) -> None:
    acme, nova = await company(present, "Acme AG"), await company(present, "Nova AG")
    contact = await made(present, "contact", adr.ContactRegistered(company=acme, last_name="Muster"))
    await recorded(present, address=ref("contact", contact), further_addresses=(ref("company", acme),))
    assert await counts(api, f"companies/{acme}") == {"2026-05": 1}
    await recorded(present, address=ref("contact", contact))
    assert await counts(api, f"companies/{acme}") == {"2026-05": 2}
    await present.happen(f"contact-{contact}", adr.AffiliationCorrected(company=nova))
    assert await counts(api, f"companies/{acme}") == {"2026-05": 1}
    assert await counts(api, f"companies/{nova}") == {"2026-05": 2}


async def test_while_streams_are_parked_what_hangs_on_them_counts_for_author_and_responsible_only(
    api: ServiceUnderTest, present: Present, parked: set[str]
) -> None:
    acme = await company(present, "Acme AG")
    atlas = await project(present, "P1", "Atlas")
    of, address = f"companies/{acme}", ref("company", acme)
    await recorded(present, address=address, project=atlas, responsible=by(BEN))
    activity = await recorded(present, address=address, due_on=date(2026, 5, 5))
    await recorded(present, address=address)
    parked |= {f"project-{atlas}", f"activity-{activity}"}
    assert [await counts(api, of, reader) for reader in ("anna", "ben", "cara")] == [
        {"2026-05": 3},
        {"2026-05": 2},
        {"2026-05": 1},
    ]
    assert [await following(api, of, reader) for reader in ("anna", "cara")] == [activity, None]


async def test_there_are_24_months_up_to_this_one_and_with_subsidiaries_none(
    api: ServiceUnderTest, present: Present
) -> None:
    acme = await company(present, "Acme AG")
    daughter = await company(present, "Daughter AG", parent=acme)
    task = await recorded(present, address=ref("company", daughter), due_on=date(2026, 5, 5))
    told = await touched(api, f"companies/{acme}")
    assert [each["month"] for each in told["months"]] == months_until("2026-05", 24)
    assert (told["months"][0]["month"], told["months"][-1]["month"]) == ("2024-06", "2026-05")
    assert told["next_task"] is None
    with_all = await touched(api, f"companies/{acme}", include="?include=subsidiaries")
    assert with_all["next_task"]["id"] == task
    assert with_all["months"] is None


async def test_a_month_that_did_not_change_is_not_counted_again(present: Present) -> None:
    acme = await made(present, "company", adr.CompanyRegistered(name="Acme AG"))
    await recorded(present, address=ref("company", acme), occurred_on=date(2026, 4, 1))
    await recorded(present, address=ref("company", acme), occurred_on=date(2026, 5, 1))
    pulse = Pulse(present.projection.collections, Reader([]))
    cache = present.projection.collections.cache

    async def counted() -> dict[str, int]:
        return {each["month"]: each["count"] for each in await pulse.months(f"company-{acme}", date(2026, 5, 4))}

    assert (await counted())["2026-04"] == 1
    # Whoever believes what is kept believes this, too.
    await cache.update_many({}, {"$set": {"doors": [{"gates": [], "n": 7}]}})
    assert set((await counted()).values()) == {7}
    await recorded(present, address=ref("company", acme), occurred_on=date(2026, 5, 2))
    assert [(await counted())[month] for month in ("2026-03", "2026-04", "2026-05")] == [7, 7, 2]


async def test_a_tally_is_not_believed_that_was_made_before_a_write_whoever_ended_in_between(
    present: Present, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The writer ends between the entry and the tally; its span comes again."""
    acme = await made(present, "company", adr.CompanyRegistered(name="Acme AG"))
    pulse = Pulse(present.projection.collections, Reader([]))

    async def counted() -> int:
        return (await pulse.months(f"company-{acme}", date(2026, 5, 4)))[-1]["count"]

    assert await counted() == 0
    span = present.record(f"activity-{new_id()}", note(address=ref("company", acme)))

    async def ends(*_: object) -> None:
        raise ConnectionError

    with monkeypatch.context() as broken:
        broken.setattr("histories.views.tallies.Tallies.outdate", ends)
        with pytest.raises(ConnectionError):
            await present.apply(span)
    await present.apply(span)
    assert await counted() == 1


async def test_a_tally_forgets_what_left_in_the_moment_in_which_it_came(present: Present) -> None:
    acme = await made(present, "company", adr.CompanyRegistered(name="Acme AG"))
    pulse = Pulse(present.projection.collections, Reader([]))
    span = present.record(
        f"activity-{new_id()}",
        note(address=ref("company", acme)),
        act.ActivityUnlinked(object=Reference(type="company", id=acme)),
    )
    came, left = span.events
    left = msgspec.structs.replace(left, recordedtime=came.recordedtime)
    for event, count in ((came, 1), (left, 0)):
        await present.apply(Span(span.stream, [event]))
        assert (await pulse.months(f"company-{acme}", date(2026, 5, 4)))[-1]["count"] == count


async def test_readers_that_count_while_others_write_end_with_what_is_there(present: Present) -> None:
    """Counting and writing side by side, in random order: the last count is right, whatever was kept on the way."""
    acme = await made(present, "company", adr.CompanyRegistered(name="Acme AG"))
    pulse, random = Pulse(present.projection.collections, Reader([])), Random(5)
    spans = [present.record(f"activity-{new_id()}", note(address=ref("company", acme))) for _ in range(40)]

    async def count() -> None:
        await pulse.months(f"company-{acme}", date(2026, 5, 4))

    works = [*(present.apply(span) for span in spans), *(count() for _ in range(60))]
    random.shuffle(works)
    await asyncio.gather(*works)
    assert (await pulse.months(f"company-{acme}", date(2026, 5, 4)))[-1]["count"] == 40


async def test_the_next_task_reads_one_entry_however_many_there_are(present: Present) -> None:
    acme = await made(present, "company", adr.CompanyRegistered(name="Acme AG"))
    spans = [
        present.record(f"activity-{new_id()}", note(address=ref("company", acme), due_on=date(2026, 5, 1 + day)))
        for day in range(30)
    ]
    await present.apply(*spans)
    plan = await Pulse(present.projection.collections, Reader([])).open_tasks([f"company-{acme}"]).explain()
    assert plan["executionStats"]["totalDocsExamined"] == 1
