"""The business of the demo: phases of projects, opportunities won, lost and made into projects, invoices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from dossier.demo import words
from dossier.demo.basis import AUTHORS, INSIDERS, Call, Chance
from dossier.demo.cast import Cast
from dossier.ids import derived_id

OPPORTUNITIES = 30
_CONFIDENTIAL = 7
"""The opportunity that not everybody may know of."""
_MADE_INTO_PROJECTS = 3


def phases(cast: Cast) -> Iterator[Call]:
    """Three phases for every project. By insiders, as repeated calls too are refused to who may not see the project."""
    for project, _ in cast.projects:
        own: list[str] = []
        for number, title in enumerate(words.PHASES, 1):
            own.append(cast.id("phase", project, number))
            body = {"id": own[-1], "code": str(number), "title": title, "position": number}
            yield Call("engagements", f"/v1/projects/{project}/phases", body, cast.pick(INSIDERS).login)
        cast.phases_of[project] = own


def opportunities(cast: Cast) -> Iterator[Call]:
    """Chances with addresses of all types: contacts mostly, some companies, persons, a couple."""
    for number in range(OPPORTUNITIES):
        chance = cast.chances[number]
        entered = cast.today - timedelta(days=20 + 17 * number)
        body: dict[str, Any] = {
            "id": chance.id,
            "title": words.CHANCES[number % len(words.CHANCES)],
            "address": chance.address,
            "entered_on": entered.isoformat(),
            "amount": f"{chance.amount}.00",
            "currency": "CHF",
            "closing_on": (entered + timedelta(days=90)).isoformat(),
            "seller": AUTHORS[number % len(AUTHORS)].id,
        }
        yield Call("engagements", "/v1/opportunities", body, cast.pick(INSIDERS).login)


def begin_chances(cast: Cast) -> list[Chance]:
    """What the opportunities are about."""
    chances: list[Chance] = []
    for number in range(OPPORTUNITIES):
        post = cast.posts[number * 3]
        address, company = {"type": "contact", "id": post.contact}, post.company
        if number % 5 == 1:
            address = {"type": "company", "id": post.company}
        elif number % 10 == 4:
            address, company = {"type": "person", "id": cast.persons[number]}, None
        elif number % 10 == 9:
            address, company = {"type": "couple", "id": cast.couples[number // 10 + 1]}, None
        outcome = ("won", "offer", "lost", "negotiation", "interest")[(number + number // 5) % 5]
        amount = 5_000 * cast.pick(range(1, 30))
        chances.append(Chance(cast.id("opportunity", number), address, company, amount, outcome))
    return chances


def stages(cast: Cast) -> Iterator[Call]:
    """How far each opportunity came."""
    for number, chance in enumerate(cast.chances):
        if chance.outcome == "interest":
            continue
        body: dict[str, Any] = {
            "status": derived_id("opportunity-status", chance.outcome),
            "on": (cast.today - timedelta(days=5 + 13 * number)).isoformat(),
        }
        if chance.outcome == "lost":
            body["reason"] = words.LOST[number % len(words.LOST)]
        yield Call("engagements", f"/v1/opportunities/{chance.id}/status", body, cast.pick(INSIDERS).login)


def projects_of_opportunities(cast: Cast) -> Iterator[Call]:
    """Some that were won became projects: the contact's company is the customer, the contact the contact person."""
    won = [chance for chance in cast.chances if chance.outcome == "won" and chance.company is not None]
    for number, chance in enumerate(won[:_MADE_INTO_PROJECTS]):
        body = {
            "id": cast.id("won-project", number),
            "code": f"P-{3000 + number}",
            "leader": INSIDERS[0].id,
            "customer": {"type": "company", "id": chance.company},
        }
        yield Call("engagements", f"/v1/opportunities/{chance.id}/project", body, INSIDERS[0].login)


def restricted_opportunity(cast: Cast) -> Call:
    """One opportunity is for those who may know of the restricted projects."""
    path = f"/v1/opportunities/{cast.chances[_CONFIDENTIAL].id}/restriction"
    return Call("engagements", path, {"users": [user.id for user in INSIDERS], "groups": []}, "clara", "PUT")


def confidential(cast: Cast, opportunity: str | None) -> bool:
    """Whether the opportunity is the restricted one."""
    return opportunity is not None and cast.chances[_CONFIDENTIAL].id == opportunity


def invoices(cast: Cast) -> Iterator[Call]:
    """Two invoices for most projects, and some to addresses without a project."""
    for number, (project, customer) in enumerate(cast.projects):
        own = [cast.id("invoice", project, part) for part in range(2 if number % 4 else 1)]
        cast.invoices_of[project] = own
        for part, identifier in enumerate(own):
            title = f"{part + 1}. Teilrechnung"
            yield _invoice(cast, identifier, 100 + 2 * number + part, customer, title, project)
    for number, company in enumerate(cast.companies[::5]):
        yield _invoice(cast, cast.id("invoice", number), 900 + number, company, "Beratung nach Aufwand", None)


def _invoice(cast: Cast, identifier: str, number: int, company: str, title: str, project: str | None) -> Call:
    issued = cast.day(400)
    body: dict[str, Any] = {
        "id": identifier,
        "number": f"R-{number:04}",
        "recipient": {"type": "company", "id": company},
        "issued_on": issued.isoformat(),
        "amount": f"{cast.pick(range(900, 28_000, 50))}.00",
        "currency": "CHF",
        "state": "paid" if cast.today - issued > timedelta(days=60) else "open",
        "title": title,
        **({"project": project} if project else {}),
    }
    return Call("engagements", "/v1/invoices", body, cast.pick(INSIDERS).login)
