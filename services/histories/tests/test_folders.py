"""What lies in a folder, for each reader (domain.md 5.1)."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.contracts import activities as act
from dossier.contracts import addresses as adr
from dossier.contracts import engagements as eng
from dossier.contracts.common import Principals, ReferenceToAny
from dossier.ids import new_id
from dossier.testing.activities import ANNA, BEN
from dossier.testing.services import ServiceUnderTest
from histories.api.models import FolderPage
from histories.views import folders
from oracle.recording import Present
from oracle.telling import company, made, opened, page, person, project, recorded, ref

pytestmark = pytest.mark.backends

FOR_BEN = eng.EngagementRestricted(to=Principals(users=(BEN,)))


async def folder(present: Present, entries: list[tuple[Any, str]], **facts: Any) -> str:
    """A folder with these in it."""
    types = ("activity", "person", "project", "opportunity")
    made_one = await made(present, "folder", adr.FolderCreated(name="Event 2026", types=types, **facts))
    for kind, identifier in entries:
        entry = ReferenceToAny(type=kind, id=identifier)
        await made(present, "folder-entry", adr.FolderEntryAdded(folder=made_one, entry=entry))
    return made_one


async def told(api: ServiceUnderTest, folder: str, reader: str) -> list[tuple[str, str, str | None]]:
    """Type, id and name of everything in it, read two at a time."""
    found, cursor, token = list[tuple[str, str, str | None]](), "", api.tokens.user(reader)
    while True:
        path = f"/v1/folders/{folder}/entries?limit=2{cursor}"
        page = FolderPage.model_validate_json((await api.call("GET", path, token=token, expect=200)).content)
        found += [(each.type, each.id, each.name) for each in page.items]
        if page.next is None:
            return found
        cursor = f"&cursor={page.next}"


async def test_fol_01_a_folder_shows_everything_in_it_that_the_reader_may_see_by_name(
    api: ServiceUnderTest, present: Present, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "STRIDE", 2)
    eva = await person(present, "Muster", "Eva")
    roof, secret = await project(present, "P1", "Roof"), await project(present, "P9", "Merger", FOR_BEN)
    chance = await made(present, "opportunity", opened(ref("person", eva), title="Takeover"), FOR_BEN)
    calls = [await recorded(present, title="Call") for _ in range(3)]
    talks = [await recorded(present, title="Talk", project=secret) for _ in range(2)]
    of_each = {"person": [eva], "project": [roof, secret], "opportunity": [chance], "activity": [*calls, *talks]}
    lying = await folder(present, [(kind, id) for kind, ids in of_each.items() for id in ids])
    for_all = {("person", eva, "Muster Eva"), ("project", roof, "P1 Roof"), *(("activity", id, "Call") for id in calls)}
    hidden = {("project", secret, "P9 Merger"), ("opportunity", chance, "Takeover")}
    hidden |= {("activity", id, "Talk") for id in talks}
    assert await told(api, lying, "cara") == sorted(for_all)
    assert await told(api, lying, "ben") == sorted(for_all | hidden)


async def test_fol_01_what_nobody_has_told_of_yet_is_shown_of_addresses_only(
    api: ServiceUnderTest, present: Present
) -> None:
    """An engagement or activity that has not arrived may be restricted; everybody may see an address."""
    entries = [(kind, new_id()) for kind in ("person", "project", "opportunity", "activity")]
    assert await told(api, await folder(present, entries), "ben") == [(*entries[0], None)]


async def test_fol_01_what_is_in_doubt_or_withdrawn_is_not_shown_in_a_folder(
    api: ServiceUnderTest, present: Present, parked: set[str]
) -> None:
    roof, call = await project(present, "P1", "Roof"), await recorded(present, title="Call")
    lying = await folder(present, [("project", roof), ("activity", call)])
    assert len(await told(api, lying, "cara")) == 2
    parked.update({f"project-{roof}", f"activity-{call}"})
    assert await told(api, lying, "cara") == []
    parked.clear()
    await present.happen(f"activity-{call}", act.ActivityWithdrawn(reason="wrong"))
    assert await told(api, lying, "cara") == [("project", roof, "P1 Roof")]


async def test_key_06_the_contents_of_somebody_elses_folder_do_not_exist(
    api: ServiceUnderTest, present: Present
) -> None:
    own = await folder(present, [("person", await person(present, "Muster"))], owner=ANNA)
    path = f"/v1/folders/{own}/entries"
    await api.call("GET", path, token=api.tokens.user("anna"), expect=200)
    for unseen in (path, f"/v1/folders/{new_id()}/entries"):
        await api.call("GET", unseen, token=api.tokens.user("ben"), expect=404)


async def test_del_01_what_still_names_a_deleted_address_says_that_it_was_deleted(
    api: ServiceUnderTest, present: Present
) -> None:
    acme, eva = await company(present, "Acme AG"), await person(present, "Muster", "Eva")
    contact = await made(present, "contact", adr.ContactRegistered(company=acme, person=eva))
    await recorded(present, address=ref("contact", contact))
    lying = await folder(present, [("person", eva)])
    (before,) = (await page(api, f"/v1/companies/{acme}/history"))["items"]
    await present.happen(f"contact-{contact}", adr.AddressDeleted())
    await present.happen(f"person-{eva}", adr.AddressDeleted())
    (row,) = (await page(api, f"/v1/companies/{acme}/history"))["items"]
    for place, deleted in ((before, False), (row, True)):
        (why,) = place["why"]
        assert place["primary_address"] == {
            "type": "contact", "id": contact, "name": "Acme AG, Muster Eva", "deleted": deleted,
        }  # fmt: skip
        assert [hop["to"]["deleted"] for hop in why["hops"]] == [deleted, False]
    head = (await api.call("GET", f"/v1/persons/{eva}/history", expect=200)).json()["of"]
    (entry,) = (await api.call("GET", f"/v1/folders/{lying}/entries", expect=200)).json()["items"]
    assert head == entry == {"type": "person", "id": eva, "name": "Muster Eva", "deleted": True}
