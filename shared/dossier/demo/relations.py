"""Who belongs together in the demo: couples, keywords, and links between addresses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from dossier.demo import words
from dossier.demo.basis import HISTORY_DAYS, Call
from dossier.demo.cast import Cast
from dossier.ids import derived_id

COUPLES = 6
_TYPED_EVERY = 3
"""Every how manieth couple has a half that is typed and no person in the book."""
SEPARATED, JOINED = 0, 2
"""The couple that separated, and the one whose typed half became a person of the book."""


def couples(cast: Cast) -> Iterator[Call]:
    """Couples of the last persons of the book, so that they are no job changers."""
    partners = cast.persons[-2 * COUPLES :]
    for number in range(COUPLES):
        identifier = cast.id("couple", number)
        cast.couples.append(identifier)
        a, b = partners[2 * number : 2 * number + 2]
        typed = number % _TYPED_EVERY == _TYPED_EVERY - 1
        since = cast.today - timedelta(days=HISTORY_DAYS + 100 * number)
        body = {
            "id": identifier,
            "a": {"person": a},
            "b": cast.name() if typed else {"person": b},
            "valid_from": since.isoformat(),
        }
        yield Call("addresses", "/v1/couples", body, cast.login())


def changes_of_couples(cast: Cast) -> Iterator[Call]:
    """One couple separated a year ago; of another the typed half turns out to be a person of the book."""
    path = f"/v1/couples/{cast.couples[SEPARATED]}/separate"
    yield Call("addresses", path, {"valid_to": (cast.today - timedelta(days=365)).isoformat()}, cast.login())
    person = cast.persons[-2 * COUPLES + 2 * JOINED + 1]
    path = f"/v1/couples/{cast.couples[JOINED]}/halves/b/link-person"
    yield Call("addresses", path, {"person": person}, cast.login())


def keywords(cast: Cast) -> Iterator[Call]:
    """An industry and an account type for companies, a category for some contacts, mailing lists for some of all types.

    The keywords are those that ship, under the ids they have in every installation.
    """
    for number, company in enumerate(cast.companies):
        yield _keyword(cast, "companies", company, "industry", words.INDUSTRIES[number % len(words.INDUSTRIES)])
        account = words.ACCOUNT_TYPES[number % len(words.ACCOUNT_TYPES)]
        yield _keyword(cast, "companies", company, "account-type", account)
    for number, post in enumerate(cast.posts[::3]):
        yield _keyword(cast, "contacts", post.contact, "contact-category", f"Category {number % 3 + 1}")
    for contact in (post.contact for post in cast.posts[::5]):
        yield _keyword(cast, "contacts", contact, "mailing-list", "Newsletter")
    for person in cast.persons[::4]:
        yield _keyword(cast, "persons", person, "mailing-list", "Newsletter")
    for couple in cast.couples:
        yield _keyword(cast, "couples", couple, "mailing-list", "Christmas card")


def links(cast: Cast) -> Iterator[Call]:
    """Persons on boards, companies that hold shares, and who recommended whom."""
    persons, companies = cast.persons, cast.companies
    for number in range(8):
        yield _link(cast, "board-member", number, ("person", persons[3 * number]), ("company", companies[2 * number]))
    for number in range(4):
        yield _link(cast, "shareholder", number, ("company", companies[number]), ("company", companies[-1 - number]))
    for number in range(6):
        contact = cast.posts[10 + number].contact
        yield _link(cast, "recommendation", number, ("contact", contact), ("company", companies[5 + number]))


def _keyword(cast: Cast, collection: str, address: str, group: str, name: str) -> Call:
    keyword = derived_id("keyword", group, name)
    return Call("addresses", f"/v1/{collection}/{address}/keywords/{keyword}", None, cast.login(), "PUT")


def _link(cast: Cast, link_type: str, number: int, one: tuple[str, str], other: tuple[str, str]) -> Call:
    body: dict[str, Any] = {
        "id": cast.id("link", link_type, number),
        "link_type": derived_id("link-type", link_type),
        "one": {"type": one[0], "id": one[1]},
        "other": {"type": other[0], "id": other[1]},
    }
    return Call("addresses", "/v1/links", body, cast.login())
