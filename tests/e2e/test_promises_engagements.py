"""Rows of the feature table: roles of addresses in projects, and opportunities from the first word to won or lost."""

from __future__ import annotations

from typing import Any

import pytest

from dossier.auth.demo import BY_LOGIN
from dossier.days import OFFICE, today
from e2e.entering import activity, company, contact, entered, history, opportunity, person, word
from e2e.people import User

pytestmark = [pytest.mark.backends, pytest.mark.slow]
ANNA, CLARA = BY_LOGIN["anna"].id, BY_LOGIN["clara"].id


def role(name: str, kind: str, id: str) -> dict[str, Any]:
    return {"role": name, "address": {"type": kind, "id": id}}


def roles(user: User, kind: str, id: str) -> list[str]:
    """The roles of an address in all projects."""
    found = user.asks("engagements", f"/v1/roles?address={kind}-{id}")["items"]
    return [each["role"] for project in found for each in project["roles"]]


def customer_by(user: User, kind: str, id: str) -> list[str]:
    """By which deeds an address is a customer."""
    return [by for each in user.asks("engagements", f"/v1/customers?address={kind}-{id}")["items"] for by in each["by"]]


def test_row_16_rol_01_02_03_04_a_person_is_customer_and_a_contact_is_not(anna: User) -> None:
    one = word()
    acme, eva = company(anna, f"Acme {one}"), person(anna, one, "Eva")
    post = contact(anna, acme, person=eva)
    couple = entered(anna, "couple", a={"person": eva}, b={"last_name": "Beispiel"})
    body = {"code": one[:20], "title": "Succession"}
    project = f"/v1/projects/{anna.writes('engagements', '/v1/projects', body)['id']}"
    at, refused = f"{project}/roles", (422, "ROL-02", "address")
    reason = anna.is_refused("engagements", at, role("customer", "contact", post), refused)["detail"]
    assert f"company-{acme}" in reason
    reason = anna.is_refused("engagements", at, role("customer", "couple", couple), refused)["detail"]
    assert f"person-{eva}" in reason
    assert anna.asks("engagements", project)["roles"] == []
    others = [("contact_person", "contact", post), ("witness", "couple", couple), ("ordering_party", "company", acme)]
    for given in (("customer", "person", eva), *others):
        anna.writes("engagements", at, role(*given))
    assert roles(anna, "person", eva) == ["customer"]
    assert [roles(anna, kind, id) for _, kind, id in others] == [["contact_person"], ["witness"], ["ordering_party"]]
    activity(anna, "about the project", project=project.rpartition("/")[2])
    assert history(anna, "person", eva) == {"about the project": ["direct", "project-of-customer"]}
    assert [history(anna, kind, id) for _, kind, id in others] == [{}, {}, {}]
    assert customer_by(anna, "person", eva) == ["project"]
    assert customer_by(anna, "company", acme) == customer_by(anna, "contact", post) == []
    anna.is_refused("engagements", at, role("uncle", "person", eva), (422, "ROL-03", "role"))


def test_row_51_opp_01_03_04_07_an_opportunity_is_weighed_won_and_closed(anna: User, bruno: User) -> None:
    one = word()
    acme = company(anna, f"Acme {one}")
    facts = {"amount": "10000", "currency": "CHF", "probability": 40, "seller": ANNA, "closing_on": "2099-06-30"}
    statuses = {each["label"]: each["id"] for each in anna.asks("engagements", "/v1/opportunity-statuses")}
    id, hidden = opportunity(anna, "Won", "company", acme, **facts), opportunity(anna, "Hidden", "company", acme)
    readers = {"users": [ANNA, CLARA], "groups": []}
    anna.writes("engagements", f"/v1/opportunities/{hidden}/restriction", readers, "PUT")
    at, all_ = f"/v1/opportunities/{id}", f"/v1/opportunities?address=company-{acme}"
    shown = anna.asks("engagements", at)
    assert (shown["amount"], shown["weighted"], shown["is_active"]) == ("10000.00", "4000.00", True)

    def titles(user: User, query: str) -> list[str]:
        return [each["title"] for each in user.asks("engagements", f"{all_}{query}")["items"]]

    def closing(year: int) -> list[tuple[str, str]]:
        lines = anna.asks("engagements", f"/v1/opportunities/overview?year={year}")
        return [(line["outcome"], line["weighted"]) for line in lines if line["seller"] == ANNA]

    assert (titles(anna, "&open=true"), titles(anna, "&open=false")) == (["Won", "Hidden"], [])
    assert closing(2099) == [("open", "4000.00")]
    assert customer_by(anna, "company", acme) == []
    won = {"status": statuses["Won"]}
    anna.is_refused("engagements", f"{at}/status", won, (422, "OPP-03", "on"))
    anna.writes("engagements", f"{at}/status", {**won, "on": str(today(OFFICE))})
    shown = anna.asks("engagements", at)
    assert (shown["is_active"], shown["outcome"], shown["closed_on"]) == (False, "won", str(today(OFFICE)))
    assert (shown["probability"], shown["weighted"]) == (100, "10000.00")
    assert [stage["outcome"] for stage in shown["stages"]] == ["open", "won"]
    assert (titles(anna, "&open=true"), titles(anna, "&open=false")) == (["Hidden"], ["Won"])
    assert closing(2099) == []
    assert customer_by(anna, "company", acme) == ["opportunity"]
    activity(anna, "signed", opportunity=id)
    activity(anna, "secret", opportunity=hidden)
    bruno.knows_what(anna)
    assert titles(bruno, "") == ["Won"]
    bruno.asks("engagements", f"/v1/opportunities/{hidden}", 404)
    assert set(history(anna, "company", acme)) == {"signed", "secret"}
    assert history(bruno, "company", acme) == {"signed": ["direct", "opportunity-of-address"]}
