"""Who belongs together in the demo: couples, keywords, and links between addresses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dossier.demo import words
from dossier.demo.basis import HISTORY_DAYS, Call
from dossier.ids import derived_id

if TYPE_CHECKING:
    from dossier.demo.plan import Plan

COUPLES = 6
_TYPED_EVERY = 3
"""Every how manieth couple has a half that is typed and no person in the book."""
SEPARATED, JOINED = 0, 2
"""The couple that separated, and the one whose typed half became a person of the book."""


def couples(plan: Plan) -> Iterator[Call]:
    """Couples of the last persons of the book, so that they are no job changers."""
    partners = plan.persons[-2 * COUPLES :]
    for number in range(COUPLES):
        identifier = plan.id("couple", number)
        plan.couples.append(identifier)
        a, b = partners[2 * number : 2 * number + 2]
        typed = number % _TYPED_EVERY == _TYPED_EVERY - 1
        since = plan.today - timedelta(days=HISTORY_DAYS + 100 * number)
        body = {
            "id": identifier,
            "a": {"person": a},
            "b": plan.name() if typed else {"person": b},
            "valid_from": since.isoformat(),
        }
        yield Call("addresses", "/v1/couples", body, plan.login())


def changes_of_couples(plan: Plan) -> Iterator[Call]:
    """One couple separated a year ago; of another the typed half turns out to be a person of the book."""
    path = f"/v1/couples/{plan.couples[SEPARATED]}/separate"
    yield Call("addresses", path, {"valid_to": (plan.today - timedelta(days=365)).isoformat()}, plan.login())
    person = plan.persons[-2 * COUPLES + 2 * JOINED + 1]
    path = f"/v1/couples/{plan.couples[JOINED]}/halves/b/link-person"
    yield Call("addresses", path, {"person": person}, plan.login())


def keywords(plan: Plan) -> Iterator[Call]:
    """An industry and an account type for companies, a category for some contacts, mailing lists for some of all types.

    The keywords are those that ship, under the ids they have in every installation.
    """
    for number, company in enumerate(plan.companies):
        yield _keyword(plan, "companies", company, "industry", words.INDUSTRIES[number % len(words.INDUSTRIES)])
        account = words.ACCOUNT_TYPES[number % len(words.ACCOUNT_TYPES)]
        yield _keyword(plan, "companies", company, "account-type", account)
    for number, post in enumerate(plan.posts[::3]):
        yield _keyword(plan, "contacts", post.contact, "contact-category", f"Category {number % 3 + 1}")
    for contact in (post.contact for post in plan.posts[::5]):
        yield _keyword(plan, "contacts", contact, "mailing-list", "Newsletter")
    for person in plan.persons[::4]:
        yield _keyword(plan, "persons", person, "mailing-list", "Newsletter")
    for couple in plan.couples:
        yield _keyword(plan, "couples", couple, "mailing-list", "Christmas card")


def links(plan: Plan) -> Iterator[Call]:
    """Persons on boards, companies that hold shares, and who recommended whom."""
    persons, companies = plan.persons, plan.companies
    for number in range(8):
        yield _link(plan, "board-member", number, ("person", persons[3 * number]), ("company", companies[2 * number]))
    for number in range(4):
        yield _link(plan, "shareholder", number, ("company", companies[number]), ("company", companies[-1 - number]))
    for number in range(6):
        contact = plan.posts[10 + number].contact
        yield _link(plan, "recommendation", number, ("contact", contact), ("company", companies[5 + number]))


def _keyword(plan: Plan, collection: str, address: str, group: str, name: str) -> Call:
    keyword = derived_id("keyword", group, name)
    return Call("addresses", f"/v1/{collection}/{address}/keywords/{keyword}", None, plan.login(), "PUT")


def _link(plan: Plan, link_type: str, number: int, one: tuple[str, str], other: tuple[str, str]) -> Call:
    body: dict[str, Any] = {
        "id": plan.id("link", link_type, number),
        "link_type": derived_id("link-type", link_type),
        "one": {"type": one[0], "id": one[1]},
        "other": {"type": other[0], "id": other[1]},
    }
    return Call("addresses", "/v1/links", body, plan.login())
