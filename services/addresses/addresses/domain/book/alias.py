"""The computed alias of each address type (domain.md 1.5, ALI-01 to ALI-04)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Fields = Mapping[str, Any]


def full_name(fields: Fields) -> str:
    """Last name first."""
    return _joined(" ", (fields["last_name"], fields["first_name"]))


def company_alias(company: Fields, *, with_city: bool) -> str:
    """A company's alias: typed by hand, or its name, with the city of its default postal address if that is set."""
    return company["alias"] or computed_company(company, with_city=with_city)


def computed_company(company: Fields, *, with_city: bool) -> str:
    """Name, or name and city (ALI-04)."""
    return _joined(", ", (company["name"], company["city"] if with_city else ""))


def person_alias(person: Fields) -> str:
    """A person's alias: typed by hand, or last name and first name."""
    return person["alias"] or full_name(person)


def computed_contact(contact: Fields, company: str, person: Fields | None) -> str:
    """The company's alias and the name, the linked person's if there is one; without any name the supplement."""
    name = full_name(contact if contact["person"] is None or person is None else person)
    return _joined(", ", (company, name or contact["supplement"]))


def computed_couple(couple: Fields, persons: Mapping[str, Fields]) -> str:
    """Both halves: of a linked person the alias, of a typed one the name."""
    return _joined(", ", (half_name(couple[side], persons) for side in ("a", "b")))


def half_name(half: Fields, persons: Mapping[str, Fields]) -> str:
    """How one half of a couple is called."""
    person = persons.get(half["person"] or "")
    return full_name(half) if person is None else person_alias(person)


def _joined(separator: str, parts: Iterable[str]) -> str:
    return separator.join(part for part in parts if part)
