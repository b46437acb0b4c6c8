"""What companies, persons and contacts say of names and of whom they belong to. Couples: `couples.py`."""

from __future__ import annotations

from dossier.contracts import RecordedEvent
from dossier.contracts import addresses as a
from histories.domain import couples
from histories.domain.documents import Fields, Node
from histories.domain.hops import Fold, Way, bound, end, holding, lead, put, remember
from histories.domain.rules import CAPACITY_OF_PERSON, CONTACT_OF_COMPANY

_COMPANY = "company"
_PERSON = "person"


def _contact_registered(node: Node, fields: Fields, event: RecordedEvent) -> None:
    _CONTACT_FACTS(node, fields, event)
    _belongs(node, event, fields["company"])
    if fields.get("person"):
        _is_capacity_of(node, event, fields["person"])


def _affiliation_corrected(node: Node, fields: Fields, event: RecordedEvent) -> None:
    """The company was wrong from the start: all that was done with the contact moves."""
    node["facts"]["company"] = fields["company"]
    end(node, event, _COMPANY)
    _belongs(node, event, fields["company"])


def _person_linked(node: Node, fields: Fields, event: RecordedEvent) -> None:
    """A link covers the days from the end of the link before it; the first one covers all that came before."""
    node["facts"]["person"] = fields["person"]
    former = holding(node, _PERSON)
    _is_capacity_of(node, event, fields["person"], former[-1]["valid_before"] if former else None)


def _person_unlinked(node: Node, fields: Fields, event: RecordedEvent) -> None:
    """What is dated before the end stays with the person."""
    _NAMES(node, fields, event)
    node["facts"]["person"] = None
    link = holding(node, _PERSON)[-1]
    bound(node, event, link, link["valid_from"], fields["unlinked_on"])


def _person_link_corrected(node: Node, fields: Fields, event: RecordedEvent) -> None:
    """The person was wrong from the start: everything moves to the right one, or away if there was none."""
    _NAMES(node, fields, event)
    node["facts"]["person"] = fields["person"]
    end(node, event, _PERSON)
    if fields["person"] is not None:
        _is_capacity_of(node, event, fields["person"])


def _belongs(node: Node, event: RecordedEvent, company: str) -> None:
    lead(node, event, _COMPANY, Way(CONTACT_OF_COMPANY, f"company-{company}", [event.sequence]))


def _is_capacity_of(node: Node, event: RecordedEvent, person: str, valid_from: str | None = None) -> None:
    lead(node, event, _PERSON, Way(CAPACITY_OF_PERSON, f"person-{person}", [event.sequence], valid_from))


def _company_registered(node: Node, fields: Fields, event: RecordedEvent) -> None:
    node["facts"]["name"] = fields["name"]
    _parent_set(node, {"parent": fields.get("parent")}, event)


def _parent_set(node: Node, fields: Fields, event: RecordedEvent) -> None:
    """A company without a parent has no such fact, so that the index that leads down a hierarchy holds the others."""
    node["facts"].pop("parent", None)
    if fields["parent"] is not None:
        node["facts"]["parent"] = fields["parent"]
        node["facts"]["parent_event"] = event.sequence


_NAMES = remember(last_name="", first_name="")
_CONTACT_FACTS = remember(
    "company", "person", "last_name", "first_name", "supplement", "function", "department", "valid_from", "valid_to"
)

FOLDS: dict[str, Fold] = {
    a.CompanyRegistered.event_type: _company_registered,
    a.CompanyRenamed.event_type: remember("name"),
    a.CompanyParentSet.event_type: _parent_set,
    a.PersonRegistered.event_type: remember("last_name", "first_name"),
    a.PersonRenamed.event_type: _NAMES,
    a.ContactRegistered.event_type: _contact_registered,
    a.ContactRenamed.event_type: remember(last_name="", first_name="", supplement=""),
    a.ContactPositionChanged.event_type: remember("function", "department"),
    a.PersonLinked.event_type: _person_linked,
    a.PersonUnlinked.event_type: _person_unlinked,
    a.PersonLinkCorrected.event_type: _person_link_corrected,
    a.AffiliationEnded.event_type: remember("valid_to"),
    a.AffiliationDatesCorrected.event_type: remember("valid_from", "valid_to"),
    a.AffiliationCorrected.event_type: _affiliation_corrected,
    a.AddressFactsChanged.event_type: remember("supplement"),
    a.AliasSet.event_type: remember("alias"),
    a.AliasGivenUp.event_type: put("alias", None),
    a.AddressDeactivated.event_type: put("inactive", True),
    a.AddressReactivated.event_type: put("inactive", False),
    a.AddressDeleted.event_type: put("deleted", True),
    **couples.FOLDS,
}
