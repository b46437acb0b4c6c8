"""The roll-up rules: one row for each kind of hop (design: "The history and its roll-up rule").

A new rule is a row here and a fold that lays the hop (`addresses.py`, `couples.py`, `engagements.py`); everything else
composes.
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
MEMBER_OF_COUPLE = "member-of-couple"
OPPORTUNITY_OF_ADDRESS = "opportunity-of-address"
PART_OF_PROJECT = "part-of-project"
PROJECT_OF_CUSTOMER = "project-of-customer"
INVOICE_OF_RECIPIENT = "invoice-of-recipient"
SUBSIDIARY_OF_COMPANY = "subsidiary-of-company"

RULES: dict[str, Rule] = {
    DIRECT: Rule(("activity",), "recorded with {there}"),
    CONTACT_OF_COMPANY: Rule(("contact",), "{here} is a contact of {there}"),
    CAPACITY_OF_PERSON: Rule(("contact",), "{there} is the person of {here}"),
    MEMBER_OF_COUPLE: Rule(("couple",), "{there} is one half of {here}"),
    OPPORTUNITY_OF_ADDRESS: Rule(("opportunity",), "{here} is an opportunity of {there}"),
    PART_OF_PROJECT: Rule(("phase", "invoice"), "{here} is part of {there}"),
    PROJECT_OF_CUSTOMER: Rule(("project",), "{there} is a customer of {here}"),
    INVOICE_OF_RECIPIENT: Rule(("invoice",), "{there} is the recipient of {here}"),
    # Joined when a page is read that includes subsidiaries: no entry is derived from it.
    SUBSIDIARY_OF_COMPANY: Rule((), "{here} is a subsidiary of {there}"),
}

ENGAGEMENTS = ("project-", "phase-", "opportunity-", "invoice-")
"""How the stream ids of engagements begin: who sees what is linked to one needs that one's right too, and while its
events are not known, nobody can say who has it."""

BEARING = frozenset(kind for rule in RULES.values() for kind in rule.leaves) | {name[:-1] for name in ENGAGEMENTS}
"""Kinds of objects with a bearing on entries: hops lead on from them, or they close doors. Others are not looked up."""

ADDRESSES = ("company-", "person-", "contact-", "couple-")
"""How the stream ids of addresses begin."""

UNASSIGNED = "unassigned"
"""The page of mails that are on no address's page: nobody was matched, or several alike; somebody has to look."""


def said(rule: str, here: str, there: str) -> str:
    """The hop from here to there in words."""
    return RULES[rule].says.format(here=here, there=there)


def kind_of(stream: str) -> str:
    """The type in a stream id."""
    return stream[:-37]
