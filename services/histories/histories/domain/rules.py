"""The roll-up rules: one row for each kind of hop (design: "The history and its roll-up rule").

A new rule is a row here and a fold that lays the hop (`nodes.py`); everything else composes.
"""

from __future__ import annotations

from typing import NamedTuple


class Rule(NamedTuple):
    """Kinds of objects the hop leads away from, and how a reason says it of `here` and `there`."""

    leaves: tuple[str, ...]
    says: str


DIRECT = "direct"
CONTACT_OF_COMPANY = "contact-of-company"
CAPACITY_OF_PERSON = "capacity-of-person"
PROJECT_OF_CUSTOMER = "project-of-customer"

RULES: dict[str, Rule] = {
    DIRECT: Rule(("activity",), "recorded with {there}"),
    CONTACT_OF_COMPANY: Rule(("contact",), "{here} is a contact of {there}"),
    CAPACITY_OF_PERSON: Rule(("contact",), "{here} is a capacity of {there}"),
    PROJECT_OF_CUSTOMER: Rule(("project",), "{there} is a customer of {here}"),
}

ENGAGEMENTS = ("project-", "phase-", "opportunity-", "invoice-")
"""How the stream ids of engagements begin: who sees what is linked to one needs that one's right too, and while its
events are not known, nobody can say who has it."""

BEARING = frozenset(kind for rule in RULES.values() for kind in rule.leaves) | {name[:-1] for name in ENGAGEMENTS}
"""Kinds of objects with a bearing on entries: hops lead on from them, or they close doors. Others are not looked up."""

ADDRESSES = ("company-", "person-", "contact-", "couple-")
"""How the stream ids of addresses begin."""

UNASSIGNED = "unassigned"
"""The page of mails that are on no address's page: nobody was matched, somebody has to look."""


def kind_of(stream: str) -> str:
    """The type in a stream id."""
    return stream[:-37]
