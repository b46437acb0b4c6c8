"""What came with a mail is on its activity as documents, each once, whoever dies on the way (EML-11, ACT-15)."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator
from email.message import EmailMessage
from typing import Any

import pytest

from activities.domain import attaching
from dossier.auth.groups import ADMINISTRATORS, CONSULTANTS
from dossier.contracts.emails import AttachmentsFiled
from dossier.ids import stream_id
from dossier.testing import papers
from email_ingest.filing import Filed
from email_ingest.parsing.child import Parser
from email_ingest.parsing.message import GOES_ON, HTML_MOST, TEXT_MOST, files, parse
from email_ingest.worker import Lane
from mail.world import OFFICE, SALES, Bomb, Killed, World, done, working, world_on

OFFER, PLAN = papers.pdf("Offerte Dach"), b"Wand und Dach"


@pytest.fixture
async def world(mongo_url: str, database_name: str) -> AsyncGenerator[World]:
    async with world_on(mongo_url, database_name) as world:
        yield world


def mail(number: int = 1, **attached: bytes) -> bytes:
    """A mail with files; `_` in their names is a dot."""
    made = EmailMessage()
    made["From"], made["To"] = "Eva Muster <eva@kunde.example>", OFFICE
    made["Subject"], made["Message-ID"] = f"Offerte {number}", f"<{number}@kunde.example>"
    made["Date"] = "Mon, 2 Nov 2026 10:00:00 +0100"
    made.set_content("Anbei")
    for name, content in attached.items():
        made.add_attachment(content, maintype="application", subtype="octet-stream", filename=name.replace("_", "."))
    return made.as_bytes()


async def documents(world: World, activity: str) -> list[dict[str, Any]]:
    """The documents that the activity shows, by name."""
    shown = (await world.activities.call("GET", f"/v1/activities/{activity}", expect=200)).json()["documents"]
    return sorted(shown, key=lambda each: each["name"])


async def content(world: World, activity: str, document: str, by: str = "anna") -> Any:
    path = f"/v1/activities/{activity}/documents/{document}/content"
    return await world.activities.call("GET", path, token=world.activities.tokens.user(by, (CONSULTANTS,)))


async def attached(world: World, raw: bytes, bomb: Bomb | None = None, mailbox: str = OFFICE) -> Filed:
    """File a delivery and what came with it, as a worker does."""
    filing, parsed = world.filing(bomb), parse(raw)
    filed = await filing.file(await world.accept(raw, mailbox), parsed)
    if not filed.attached:
        await filing.attach(filed, parsed.attachments, files(raw))
    return filed


async def told(world: World, message: str) -> list[int]:
    """How many were left out, each time that the files were said to be on the activity."""
    recorded = await world.email.store.read(stream_id("message", message))
    return [event.left_out for each in recorded if isinstance(event := each.event(), AttachmentsFiled)]


async def test_eml_11_act_15_what_came_with_a_mail_is_on_its_activity_for_who_may_see_it(world: World) -> None:
    delivery = await world.accept(mail(Offer_pdf=OFFER, Plan_txt=PLAN))
    async with working(world):
        closed = await done(world, delivery["_id"])
    message = await world.message(closed["message"])
    assert message.decided is not None
    activity = message.decided.activity
    assert activity is not None
    offer, plan = await documents(world, activity)
    assert (offer["name"], offer["media_type"], offer["size"]) == ("Offer.pdf", "application/pdf", len(OFFER))
    assert (plan["name"], plan["size"]) == ("Plan.txt", len(PLAN))
    assert [(await content(world, activity, each["id"])).content for each in (offer, plan)] == [OFFER, PLAN]
    token = world.activities.tokens.user("x", (ADMINISTRATORS,))
    path = f"/v1/activities/{activity}/documents/{offer['id']}/content"
    await world.activities.call("GET", path, token=token, expect=404)
    records = world.activities.store.database["contents"]
    assert await records.count_documents({"stream": f"activity-{activity}", "open": True}) == 2  # to be read and found
    assert await told(world, closed["message"]) == [0]


async def test_eml_11_a_mail_that_comes_by_two_roads_brings_its_files_once(world: World) -> None:
    raw = mail(Offer_pdf=OFFER)
    first, second = await attached(world, raw), await attached(world, raw, mailbox=SALES)
    assert (first.activity, second.attached) == (second.activity, True)
    assert first.activity is not None
    (document,) = await documents(world, first.activity)
    # A worker that began before the other had finished does the same once more.
    await world.filing().attach(first, parse(raw).attachments, files(raw))
    assert await documents(world, first.activity) == [document]
    assert await told(world, first.message) == [0]


async def test_eml_11_killed_anywhere_the_files_of_a_mail_are_there_once(world: World) -> None:
    points = 0
    while await _killed_at(world, points):
        points += 1
    assert points >= 12


async def _killed_at(world: World, point: int) -> bool:
    """File a new mail with two files, killed at the point; then again. False: there is no such point any more."""
    raw = mail(point, Offer_pdf=OFFER, Plan_txt=PLAN)
    try:
        await attached(world, raw, Bomb(point))
        killed = False
    except Killed:
        killed = True
    filed = await attached(world, raw)
    assert filed.activity is not None
    assert [each["name"] for each in await documents(world, filed.activity)] == ["Offer.pdf", "Plan.txt"]
    stored = world.activities.store.database["documents.files"]
    assert await stored.count_documents({"_id": {"$regex": f"^activity-{filed.activity}/"}}) == 2
    assert await told(world, filed.message) == [0]
    return killed


async def test_eml_11_what_a_person_removed_does_not_come_back(world: World) -> None:
    raw = mail(Offer_pdf=OFFER)
    filed = await attached(world, raw)
    assert filed.activity is not None
    (document,) = await documents(world, filed.activity)
    path = f"/v1/activities/{filed.activity}/documents/{document['id']}/remove"
    await world.activities.call("POST", path, {"reason": "private"}, expect=200)
    await attached(world, raw, mailbox=SALES)
    await world.filing().attach(filed, parse(raw).attachments, files(raw))
    assert await documents(world, filed.activity) == []


async def test_act_15_files_beyond_what_an_activity_holds_are_left_out_and_empty_ones_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attaching, "MOST_DOCUMENTS", 2)
    filed = await attached(world, mail(a_txt=b"a", b_txt=b"", c_txt=b"c", d_txt=b"d"))
    assert filed.activity is not None
    assert [each["name"] for each in await documents(world, filed.activity)] == ["a.txt", "c.txt"]
    assert await told(world, filed.message) == [2]


async def test_eml_11_the_same_file_under_two_names_is_two_documents_and_a_hostile_name_is_made_safe(
    world: World,
) -> None:
    made = EmailMessage()
    made.set_content("Anbei")
    for name in ("Plan.txt", "Plan 2.txt", "Plan.txt", "../../etc/Müller\u202etxt.exe"):
        made.add_attachment(PLAN, maintype="application", subtype="octet-stream", filename=name)
    raw = b"From: eva@kunde.example\r\nSubject: x\r\n" + made.as_bytes()
    filed = await attached(world, raw)
    assert filed.activity is not None
    names = [each["name"] for each in await documents(world, filed.activity)]
    assert names == ["Müllertxt.exe", "Plan 2.txt", "Plan.txt"]


async def test_eml_11_the_files_of_a_mail_are_those_that_its_parsing_names() -> None:
    raw = mail(Offer_pdf=OFFER, Plan_txt=PLAN)
    named = parse(raw).attachments
    assert [(each.size, each.sha256) for each in named] == [
        (len(each), hashlib.sha256(each).hexdigest()) for each in files(raw)
    ]
    assert files(raw) == [OFFER, PLAN]


@pytest.mark.parametrize(("subtype", "most"), [("plain", TEXT_MOST), ("html", HTML_MOST)])
async def test_src_01_a_text_that_is_too_long_to_be_shown_whole_is_a_file_as_well(
    world: World, subtype: str, most: int
) -> None:
    made, text = EmailMessage(), "Guten Tag. " * (most // 10)
    made["From"], made["To"], made["Subject"] = "eva@kunde.example", OFFICE, "Lang"
    made.set_content(text, subtype=subtype)
    raw = made.as_bytes()
    filed = await attached(world, raw)
    assert filed.activity is not None
    [document] = await documents(world, filed.activity)
    assert document["name"] == f"text.{'txt' if subtype == 'plain' else 'html'}"
    whole = (await content(world, filed.activity, document["id"])).text
    assert whole.replace("\r\n", "\n").strip() == text.strip()
    shown = (await world.activities.call("GET", f"/v1/activities/{filed.activity}/text", expect=200)).text
    assert len(shown) <= TEXT_MOST
    assert shown.endswith(GOES_ON)
    assert shown.startswith("Guten Tag. Guten Tag.")


async def test_eml_11_a_mail_without_files_costs_nothing_more(world: World) -> None:
    counting = Bomb()
    filed = await world.filing(counting).file(await world.accept(mail()), parse(mail()))
    asked = world.transport.bomb.count
    delivery = await world.accept(mail(2))
    async with working(world):
        closed = await done(world, delivery["_id"])
    assert world.transport.bomb.count - asked <= 2  # one request, before and after
    assert await told(world, filed.message) == []
    assert await told(world, closed["message"]) == []


async def test_eml_11_files_that_take_too_long_to_take_out_are_left_to_the_patient_lane_and_then_left_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gives_up(*_: Any) -> None:
        return None

    monkeypatch.setattr(Parser, "files", gives_up)
    quick = Lane({"reading": {"$ne": "patient"}}, at_once=4, parsers=1, cpu_seconds=10.0)
    slow = Lane({"reading": "patient"}, at_once=1, parsers=1, cpu_seconds=10.0)
    delivery = await world.accept(mail(Offer_pdf=OFFER))
    async with working(world, quick, slow):
        closed = await done(world, delivery["_id"])
    assert await told(world, closed["message"]) == [1]
    assert closed["reading"] == "patient"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
async def test_eml_11_killed_in_the_middle_of_many_files_all_are_there_once_and_none_is_called_left_out(
    world: World, share: float
) -> None:
    """As many as an activity holds, and more, in their order: what was taken before the kill counts as taken."""
    many = {f"file {number:03}_txt": f"content {number}".encode() for number in range(30)}
    whole = Bomb()
    await attached(world, mail(1, **many), whole)
    raw = mail(2, **many)
    with pytest.raises(Killed):
        await attached(world, raw, Bomb(int(whole.count * share)))
    filed = await attached(world, raw)
    assert filed.activity is not None
    assert [each["name"] for each in await documents(world, filed.activity)] == [
        name.replace("_", ".") for name in sorted(many)
    ]
    assert await told(world, filed.message) == [0]


async def test_act_15_killed_when_an_activity_is_full_only_what_it_had_no_room_for_is_left_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attaching, "MOST_DOCUMENTS", 3)
    many = {f"{number}_txt": f"content {number}".encode() for number in range(6)}
    whole = Bomb()
    await attached(world, mail(1, **many), whole)
    raw = mail(2, **many)
    with pytest.raises(Killed):
        await attached(world, raw, Bomb(whole.count - 4))  # all were asked for, and nothing is committed
    filed = await attached(world, raw)
    assert filed.activity is not None
    assert [each["name"] for each in await documents(world, filed.activity)] == ["0.txt", "1.txt", "2.txt"]
    assert await told(world, filed.message) == [3]
