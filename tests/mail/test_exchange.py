"""The exchange between the mail gateway and activities, both real, on a real store (design: "Mail").

A kill is a `BaseException` at one of the points where the gateway reads or writes: everything in memory is lost, and a
fresh worker begins again from what is stored.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from dossier.auth.groups import ADMINISTRATORS, CONSULTANTS, PARTNERS
from dossier.clock import system_clock
from dossier.contracts.activities import TEXT_LIMIT
from dossier.ids import new_id, stream_id
from dossier.testing.tokens import bearer
from email_ingest.accepting import Acceptance, Envelope
from email_ingest.domain.reducing import NOTE
from email_ingest.identity import activity_id_of, message_id_of
from email_ingest.linking import LateLinker
from email_ingest.parsing.message import TEXT_MOST, headers_only, parse
from email_ingest.parsing.model import ParsedRecipient
from mail.world import KEY, OFFICE, SALES, Bomb, Killed, World, done, mail, working, world_on


@pytest.fixture
async def world(mongo_url: str, database_name: str) -> AsyncGenerator[World]:
    async with world_on(mongo_url, database_name) as world:
        yield world


async def test_a_mail_becomes_one_activity_on_the_contact_that_owns_the_channel(world: World) -> None:
    contact = await world.contact_with("eva@kunde.example")
    filed = await world.filing().file(await world.accept(mail()), parse(mail()))
    [activity] = await world.filed()
    assert activity["id"] == filed.activity
    assert activity["address"] == {"type": "contact", "id": contact}
    assert (activity["kind"], activity["direction"], activity["title"]) == ("email", "in", "Offerte")
    assert activity["occurred_on"] == "2026-11-02"
    assert (await world.message(filed.message)).filed


async def test_eml_20_only_the_readers_of_the_channel_see_it(world: World) -> None:
    filed = await world.filing().file(await world.accept(mail()), parse(mail()))
    path = f"/v1/activities/{filed.activity}"
    await world.activities.call("GET", path, expect=200)
    stranger = world.activities.tokens.user("stranger", (ADMINISTRATORS,))
    await world.activities.call("GET", path, token=stranger, expect=404)


async def test_a_private_channel_that_matched_is_told_by_the_headers_only(world: World) -> None:
    """The link names the person; the mail address is where the sender wrote it, and nowhere else in the activity."""
    person, token = new_id(), world.addresses.tokens.user("partner", (CONSULTANTS, PARTNERS))
    await world.addresses.call("POST", "/v1/persons", {"id": person, "last_name": "Muster"}, expect=201)
    channel = {"kind": "E", "value": "eva@kunde.example", "private": True}
    await world.addresses.call("POST", f"/v1/persons/{person}/channels", channel, token=token, expect=201)
    await world.learn()
    filed = await world.filing().file(await world.accept(mail()), parse(mail()))
    answer = await world.activities.call("GET", f"/v1/activities/{filed.activity}", expect=200)
    assert answer.json()["address"] == {"type": "person", "id": person}
    assert answer.json()["mail"]["sender"] == "eva@kunde.example"
    assert answer.text.count("eva@kunde.example") == 1


async def test_the_same_mail_by_two_mailboxes_is_one_activity_with_both_rights(world: World) -> None:
    first = await world.filing().file(await world.accept(mail()), parse(mail()))
    second = await world.filing().file(await world.accept(mail(), SALES), parse(mail()))
    assert first.message == second.message
    [activity] = await world.filed()
    origins = {grant["origin"]["id"] for grant in activity["grants"]}
    assert len(origins) == 2
    path = f"/v1/activities/{activity['id']}"
    await world.activities.call("GET", path, token=world.activities.tokens.user("x", (ADMINISTRATORS,)), expect=200)


@pytest.mark.parametrize("mailbox", [f"?mailbox={SALES}", ""])
async def test_eml_21_two_users_who_file_the_same_mail_may_both_read_the_one_activity(
    world: World, mailbox: str
) -> None:
    """Neither reads what comes in by the mailbox otherwise, and who files again has filed nothing new."""
    tokens = {name: world.email.tokens.user(name) for name in ("anna", "ben")}
    deliveries: dict[str, str] = {}
    for name, repeated in (("anna", False), ("ben", False), ("ben", True)):
        answer = await filed_by(world, tokens[name], mail(), mailbox)
        assert answer["repeated"] == repeated
        deliveries[name] = answer["delivery"]
    async with working(world):
        for delivery in deliveries.values():
            await done(world, delivery)
    activities: set[str] = set()
    for name, token in tokens.items():
        path = f"/v1/deliveries/{deliveries[name]}"
        activity = (await world.email.call("GET", path, token=token, expect=200)).json()["activity"]
        await world.activities.call("GET", f"/v1/activities/{activity}", token=token, expect=200)
        activities.add(activity)
    assert len(activities) == 1


async def filed_by(world: World, token: str, raw: bytes, mailbox: str = "") -> dict[str, Any]:
    """What the gateway answers a user who hands a mail in."""
    headers = {"Content-Type": "message/rfc822", **bearer(token)}
    answer = await world.email.http.post(f"/v1/messages{mailbox}", content=raw, headers=headers)
    assert answer.status_code == 202
    return answer.json()


async def test_the_same_message_id_with_another_content_is_another_activity(world: World) -> None:
    await world.filing().file(await world.accept(mail()), parse(mail()))
    other = mail().replace(b"Guten Tag", b"Etwas anderes")
    await world.filing().file(await world.accept(other), parse(other))
    assert len(await world.filed()) == 2


async def test_a_delivery_that_is_repeated_changes_nothing(world: World) -> None:
    for _ in range(3):
        await world.filing().file(await world.accept(mail()), parse(mail()))
    assert len(await world.filed()) == 1
    assert await world.database["deliveries"].count_documents({}) == 1


async def test_act_01_an_unknown_sender_waits_without_address_and_is_linked_when_the_channel_appears(
    world: World,
) -> None:
    await world.filing().file(await world.accept(mail()), parse(mail()))
    assert (await world.filed())[0]["address"] is None
    contact = await world.contact_with("eva@kunde.example")
    assert await LateLinker(world.view, world.filing()).work_off() == 1
    assert (await world.filed())[0]["address"] == {"type": "contact", "id": contact}
    assert await LateLinker(world.view, world.filing()).work_off() == 0


async def test_a_further_delivery_with_other_headers_does_not_hide_who_took_part(world: World) -> None:
    raw = b"Cc: jan@kunde.example\r\n" + mail()
    first = await world.filing().file(await world.accept(raw), parse(raw))
    assert (await world.filing().file(await world.accept(mail(), SALES), parse(mail()))).message == first.message
    contact = await world.contact_with("jan@kunde.example")
    await LateLinker(world.view, world.filing()).work_off()
    assert (await world.filed())[0]["address"] == {"type": "contact", "id": contact}


async def test_a_late_link_never_undoes_what_a_person_unlinked(world: World) -> None:
    contact = await world.contact_with("eva@kunde.example")
    filed = await world.filing().file(await world.accept(mail()), parse(mail()))
    path = f"/v1/activities/{filed.activity}/unlinks"
    await world.activities.call("POST", path, {"object": {"type": "contact", "id": contact}}, expect=200)
    fresh = {"kind": "E", "value": "eva@kunde.example", "label": "again"}
    await world.addresses.call("POST", f"/v1/contacts/{contact}/channels", fresh, expect=201)
    await world.learn()
    await LateLinker(world.view, world.filing()).work_off()
    assert (await world.filed())[0]["address"] is None


async def test_eml_15_two_contacts_with_one_mail_address_are_left_to_people(world: World) -> None:
    await world.contact_with("eva@kunde.example")
    await world.contact_with("eva@kunde.example")
    filed = await world.filing().file(await world.accept(mail()), parse(mail()))
    assert (await world.filed())[0]["address"] is None
    decided = (await world.message(filed.message)).decided
    assert decided is not None
    assert decided.ambiguous == ("eva@kunde.example",)


async def test_automatic_mail_is_kept_without_an_activity(world: World) -> None:
    raw = b"Auto-Submitted: auto-generated\r\n" + mail()
    filed = await world.filing().file(await world.accept(raw), parse(raw))
    assert not filed.files
    assert await world.filed() == []


@pytest.mark.parametrize("kept_before", [False, True])
async def test_eml_01_what_a_user_files_is_an_activity_whatever_kind_of_mail_it_is(
    world: World, kept_before: bool
) -> None:
    raw, anna = b"Auto-Submitted: auto-generated\r\n" + mail("Ihre Bestellung"), world.email.tokens.user("anna")
    deliveries = [(await world.accept(raw))["_id"]] if kept_before else []
    deliveries.append((await filed_by(world, anna, raw, f"?mailbox={OFFICE}"))["delivery"])
    async with working(world):
        for delivery in deliveries:
            await done(world, delivery)
    told = await world.email.call("GET", f"/v1/deliveries/{deliveries[-1]}", token=anna, expect=200)
    [activity] = await world.filed()
    assert (activity["id"], activity["title"]) == (told.json()["activity"], "Ihre Bestellung")


async def test_a_list_copy_that_comes_first_and_the_direct_mail_are_one_activity_with_both_rights(world: World) -> None:
    listed = b"List-Id: <l.kunde.example>\r\n" + mail()
    first = await world.filing().file(await world.accept(listed, SALES), parse(listed))
    second = await world.filing().file(await world.accept(mail()), parse(mail()))
    assert (first.message, first.files, second.files) == (second.message, False, True)
    [activity] = await world.filed()
    assert len({grant["origin"]["id"] for grant in activity["grants"]}) == 2


async def test_nobody_can_tell_the_id_that_a_mail_will_have_without_the_key(world: World) -> None:
    message = message_id_of(parse(mail()))
    assert activity_id_of(message, KEY) == activity_id_of(message, KEY)
    assert activity_id_of(message, b"guessed") != activity_id_of(message, KEY)
    filed = await world.filing().file(await world.accept(mail()), parse(mail()))
    assert filed.activity == activity_id_of(message, KEY)


async def test_a_mail_whose_activity_id_is_taken_is_filed_under_a_fresh_one(world: World) -> None:
    message = message_id_of(parse(mail()))
    taken = {activity_id_of(message, KEY, attempt) for attempt in range(2)}
    for one in taken:
        note = {"id": one, "kind": "note", "title": "nothing to see"}
        await world.activities.call("POST", "/v1/activities", note, expect=201)
    filed = await world.filing().file(await world.accept(mail()), parse(mail()))
    assert filed.activity == activity_id_of(message, KEY, 2)
    assert {activity["title"] for activity in await world.filed()} == {"nothing to see", "Offerte"}
    assert (await world.filing().file(await world.accept(mail(), SALES), parse(mail()))).activity == filed.activity


async def test_a_refused_mail_is_on_the_list_of_administrators_and_is_never_called_filed(world: World) -> None:
    message = message_id_of(parse(mail()))
    for attempt in range(5):
        note = {"id": activity_id_of(message, KEY, attempt), "kind": "note", "title": "nothing to see"}
        await world.activities.call("POST", "/v1/activities", note, expect=201)
    delivery = (await filed_by(world, world.email.tokens.user("anna"), mail()))["delivery"]
    filed = (await world.accept(mail("Filed", message_id="<3@kunde.example>")))["_id"]
    async with working(world):
        await done(world, delivery)
        await done(world, filed)
    token = world.email.tokens.administrator()
    [refused] = (await world.email.call("GET", "/v1/messages?state=refused", token=token, expect=200)).json()["items"]
    assert (refused["delivery"], refused["message"]) == (delivery, message)
    assert refused["reason"] == "422 ACT-ID id"
    await world.email.call("GET", "/v1/messages?state=refused", expect=403)
    waiting = (await world.accept(mail("Another", message_id="<2@kunde.example>")))["_id"]
    for query, listed in (
        ("?state=open", [("open", waiting)]),
        ("?state=done", [("done", filed)]),
        ("", [("open", waiting), ("done", filed), ("refused", delivery)]),
        ("?limit=1", [("open", waiting)]),
    ):
        found = (await world.email.call("GET", f"/v1/messages{query}", token=token, expect=200)).json()["items"]
        assert [(each["state"], each["delivery"]) for each in found] == listed
    acceptance: Acceptance = world.email.roles.app.state.acceptance
    assert (await acceptance.figures())[1] == 1
    yesterday = {"$set": {"refused_at": system_clock() - timedelta(days=1)}}
    await world.database["deliveries"].update_one({"_id": delivery}, yesterday)
    assert (await acceptance.figures())[1] == 0
    anna = world.email.tokens.user("anna")
    told = await world.email.call("GET", f"/v1/deliveries/{delivery}", token=anna, expect=200)
    assert (told.json()["state"], told.json()["activity"]) == ("refused", None)


async def test_mailboxes_are_listed_for_administrators_closed_ones_too(world: World) -> None:
    token = world.email.tokens.administrator()
    read = "/v1/mailboxes?limit=1"
    page = (await world.email.call("GET", read, token=token, expect=200)).json()
    listed = [*page["items"]]
    listed += (await world.email.call("GET", f"{read}&cursor={page['next']}", token=token, expect=200)).json()["items"]
    assert {box["mail_address"]: box["is_open"] for box in listed} == {OFFICE: True, SALES: True}
    await world.email.call("POST", f"/v1/mailboxes/{listed[0]['id']}/close", token=token, expect=200)
    after = (await world.email.call("GET", "/v1/mailboxes", token=token, expect=200)).json()["items"]
    assert [box["is_open"] for box in after] == [False, True]
    await world.email.call("GET", "/v1/mailboxes", expect=403)


@pytest.mark.parametrize("text", ["Grüezi 🙂 " * 10_000, "🙂" * TEXT_MOST], ids=["long", "longest"])
async def test_src_01_a_long_text_is_whole_on_the_activity(world: World, text: str) -> None:
    parsed = msgspec.structs.replace(parse(mail()), text=text)
    for mailbox in (OFFICE, SALES):
        filed = await world.filing().file(await world.accept(mail(), mailbox), parsed)
    [activity] = await world.filed()
    assert (activity["text"], activity["text_cut"]) == (text[:TEXT_LIMIT], True)
    assert await whole_text(world, filed.activity) == text


async def test_src_01_a_command_that_is_sent_again_has_the_same_long_text(world: World) -> None:
    text = "Guten Tag. " * 10_000
    parsed, delivery = msgspec.structs.replace(parse(mail()), text=text), await world.accept(mail())
    with pytest.raises(Killed):
        await world.filing(Bomb(6)).file(delivery, parsed)
    filed = await world.filing().file(delivery, msgspec.structs.replace(parsed, text=text + "read otherwise"))
    assert len(await world.filed()) == 1
    assert await whole_text(world, filed.activity) == text


async def whole_text(world: World, activity: str | None) -> str:
    return (await world.activities.call("GET", f"/v1/activities/{activity}/text", expect=200)).text


async def test_a_mail_too_large_for_a_commit_is_filed_with_less_of_it_and_linked_all_the_same(world: World) -> None:
    """Its text is whole: what the commit has no room for is kept beside it."""
    contact = await world.contact_with("eva@kunde.example")
    many = tuple(ParsedRecipient("to", f"{number}@big.example", '"' * 500) for number in range(900))
    recipients, text = (*many, ParsedRecipient("cc", "eva@kunde.example")), "Guten Tag. " * 3_000
    parsed = msgspec.structs.replace(parse(mail()), recipients=recipients, text=text)
    filed = await world.filing().file(await world.accept(mail()), parsed)
    [activity] = await world.filed()
    assert (activity["id"], activity["title"], activity["text"]) == (filed.activity, "Offerte", text)
    assert activity["address"] == {"type": "contact", "id": contact}
    received = (await world.message(filed.message)).received
    assert received is not None
    assert received.defects[-1] == NOTE


async def test_killed_anywhere_while_the_matching_address_changes_it_is_one_activity_as_first_decided(
    mongo_url: str, database_name: str
) -> None:
    """Every point between acceptance and the acknowledged activity, one after the other."""
    async with world_on(mongo_url, database_name) as world:
        first = await world.contact_with("eva@kunde.example")
        points = 0
        while await _killed_at(world, points, first):
            points += 1
        assert points >= 10


async def test_a_delivery_that_is_read_more_poorly_the_second_time_stays_one_activity(world: World) -> None:
    raw = mail()
    delivery = await world.accept(raw)
    with pytest.raises(Killed):
        await world.filing(Bomb(6)).file(delivery, parse(raw))
    poorer = headers_only(raw, ())
    assert message_id_of(poorer) != message_id_of(parse(raw))
    await world.filing().file(delivery, poorer)
    assert len(await world.filed()) == 1


async def _killed_at(world: World, point: int, first: str) -> bool:
    """File a new mail, killed at the point; then again by a fresh worker. False: there is no such point any more."""
    raw = mail(f"Nummer {point}", message_id=f"<{point}@kunde.example>")
    delivery = await world.accept(raw)
    before = len(await world.filed())
    try:
        await world.filing(Bomb(point)).file(delivery, parse(raw))
        killed = False
    except Killed:
        killed = True
    before_restart = await _decisions(world, raw)
    if killed:
        await world.database["correspondents_v1_view"].update_many({"_id": f"contact-{first}"}, {"$set": {"mails": []}})
        await world.filing().file(delivery, parse(raw))
        await world.database["correspondents_v1_view"].update_many(
            {"_id": f"contact-{first}"}, {"$set": {"mails": ["eva@kunde.example"]}}
        )
    after = await world.filed()
    assert len(after) == before + 1, f"killed at {point}: not exactly one activity"
    [final] = await _decisions(world, raw)
    assert before_restart in ([], [final]), f"killed at {point}: decided twice"
    [activity] = [one for one in after if one["title"] == f"Nummer {point}"]
    matched = [match.address.model_dump() for match in final.matches]
    assert activity["address"] == (matched[0] if matched else None)
    return killed


async def _decisions(world: World, raw: bytes) -> list[Any]:
    recorded = await world.email.store.read(stream_id("message", message_id_of(parse(raw))))
    return [event.event() for event in recorded if event.type == "crm.emails.message-decided"]


async def test_a_mail_of_several_chunks_comes_back_byte_by_byte_and_is_recognised_when_repeated(world: World) -> None:
    acceptance = Acceptance(world.database, system_clock)
    big = mail() + b"x" * (9 * 1024 * 1024)
    first = await acceptance.accept(big, Envelope("lmtp", OFFICE))
    assert await acceptance.raw(first.delivery) == big
    assert (await acceptance.accept(big, Envelope("lmtp", OFFICE))).repeated
