"""Channels over HTTP; private ones do not exist for callers without the right."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest

from dossier.auth.groups import CONSULTANTS, HR, PARTNERS
from dossier.contracts.addresses import ChannelTypeChanged, ChannelTypeDefined
from dossier.contracts.base import Event
from dossier.days import OFFICE, today
from dossier.ids import new_id
from dossier.testing.services import ServiceUnderTest

pytestmark = pytest.mark.backends

Record = Callable[[ServiceUnderTest, str, Sequence[Event]], Awaitable[None]]


async def person(service: ServiceUnderTest) -> str:
    entered = await service.call("POST", "/v1/persons", {"last_name": "Muster"}, expect=201)
    return entered.headers["Location"]


async def add(service: ServiceUnderTest, path: str, token: str | None = None, **body: Any) -> str:
    added = await service.call("POST", f"{path}/channels", body, token=token, expect=201)
    return added.headers["Location"]


async def channels(service: ServiceUnderTest, path: str, token: str | None = None) -> list[dict[str, Any]]:
    return (await service.call("GET", path, token=token, expect=200)).json()["channels"]


@pytest.mark.parametrize("collection", ["companies", "persons", "contacts", "couples"])
async def test_com_01_02_05_every_type_has_own_channels_and_one_default_per_kind(
    addresses: ServiceUnderTest, collection: str
) -> None:
    company = (await addresses.call("POST", "/v1/companies", {"name": "Acme"}, expect=201)).json()["id"]
    bodies = {
        "companies": {"name": "Beta"},
        "persons": {"last_name": "Muster"},
        "contacts": {"company": company, "supplement": "Reception"},
        "couples": {"a": {"last_name": "Muster"}, "b": {"last_name": "Beispiel"}},
    }
    path = (await addresses.call("POST", f"/v1/{collection}", bodies[collection], expect=201)).headers["Location"]
    first = await add(addresses, path, kind="T", value="044 668 18 00", label="main")
    second = await add(addresses, path, kind="T", value="+41 44 668 18 01")
    await add(addresses, path, kind="E", value="Info@Office.Example")
    assert [(c["normalised"], c["is_default"]) for c in await channels(addresses, path)] == [
        ("+41446681800", True),
        ("+41446681801", False),
        ("info@office.example", True),
    ]
    await addresses.call("POST", f"{second}/make-default", expect=200)
    await addresses.call("PATCH", second, {"value": "044 668 18 02", "label": "desk"}, expect=200)
    assert [(c["value"], c["is_default"]) for c in await channels(addresses, path)][:2] == [
        ("044 668 18 00", False),
        ("044 668 18 02", True),
    ]
    await addresses.call("DELETE", second, expect=200)
    assert [c["is_default"] for c in await channels(addresses, path)] == [True, True]
    await addresses.call("DELETE", second, expect=404)
    await addresses.call("DELETE", first, expect=200)


async def test_com_01_a_value_that_cannot_be_is_refused_at_its_field(addresses: ServiceUnderTest) -> None:
    path = await person(addresses)
    for kind, value in (("T", "call me"), ("E", "eva at home"), ("H", "two words")):
        refused = await addresses.call("POST", f"{path}/channels", {"kind": kind, "value": value}, expect=422)
        assert (refused.json()["rule"], refused.json()["field"]) == ("COM-01", "value")
        assert value not in refused.text


async def test_con_06_private_channels_live_on_persons_only(addresses: ServiceUnderTest) -> None:
    company = (await addresses.call("POST", "/v1/companies", {"name": "Acme"}, expect=201)).headers["Location"]
    partner = addresses.tokens.user("clara", (PARTNERS,))
    body = {"kind": "E", "value": "info@office.example", "private": True}
    refused = await addresses.call("POST", f"{company}/channels", body, token=partner, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("CON-06", "private")


async def test_com_10_a_private_channel_exists_only_for_callers_with_the_right(addresses: ServiceUnderTest) -> None:
    path = await person(addresses)
    partner = addresses.tokens.user("clara", (PARTNERS,))
    reader = addresses.tokens.user("gina", (HR,))
    private = await add(addresses, path, partner, kind="E", value="eva@home.example", private=True)
    public = await add(addresses, path, kind="E", value="eva@office.example")

    assert [c["value"] for c in await channels(addresses, path, partner)] == ["eva@home.example", "eva@office.example"]
    assert [c["value"] for c in await channels(addresses, path, reader)] == ["eva@home.example", "eva@office.example"]
    (visible,) = await channels(addresses, path)
    assert (visible["value"], visible["is_default"]) == ("eva@office.example", True)

    unknown = f"{path}/channels/{new_id()}"
    for method, suffix, body in [
        ("PATCH", "", {"value": "x@y.example"}),
        ("DELETE", "", None),
        ("POST", "/make-default", None),
    ]:
        hidden = await addresses.call(method, private + suffix, body, expect=404)
        absent = await addresses.call(method, unknown + suffix, body, expect=404)
        assert hidden.json() | {"correlation_id": ""} == absent.json() | {"correlation_id": ""}
    body = {"kind": "M", "value": "079 123 45 67", "private": True}
    assert (await addresses.call("POST", f"{path}/channels", body, expect=403)).json()["rule"] == "capability:private"
    await addresses.call("DELETE", private, token=partner, expect=200)
    await addresses.call("DELETE", public, expect=200)


async def test_com_10_a_conflict_does_not_tell_of_private_channels(addresses: ServiceUnderTest) -> None:
    path = await person(addresses)
    partner = addresses.tokens.user("clara", (PARTNERS, CONSULTANTS))
    await add(addresses, path, partner, kind="E", value="eva@home.example", private=True)
    stale = {"If-Match": '"1"'}
    conflict = await addresses.call("PUT", f"{path}/name", {"last_name": "Huber"}, headers=stale, expect=409)
    (between,) = conflict.json()["changes"]
    assert "type" not in between
    assert "fields" not in between
    assert "home" not in conflict.text


async def channel_type(service: ServiceUnderTest, record: Record, kind: str, **change: Any) -> str:
    id = new_id()
    events: list[Event] = [ChannelTypeDefined(label="Type", kind=kind)]
    await record(service, f"channel-type-{id}", [*events, *([ChannelTypeChanged(**change)] if change else [])])
    return id


async def test_com_03_a_letter_of_ones_own_has_no_default_and_any_value(
    addresses: ServiceUnderTest, record: Record
) -> None:
    path = await person(addresses)
    radio = await channel_type(addresses, record, "R", label="Amateur radio")
    own = await add(addresses, path, channel_type=radio, value=" HB9XYZ ")
    body = {"channel_type": radio, "value": "HB9ABC", "is_default": True}
    refused = await addresses.call("POST", f"{path}/channels", body, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("COM-03", "is_default")
    assert (await addresses.call("POST", f"{own}/make-default", expect=422)).json()["rule"] == "COM-03"
    (shown,) = await channels(addresses, path)
    assert (shown["kind"], shown["channel_type"], shown["is_default"]) == ("R", radio, False)
    assert (shown["value"], shown["normalised"]) == (" HB9XYZ ", "HB9XYZ")


async def test_com_04_types_of_one_letter_share_one_default(addresses: ServiceUnderTest, record: Record) -> None:
    path = await person(addresses)
    switchboard = await channel_type(addresses, record, "T")
    await add(addresses, path, kind="T", value="044 668 18 00")
    await add(addresses, path, channel_type=switchboard, kind="T", value="044 668 18 01", is_default=True)
    assert [(c["normalised"], c["is_default"]) for c in await channels(addresses, path)] == [
        ("+41446681800", False),
        ("+41446681801", True),
    ]


async def test_com_03_a_channel_type_exists_is_offered_and_has_its_letter(
    addresses: ServiceUnderTest, record: Record
) -> None:
    path = await person(addresses)
    gone = await channel_type(addresses, record, "R", is_active=False)
    telephone = await channel_type(addresses, record, "T")
    for body, rule, field in [
        ({"channel_type": new_id()}, "COM-03", "channel_type"),
        ({"channel_type": gone}, "COM-03", "channel_type"),
        ({"channel_type": telephone, "kind": "E"}, "COM-03", "kind"),
        ({}, "COM-01", "kind"),
    ]:
        refused = await addresses.call("POST", f"{path}/channels", {**body, "value": "044 668 18 00"}, expect=422)
        assert (refused.json()["rule"], refused.json()["field"]) == (rule, field)
    assert await channels(addresses, path) == []


async def test_com_01_whether_and_how_a_channel_may_be_used(addresses: ServiceUnderTest) -> None:
    path = await person(addresses)
    mail = await add(addresses, path, kind="E", value="eva@office.example")
    (new,) = await channels(addresses, path)
    assert (new["forbidden"], new["consent"], new["bounce"]) == (False, None, None)
    consent = {"consent": "given", "on": "2024-03-01", "source": "newsletter form"}
    bounce = {"bounce": "hard", "at": "2024-03-02T12:00:00Z", "status": "5.1.1"}
    for _ in range(2):
        await addresses.call("POST", f"{mail}/forbid-contact", {"source": "by letter"}, expect=200)
        await addresses.call("PUT", f"{mail}/consent", consent, expect=200)
        told = await addresses.call("POST", f"{mail}/bounces", bounce, expect=200)
    assert told.json()["version"] == 5
    (shown,) = await channels(addresses, path)
    assert (shown["forbidden"], shown["forbidden_source"]) == (True, "by letter")
    assert (shown["consent"], shown["bounce"]) == (consent, bounce)
    await addresses.call("POST", f"{mail}/allow-contact", expect=200)
    await addresses.call("PUT", f"{mail}/consent", {"consent": None, "on": "2024-03-05"}, expect=200)
    await addresses.call("POST", f"{mail}/reached", expect=200)
    (shown,) = await channels(addresses, path)
    assert (shown["forbidden"], shown["consent"], shown["bounce"]) == (False, None, None)
    ahead = {"bounce": "soft", "at": "2999-01-01T00:00:00Z"}
    refused = await addresses.call("POST", f"{mail}/bounces", ahead, expect=422)
    assert (refused.json()["rule"], refused.json()["field"]) == ("in-the-past", "at")


async def test_com_10_a_mail_gateway_reports_what_came_back_from_a_private_channel(
    addresses: ServiceUnderTest,
) -> None:
    path = await person(addresses)
    partner = addresses.tokens.user("clara", (PARTNERS,))
    private = await add(addresses, path, partner, kind="E", value="eva@home.example", private=True)
    await addresses.call("POST", f"{private}/bounces", {"bounce": "hard"}, expect=404)
    gateway = addresses.tokens.service("email-ingest")
    await addresses.call("POST", f"{private}/bounces", {"bounce": "hard"}, token=gateway, expect=200)
    (shown,) = await channels(addresses, path, partner)
    assert shown["bounce"]["bounce"] == "hard"


async def test_what_a_command_can_do_without_a_word_needs_no_body(addresses: ServiceUnderTest) -> None:
    path = await person(addresses)
    mail = await add(addresses, path, kind="E", value="eva@office.example")
    for command, forbidden in (("forbid-contact", True), ("allow-contact", False)):
        for body in (None, {}):
            await addresses.call("POST", f"{mail}/{command}", body, expect=200)
            (shown,) = await channels(addresses, path)
            assert (shown["forbidden"], shown["forbidden_source"]) == (forbidden, "")
    await addresses.call("POST", f"{mail}/forbid-contact", {"sauce": "by letter"}, expect=422)


async def test_consent_is_not_given_on_a_day_to_come(addresses: ServiceUnderTest) -> None:
    path = await person(addresses)
    mail = await add(addresses, path, kind="E", value="eva@office.example")
    now = today(OFFICE)
    for day, status in ((now + timedelta(days=1), 422), (now, 200)):
        answer = await addresses.call("PUT", f"{mail}/consent", {"consent": "given", "on": str(day)}, expect=status)
        if status == 422:
            assert (answer.json()["rule"], answer.json()["field"]) == ("in-the-past", "on")
