"""Automatic mail is kept without an activity; whoever may read it finds it, and files it by hand (EML-01, EML-20)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import psutil
import pytest

from dossier.auth.groups import ADMINISTRATORS, CONSULTANTS
from dossier.mongo import Document
from email_ingest.accepting import Acceptance
from email_ingest.identity import message_id_of
from email_ingest.parsing.message import headers_only, parse
from mail.world import OFFICE, SALES, Bomb, Killed, World, done, mail, working, world_on

BOUNCE = (
    mail("Undeliverable: Offerte", "mailer-daemon@kunde.example")
    .replace(b"Guten Tag", b"No such user")
    .replace(b"Date:", b"Auto-Submitted: auto-replied\r\nDate:")
)


@pytest.fixture
async def world(mongo_url: str, database_name: str) -> AsyncGenerator[World]:
    async with world_on(mongo_url, database_name) as world:
        yield world


def by(world: World, group: str = CONSULTANTS, name: str = "anna") -> str:
    return world.email.tokens.user(name, (group,))


async def kept(world: World, token: str, query: str = "") -> list[dict[str, Any]]:
    return (await world.email.call("GET", f"/v1/kept{query}", token=token, expect=200)).json()["items"]


async def take(world: World, raw: bytes, mailbox: str = OFFICE) -> Document:
    delivery = await world.accept(raw, mailbox)
    async with working(world):
        return await done(world, delivery["_id"])


async def test_eml_01_what_was_kept_is_listed_with_the_reason_and_read_by_who_may_read_the_mailbox(
    world: World,
) -> None:
    message = (await take(world, BOUNCE))["message"]
    [row] = await kept(world, by(world))
    assert (row["message"], row["kind"], row["subject"]) == (message, "bounce", "Undeliverable: Offerte")
    assert row["sender"] == "mailer-daemon@kunde.example"
    whole = (await world.email.call("GET", f"/v1/kept/{message}", token=by(world), expect=200)).json()
    assert whole["text"] == "No such user"
    assert [each["address"] for each in whole["recipients"]] == [OFFICE, "anna@dossier.example"]
    assert await world.filed() == []


async def test_eml_20_nobody_else_is_told_of_what_was_kept(world: World) -> None:
    message = (await take(world, BOUNCE))["message"]
    other = by(world, ADMINISTRATORS)
    assert await kept(world, other) == []
    await world.email.call("GET", f"/v1/kept/{message}", token=other, expect=404)
    await world.email.call("POST", f"/v1/kept/{message}/file", {}, token=other, expect=404)
    gateway = world.email.tokens.service("activities")
    await world.email.call("POST", f"/v1/kept/{message}/file", {}, token=gateway, expect=404)
    await take(world, BOUNCE, SALES)  # by another mailbox, whose readers may read it too
    assert [row["message"] for row in await kept(world, other)] == [message]
    assert len(await kept(world, by(world))) == 1


async def test_eml_20_the_readers_of_a_mailbox_are_told_what_came_in_by_it_and_not_by_another(world: World) -> None:
    to_office = BOUNCE.replace(b"Subject:", b"Bcc: secret@kunde.example\r\nSubject:")
    first = await take(world, to_office)
    await take(world, BOUNCE, SALES)
    message = first["message"]
    boxes = {each["mail_address"]: each["id"] for each in await _mailboxes(world)}
    for group, mailbox, count in ((CONSULTANTS, OFFICE, 3), (ADMINISTRATORS, SALES, 2)):
        [row] = await kept(world, by(world, group))
        whole = (await world.email.call("GET", f"/v1/kept/{message}", token=by(world, group), expect=200)).json()
        assert row["mailbox"] == whole["mailbox"] == boxes[mailbox]
        assert (row["received_at"] == first["received_at"]) == (mailbox == OFFICE)
        assert len(whole["recipients"]) == count
    both = world.email.tokens.user("ben", (CONSULTANTS, ADMINISTRATORS))
    assert [row["mailbox"] for row in await kept(world, both)] == [boxes[OFFICE]]  # once, as it first came
    path = f"/v1/kept/{message}/file"
    filed = (await world.email.call("POST", path, {}, token=by(world, ADMINISTRATORS, "eva"), expect=202)).json()
    facts = await world.email.roles.app.state.acceptance.facts(filed["delivery"])
    assert facts["size"] == len(BOUNCE)


async def _mailboxes(world: World) -> list[dict[str, Any]]:
    token = world.email.tokens.administrator()
    return (await world.email.call("GET", "/v1/mailboxes", token=token, expect=200)).json()["items"]


async def test_eml_01_what_was_kept_is_filed_by_hand_once_and_then_on_no_list_for_kept_mail(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = (await take(world, BOUNCE))["message"]
    path = f"/v1/kept/{message}/file"
    first = (await world.email.call("POST", path, {}, token=by(world), expect=202)).json()
    with monkeypatch.context() as unread:
        unread.delattr(Acceptance, "raw")
        again = (await world.email.call("POST", path, {}, token=by(world), expect=202)).json()
    assert (first["repeated"], again) == (False, {**first, "repeated": True})
    async with working(world):
        closed = await done(world, first["delivery"])
    assert closed["message"] == message
    [activity] = await world.filed()
    assert activity["title"] == "Undeliverable: Offerte"
    assert activity["entered_by"] == world.activities.tokens.user_id("anna")
    assert await kept(world, by(world)) == []
    await world.email.call("GET", f"/v1/kept/{message}", token=by(world), expect=404)
    again = (await world.email.call("POST", path, {}, token=by(world), expect=202)).json()
    assert again == {**first, "repeated": True, "state": "done", "message": message, "activity": activity["id"]}
    await world.email.call("POST", path, {}, token=by(world, name="ben"), expect=404)
    ben = world.activities.tokens.user("ben", (CONSULTANTS,))  # may read it as before, by the mailbox
    await world.activities.call("GET", f"/v1/activities/{activity['id']}", token=ben, expect=200)
    await take(world, BOUNCE, SALES)  # what is filed is not kept any more, by whatever road it comes
    assert await kept(world, by(world, ADMINISTRATORS)) == []


async def test_eml_01_what_was_kept_is_filed_as_that_message_however_it_is_read_by_then(world: World) -> None:
    message = (await world.filing().file(await world.accept(BOUNCE), headers_only(BOUNCE, ()))).message
    answer = await world.email.call("POST", f"/v1/kept/{message}/file", {}, token=by(world), expect=202)
    async with working(world):
        assert (await done(world, answer.json()["delivery"]))["message"] == message
    [activity] = await world.filed()
    assert activity["text"] == "No such user"
    assert await kept(world, by(world)) == []


async def test_eml_01_a_kept_mail_that_is_slow_to_read_holds_up_no_other(world: World) -> None:
    path = f"/v1/kept/{(await take(world, BOUNCE))['message']}"

    async def read() -> str:
        return (await world.email.call("GET", path, token=by(world), expect=200)).json()["text"]

    assert await read() == "No such user"
    [slow] = [child for child in psutil.Process().children() if "email_ingest.parsing.child" in child.cmdline()]
    assert slow.cmdline()[-1] == "1.0"  # seconds of processor time
    slow.suspend()
    readings = [asyncio.create_task(read()) for _ in range(2)]
    finished, _ = await asyncio.wait(readings, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    slow.resume()
    assert await asyncio.gather(*readings) == ["No such user"] * 2
    assert len(finished) == 1


async def test_eml_01_what_was_kept_has_pages_newest_first(world: World) -> None:
    for number in range(3):
        await take(world, BOUNCE.replace(b"<1@", f"<{number}@".encode()))
    first = (await world.email.call("GET", "/v1/kept?limit=2", token=by(world), expect=200)).json()
    rest = await kept(world, by(world), f"?limit=2&cursor={first['next']}")
    received = [row["received_at"] for row in (*first["items"], *rest)]
    assert received == sorted(received, reverse=True)
    assert len(received) == 3


async def test_eml_01_killed_anywhere_what_is_kept_is_on_the_list_and_what_is_filed_is_not(world: World) -> None:
    points = 0
    while await _killed_at(world, points):
        points += 1
    assert points >= 4


async def _killed_at(world: World, point: int) -> bool:
    """A list's copy, and the same mail sent directly, each killed at the point. False: there is no such point."""
    direct = mail(f"Nummer {point}", message_id=f"<{point}@kunde.example>")
    copy = direct.replace(b"Date:", b"Precedence: list\r\nDate:")
    killed = False
    for raw, listed in ((copy, True), (direct, False)):
        assert message_id_of(parse(raw)) == message_id_of(parse(direct))
        delivery = await world.accept(raw)
        try:
            await world.filing(Bomb(point)).file(delivery, parse(raw))
        except Killed:
            killed = True
            await world.filing().file(delivery, parse(raw))
        assert [row["message"] for row in await kept(world, by(world))] == [message_id_of(parse(raw))] * listed
    return killed
