"""The own sides of addresses, engagements and the directory: a fold of each stream, by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from dossier.contracts import RecordedEvent, decode_fields
from dossier.contracts import addresses as a
from dossier.contracts import directory as d
from dossier.contracts import engagements as e
from histories.domain.documents import Fields, Hop, Node
from histories.domain.order import following
from histories.domain.rules import CAPACITY_OF_PERSON, CONTACT_OF_COMPANY, PROJECT_OF_CUSTOMER

CUSTOMER = "customer"
_COMPANY = "company"
_PERSON = "person"

Fold = Callable[[Node, Fields, RecordedEvent], None]


def new_node(stream: str) -> Node:
    """The node before its first event."""
    return {
        "_id": stream,
        "version": 0,
        "applied": 0,
        "shape": 0,
        "facts": {},
        "hops": [],
        "targets": [],
        "readers": None,
    }


def fold_node(node: Node, events: Sequence[RecordedEvent]) -> None:
    """Apply the events that follow the node's version, in place.

    Types that have no bearing on a history are passed over. Raises OutOfOrder at a gap, UndecodableEvent, UnknownEvent.
    """
    for event in following(node["version"], events):
        fold = FOLDS.get(event.type)
        if fold is not None:
            fold(node, decode_fields(event.type, event.schemaversion, event.data), event)
        node["version"] = event.sequence


def _remember(*names: str, **defaults: Any) -> Fold:
    """Keep these facts, for names and heads of pages. One without default did not change where the event is silent."""

    def fold(node: Node, fields: Fields, event: RecordedEvent) -> None:
        node["facts"].update({name: fields[name] for name in names if name in fields})
        node["facts"].update({name: fields.get(name, default) for name, default in defaults.items()})

    return fold


def _set(name: str, value: Any) -> Fold:
    def fold(node: Node, fields: Fields, event: RecordedEvent) -> None:
        node["facts"][name] = value

    return fold


def _holding(node: Node, key: str) -> list[Hop]:
    return [hop for hop in node["hops"] if hop["key"] == key and hop["until"] is None]


def _lead(
    node: Node,
    event: RecordedEvent,
    code: str,
    to: str,
    key: str,
    *,
    causes: Sequence[int] = (),
    valid_from: str | None = None,
    valid_before: str | None = None,
) -> None:
    """Lay a hop that holds from this event on, until something ends it."""
    node["shape"] = event.sequence
    node["targets"] = sorted({*node["targets"], to})
    node["hops"].append(
        {
            "code": code,
            "key": key,
            "to": to,
            "events": [*causes, event.sequence],
            "valid_from": valid_from,
            "valid_before": valid_before,
            "since": event.recordedtime,
            "until": None,
        }
    )


def _end(node: Node, event: RecordedEvent, key: str) -> None:
    """Nothing the hops under this key said is held any more; what they said is kept."""
    for hop in _holding(node, key):
        hop["until"] = event.recordedtime
        node["shape"] = event.sequence


def _bound(node: Node, event: RecordedEvent, hop: Hop, valid_from: str | None, valid_before: str | None) -> None:
    """The hop holds for other days: the former statement ends, the new one tells both causes."""
    hop["until"] = event.recordedtime
    code, to, key, causes = hop["code"], hop["to"], hop["key"], hop["events"][:1]
    _lead(node, event, code, to, key, causes=causes, valid_from=valid_from, valid_before=valid_before)


def _contact_registered(node: Node, fields: Fields, event: RecordedEvent) -> None:
    _CONTACT_FACTS(node, fields, event)
    _lead(node, event, CONTACT_OF_COMPANY, f"company-{fields['company']}", _COMPANY)
    if fields.get("person"):
        _lead(node, event, CAPACITY_OF_PERSON, f"person-{fields['person']}", _PERSON)


def _affiliation_corrected(node: Node, fields: Fields, event: RecordedEvent) -> None:
    """The company was wrong from the start: all that was done with the contact moves."""
    node["facts"]["company"] = fields["company"]
    _end(node, event, _COMPANY)
    _lead(node, event, CONTACT_OF_COMPANY, f"company-{fields['company']}", _COMPANY)


def _person_linked(node: Node, fields: Fields, event: RecordedEvent) -> None:
    """A link covers the days from the end of the link before it; the first one covers all that came before."""
    node["facts"]["person"] = fields["person"]
    former = _holding(node, _PERSON)
    start = former[-1]["valid_before"] if former else None
    _lead(node, event, CAPACITY_OF_PERSON, f"person-{fields['person']}", _PERSON, valid_from=start)


def _person_unlinked(node: Node, fields: Fields, event: RecordedEvent) -> None:
    """What is dated before the end stays with the person."""
    _NAMES(node, fields, event)
    node["facts"]["person"] = None
    link = _holding(node, _PERSON)[-1]
    _bound(node, event, link, link["valid_from"], fields["unlinked_on"])


def _person_link_corrected(node: Node, fields: Fields, event: RecordedEvent) -> None:
    """The person was wrong from the start: everything moves to the right one, or away if there was none."""
    _NAMES(node, fields, event)
    node["facts"]["person"] = fields["person"]
    _end(node, event, _PERSON)
    if fields["person"] is not None:
        _lead(node, event, CAPACITY_OF_PERSON, f"person-{fields['person']}", _PERSON)


def _project_registered(node: Node, fields: Fields, event: RecordedEvent) -> None:
    """From here on it is known whether the project is restricted: what is linked to it may open."""
    _PROJECT_FACTS(node, fields, event)
    node["shape"] = event.sequence


def _role_assigned(node: Node, fields: Fields, event: RecordedEvent) -> None:
    if fields["role"] != CUSTOMER:
        return
    address = fields["address"]
    to, key = f"{address['type']}-{address['id']}", fields["role_id"]
    first, before = fields.get("valid_from"), _day_after(fields.get("valid_to"))
    _lead(node, event, PROJECT_OF_CUSTOMER, to, key, valid_from=first, valid_before=before)


def _role_dates_changed(node: Node, fields: Fields, event: RecordedEvent) -> None:
    for hop in _holding(node, fields["role_id"]):
        _bound(node, event, hop, fields["valid_from"], _day_after(fields["valid_to"]))


def _role_removed(node: Node, fields: Fields, event: RecordedEvent) -> None:
    _end(node, event, fields["role_id"])


def _restricted(node: Node, fields: Fields, event: RecordedEvent) -> None:
    named = fields["to"]
    users, groups = named.get("users", ()), named.get("groups", ())
    node["readers"] = sorted({f"user:{user}" for user in users} | {f"group:{group}" for group in groups})
    node["shape"] = event.sequence


def _opened(node: Node, fields: Fields, event: RecordedEvent) -> None:
    node["readers"] = None
    node["shape"] = event.sequence


def _day_after(day: str | None) -> str | None:
    """The first day on which an inclusive last day no longer holds; the last day of the calendar never ends."""
    if day is None or day == date.max.isoformat():
        return None
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


_NAMES = _remember(last_name="", first_name="")
_CONTACT_FACTS = _remember(
    "company", "person", "last_name", "first_name", "supplement", "function", "department", "valid_from", "valid_to"
)
_PROJECT_FACTS = _remember("code", "title", "leader", "is_active")

FOLDS: dict[str, Fold] = {
    a.CompanyRegistered.event_type: _remember("name", "parent"),
    a.CompanyRenamed.event_type: _remember("name"),
    a.CompanyParentSet.event_type: _remember("parent"),
    a.PersonRegistered.event_type: _remember("last_name", "first_name"),
    a.PersonRenamed.event_type: _NAMES,
    a.ContactRegistered.event_type: _contact_registered,
    a.ContactRenamed.event_type: _remember(last_name="", first_name="", supplement=""),
    a.ContactPositionChanged.event_type: _remember("function", "department"),
    a.PersonLinked.event_type: _person_linked,
    a.PersonUnlinked.event_type: _person_unlinked,
    a.PersonLinkCorrected.event_type: _person_link_corrected,
    a.AffiliationEnded.event_type: _remember("valid_to"),
    a.AffiliationDatesCorrected.event_type: _remember("valid_from", "valid_to"),
    a.AffiliationCorrected.event_type: _affiliation_corrected,
    a.AddressDeactivated.event_type: _set("inactive", True),
    a.AddressReactivated.event_type: _set("inactive", False),
    a.AddressDeleted.event_type: _set("deleted", True),
    e.ProjectRegistered.event_type: _project_registered,
    e.ProjectChanged.event_type: _PROJECT_FACTS,
    e.RoleAssigned.event_type: _role_assigned,
    e.RoleDatesChanged.event_type: _role_dates_changed,
    e.RoleRemoved.event_type: _role_removed,
    e.EngagementRestricted.event_type: _restricted,
    e.EngagementOpened.event_type: _opened,
    d.UserAdded.event_type: _remember("name"),
    d.UserChanged.event_type: _remember("name"),
    d.GroupCreated.event_type: _remember("name"),
    d.GroupRenamed.event_type: _remember("name"),
}
