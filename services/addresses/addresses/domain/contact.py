"""The contact: a person in a company, as a dated affiliation (CON-01 to CON-10)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from addresses.domain import facts
from addresses.domain.address import Address, evolve_address
from addresses.domain.checks import period
from dossier.contracts.addresses import (
    AffiliationCorrected,
    AffiliationDatesCorrected,
    AffiliationEnded,
    ContactPositionChanged,
    ContactRegistered,
    ContactRenamed,
    PersonLinkCorrected,
    PersonLinked,
    PersonUnlinked,
)
from dossier.contracts.base import Event
from dossier.contracts.rules import RuleViolation
from dossier.contracts.texts import is_blank


@dataclass(frozen=True)
class Names:
    """What is typed into a contact. The names are empty while a person is linked (CON-03)."""

    last_name: str = ""
    first_name: str = ""
    supplement: str = ""

    def stripped(self) -> Names:
        """Without surrounding space."""
        return Names(self.last_name.strip(), self.first_name.strip(), self.supplement.strip())

    @property
    def has_name(self) -> bool:
        """Whether a human is named."""
        return bool(self.last_name or self.first_name)


@dataclass(frozen=True, kw_only=True)
class Contact(Address):
    """A contact as it stands; `registered` is none until it exists.

    `valid_to` may be a planned end; `ended` says that the contact left. `successor` is the contact a job change began.
    """

    registered: ContactRegistered | None = None
    company: str = ""
    person: str | None = None
    names: Names = Names()
    function: str = ""
    department: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    ended: bool = False
    predecessor: str | None = None
    successor: str | None = None

    def is_current(self, today: date) -> bool:
        """Whether the contact is offered: active, and its affiliation not over (CON-10, STA-01)."""
        return self.is_active and (self.valid_to is None or today <= self.valid_to)


def register(state: Contact, new: ContactRegistered) -> Sequence[Event]:
    """Begin a contact: names typed (CON-02), a person linked (CON-03), or only a supplement (CON-08).

    Beginning the same one again changes nothing.
    """
    names = Names(new.last_name, new.first_name, new.supplement).stripped()
    new = new.model_copy(
        update={"last_name": names.last_name, "first_name": names.first_name, "supplement": names.supplement}
    )
    if state.registered == new:
        return []
    if state.registered is not None:
        raise RuleViolation("ADR-01", "another contact has this id", "id")
    _identified(new.person, names)
    period(new.valid_from, new.valid_to, "CON-10")
    return [new]


def rename(state: Contact, names: Names) -> Sequence[Event]:
    """Change what is typed. While a person is linked only the supplement can be (CON-04)."""
    names = names.stripped()
    if state.person is not None and names.has_name:
        raise RuleViolation("CON-04", "the name is the linked person's: rename the person, or unlink it", "last_name")
    _identified(state.person, names)
    if names == state.names:
        return []
    return [
        ContactRenamed(last_name=names.last_name, first_name=names.first_name, supplement=names.supplement),
    ]


def change_position(state: Contact, function: str, department: str) -> Sequence[Event]:
    """Change function and department within the company (CON-05)."""
    if (function, department) == (state.function, state.department):
        return []
    return [ContactPositionChanged(function=function, department=department)]


def link_person(state: Contact, person: str) -> Sequence[Event]:
    """Link a person to a contact that has none; its identity and history stay.

    The typed name gives way to the person's, and so do the facts that are told of a human (CON-03).
    """
    if state.person == person:
        return []
    if state.person is not None:
        raise RuleViolation("CON-04", "another person is linked: unlink it, or correct the link", "person")
    return [PersonLinked(person=person), *facts.take_away(state.facts, facts.HUMAN)]


def unlink_person(state: Contact, person: str | None, unlinked_on: date, last_known: Names) -> Sequence[Event]:
    """End the link to the person; `last_known`, that person's name, stays as typed text (CON-04).

    What is not linked is unlinked already.
    """
    if state.person is None:
        return []
    if state.person != person:
        raise RuleViolation("CON-04", "this person is not linked")
    return [
        PersonUnlinked(
            person=state.person,
            unlinked_on=unlinked_on,
            last_name=last_known.last_name,
            first_name=last_known.first_name,
        )
    ]


def correct_person(state: Contact, person: str | None, names: Names, reason: str) -> Sequence[Event]:
    """Replace a link that was wrong from the start: by another person, or by typed names. The history moves."""
    names = replace(names.stripped(), supplement=state.names.supplement)
    if state.person is None:
        raise RuleViolation("CON-04", "no person is linked: link one", "person")
    if person == state.person:
        return []
    _identified(person, names)
    return [
        PersonLinkCorrected(
            person=person, last_name=names.last_name, first_name=names.first_name, reason=reason.strip()
        )
    ]


def end(state: Contact, valid_to: date, successor: str | None = None, field: str = "valid_to") -> Sequence[Event]:
    """End the affiliation after its last day (CON-10). One that ended stays ended; its dates can be corrected.

    A job change that is learnt of later may still name the successor of an affiliation that ended on that day. `field`
    is the one that a request said the day in.
    """
    if state.ended and (state.valid_to != valid_to or (successor and state.successor not in (None, successor))):
        raise RuleViolation("CON-10", f"the affiliation ended on {state.valid_to}: correct its dates", field)
    if state.ended and successor in (None, state.successor):
        return []
    period(state.valid_from, valid_to, "CON-10", field)
    return [AffiliationEnded(valid_to=valid_to, successor=successor)]


def begin_after(
    old: Contact, old_id: str, company: str, starts_on: date, function: str, department: str
) -> ContactRegistered:
    """The contact that a job change begins: the same human, by link or typed name, in the other company (CON-10)."""
    if old.company == company:
        raise RuleViolation("CON-10", "this is the same company: change the position instead", "company")
    if old.person is None and not old.names.has_name:
        raise RuleViolation("CON-10", "a contact without a name stands for a post, which cannot change jobs")
    return ContactRegistered(
        company=company,
        person=old.person,
        last_name=old.names.last_name,
        first_name=old.names.first_name,
        function=function,
        department=department,
        valid_from=starts_on,
        predecessor=old_id,
    )


def facts_taken_along(old: Contact) -> Sequence[Event]:
    """What a job change takes along beside the name: the language, and what is told of the human."""
    return facts.take_along(old.facts, facts.HUMAN | {"correspondence_language"})


def correct_dates(state: Contact, valid_from: date | None, valid_to: date | None, reason: str) -> Sequence[Event]:
    """Replace dates of the affiliation that were recorded wrongly."""
    period(valid_from, valid_to, "CON-10")
    if (valid_from, valid_to) == (state.valid_from, state.valid_to):
        return []
    return [AffiliationDatesCorrected(valid_from=valid_from, valid_to=valid_to, reason=reason.strip())]


def correct_company(state: Contact, company: str, reason: str) -> Sequence[Event]:
    """Replace a company that was wrong from the start (CON-01): the contact's whole history moves."""
    if company == state.company:
        return []
    return [AffiliationCorrected(company=company, reason=reason.strip())]


def change_facts(state: Contact, given: Mapping[str, object], own_genders: Collection[str]) -> Sequence[Event]:
    """Change facts (see `facts.change`). While a person is linked, what is told of a human is the person's (CON-03)."""
    of_person = [name for name in given if name in facts.HUMAN and given[name] is not None]
    if state.person is not None and of_person:
        raise RuleViolation("CON-03", "with a linked person this is told of the person", of_person[0])
    return facts.change(state.facts, "contact", given, own_genders)


def evolve(state: Contact, event: Event) -> Contact:
    """The contact after the event."""
    match event:
        case ContactRegistered():
            return _registered(state, event)
        case ContactRenamed():
            return replace(state, names=Names(event.last_name, event.first_name, event.supplement))
        case ContactPositionChanged():
            return replace(state, function=event.function, department=event.department)
        case PersonLinked():
            return replace(state, person=event.person, names=Names(supplement=state.names.supplement))
        case PersonUnlinked():
            return replace(state, person=None, names=replace(state.names, **_typed(event)))
        case PersonLinkCorrected():
            return replace(state, person=event.person, names=replace(state.names, **_typed(event)))
        case AffiliationEnded():
            return replace(state, valid_to=event.valid_to, ended=True, successor=event.successor or state.successor)
        case AffiliationDatesCorrected():
            ended = state.ended and event.valid_to is not None
            return replace(state, valid_from=event.valid_from, valid_to=event.valid_to, ended=ended)
        case AffiliationCorrected():
            return replace(state, company=event.company)
        case _:
            return evolve_address(state, event)


def _identified(person: str | None, names: Names) -> None:
    if person is not None and names.has_name:
        raise RuleViolation("CON-03", "with a linked person the name is the person's, none is typed", "last_name")
    if person is None and is_blank(names.last_name + names.first_name + names.supplement):
        raise RuleViolation(
            "CON-08", "a contact needs a person, a name, or a supplement that identifies it", "last_name"
        )


def _typed(event: PersonUnlinked | PersonLinkCorrected) -> dict[str, str]:
    return {"last_name": event.last_name, "first_name": event.first_name}


def _registered(state: Contact, event: ContactRegistered) -> Contact:
    return replace(
        state,
        registered=event,
        company=event.company,
        person=event.person,
        names=Names(event.last_name, event.first_name, event.supplement),
        function=event.function,
        department=event.department,
        valid_from=event.valid_from,
        valid_to=event.valid_to,
        predecessor=event.predecessor,
    )
