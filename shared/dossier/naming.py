"""What addresses, users and groups are called, composed by services that know them from their events alone.

The facts are a mapping: `alias` if one was typed, `name` of a company, user or group, `last_name` and `first_name` of a
person, those with `supplement`, `company` and `person` of a contact, and two such halves, `a` and `b`, of a couple.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Facts = Mapping[str, Any]
SIDES = ("a", "b")


def words(*parts: str | None) -> str:
    """The parts that there are, as one text."""
    return " ".join(part for part in parts if part)


def full_name(facts: Facts) -> str:
    """Last name and first name, as far as there are any."""
    return words(facts.get("last_name"), facts.get("first_name"))


def named_by(facts: Facts) -> list[str]:
    """The streams of the other addresses whose facts it takes to name this one."""
    persons = [facts.get("person"), *(facts.get(side, {}).get("person") for side in SIDES)]
    company = [f"company-{facts['company']}"] if facts.get("company") else []
    return [*company, *(f"person-{person}" for person in persons if person)]


def display_name(stream: str, facts_of: Callable[[str], Facts | None]) -> str | None:
    """The alias that was typed, or the computed one (domain.md 1.5, ALI-01, ALI-03); none for what has no facts.

    `facts_of` gives the facts by stream, also those of what it is `named_by`.
    """
    facts = facts_of(stream)
    if facts is None:
        return None
    if facts.get("alias"):
        return facts["alias"]
    match stream.partition("-")[0]:
        case "company" | "user" | "group":
            return facts.get("name")
        case "contact":
            person = facts_of(f"person-{facts.get('person')}")
            own = full_name(facts if person is None else person) or facts.get("supplement", "")
            company = display_name(f"company-{facts['company']}", facts_of)
            return ", ".join(part for part in (company, own) if part)
        case "couple":
            return ", ".join(filter(None, (_half(facts[side], facts_of) for side in SIDES)))
        case _:
            return full_name(facts)


def _half(half: Facts, facts_of: Callable[[str], Facts | None]) -> str | None:
    """A linked person contributes its alias, typed text the names."""
    person = half.get("person")
    return display_name(f"person-{person}", facts_of) if person else full_name(half)
