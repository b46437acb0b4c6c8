"""Rows of the feature table: notes taken on the go; and corrections of activities, as the histories show them."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from e2e.entering import company, contact, history, path, record, word
from e2e.people import User

pytestmark = [pytest.mark.backends, pytest.mark.slow]


def corrects(user: User, activity: str, command: str, **body: Any) -> None:
    user.writes("activities", f"/v1/activities/{activity}/{command}", body)


def test_row_35_pho_01_04_a_note_taken_on_the_go_and_sent_twice_is_one_activity(anna: User) -> None:
    acme = company(anna, f"Acme {word()}")
    eva = contact(anna, acme, last_name="Muster")
    draft = {"kind": "call", "title": "Asks for an offer", "occurred_on": "2026-05-04", "id": str(uuid.uuid4())}
    draft["address"] = {"type": "contact", "id": eva}
    bad = {**draft, "id": str(uuid.uuid4()), "title": ""}
    outcomes = [
        [
            each["outcome"]
            for each in anna.sends("activities", "/v1/activities/drafts", {"drafts": [bad, draft]})["drafts"]
        ]
        for _ in range(2)
    ]
    assert outcomes == [["refused", "recorded"], ["refused", "already-there"]]
    corrects(anna, draft["id"], "pin", object={"type": "company", "id": acme})  # and its token waits for the note
    assert history(anna, "company", acme) == {"Asks for an offer": ["direct", "contact-of-company"]}


def test_act_withdrawn_pin_hide_and_move_show_in_every_history(anna: User, bruno: User) -> None:
    acme, beta = company(anna, f"Acme {word()}"), company(anna, f"Beta {word()}")
    eva = contact(anna, acme, last_name="Muster")
    talk = record(anna, "Talk", "contact", eva)
    of_acme = {"type": "company", "id": acme}

    def titles(kind: str, id: str, page: str = "history") -> list[str]:
        return [row["title"] for row in anna.asks("histories", f"{path(kind, id)}/{page}")["items"]]

    corrects(anna, talk, "pin", object=of_acme)
    assert (titles("company", acme, "pinned"), titles("contact", eva, "pinned")) == (["Talk"], [])
    corrects(anna, talk, "hide", object=of_acme, reason="private")
    assert (titles("company", acme), titles("contact", eva)) == ([], ["Talk"])
    corrects(anna, talk, "show", object=of_acme)
    corrects(anna, talk, "withdraw", reason="entered twice")
    assert (titles("company", acme), titles("contact", eva), titles("company", acme, "touchpoints")) == ([], [], [])
    assert anna.asks("activities", f"/v1/activities/{talk}")["withdrawn"] is True
    corrects(anna, talk, "restore")
    corrects(anna, talk, "move", former={"type": "contact", "id": eva}, to={"type": "company", "id": beta})
    assert (titles("company", acme), titles("company", beta)) == ([], ["Talk"])
    bruno.knows_what(anna)
    told = bruno.asks("activities", f"/v1/activities/{talk}/changes")["items"]
    assert [each["event"].rpartition("activity-")[2] for each in told][:2] == ["unlinked", "linked"]
    assert [line["because"] for line in bruno.asks("activities", f"/v1/activities/{talk}/readers")["lines"]] == [
        "visibility"
    ]
