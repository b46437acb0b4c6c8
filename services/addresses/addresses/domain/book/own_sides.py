"""Own sides of the address book: each stream folded by itself into one flat document.

Fields have the names of the events that set them; dates and moments are ISO texts. What is private data lies apart, so
that a query can leave it where it is: `private`, `private_channels`, `private_postal`.

`shape` is the version that last changed what other addresses show of this one, `shaped_at` when that was recorded:
a company's name, alias and city, a person's names and alias, a setting. `draws_on` are the streams whose shape this
address shows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from addresses.domain.book.alias import full_name
from addresses.domain.book.own_parts import CHANNELS, POSTAL, Fields, Fold
from dossier.contracts import RecordedEvent, decode_fields
from dossier.contracts import addresses as a

ADDRESS_KINDS = ("company", "person", "contact", "couple")
SETTINGS = "address-settings"
_FORMER_NAMES = 50
"""So many former names are kept; who has more is renamed by a machine."""
_PRIVATE_FACTS = ("private_remarks", "date_of_birth", "bank_account")


def kind_of(stream: str) -> str:
    """The kind of aggregate a stream id names."""
    return stream[:-37]


def fold(document: Fields | None, event: RecordedEvent) -> Fields | None:
    """The document after the event; none for kinds of streams that the book does not keep."""
    kind = kind_of(event.stream)
    if kind in ADDRESS_KINDS:
        return _address(kind, document, event)
    if kind not in _LISTED:
        return None
    changed = dict(document or _LISTED[kind])
    _apply(FOLDS, changed, event)
    _shape(kind, _contribution(kind, document or {}), changed, event)
    return changed


def contribution_fields() -> list[str]:
    """The fields that others draw on, with the shape that says which they are."""
    return ["shape", "shaped_at", "name", "alias", "city", "last_name", "first_name", "alias_with_city"]


def _address(kind: str, document: Fields | None, event: RecordedEvent) -> Fields:
    before = document or {}
    changed: Fields = dict(document) if document else _new(kind, event)
    _apply(FOLDS, changed, event)
    changed["changed_at"], changed["changed_by"] = event.recordedtime, event.actor
    changed["city"] = shown_city(changed["postal"])
    _remember_names(kind, before, changed)
    _shape(kind, _contribution(kind, before), changed, event)
    changed["draws_on"] = sorted(_draws_on(kind, changed))
    return changed


def _apply(folds: Mapping[str, Fold], document: Fields, event: RecordedEvent) -> None:
    if (change := folds.get(event.type)) is not None:
        change(document, decode_fields(event.type, event.schemaversion, event.data), event)


def _new(kind: str, event: RecordedEvent) -> Fields:
    return {
        **_OF_KIND[kind],
        "is_active": True,
        "deleted": False,
        "alias": None,
        "alias_set_at": None,
        "former": [],
        "facts": {},
        "private": {},
        "channels": [],
        "private_channels": [],
        "postal": [],
        "private_postal": [],
        "city": "",
        "keywords": [],
        "account_manager": None,
        "created_at": event.recordedtime,
        "created_by": event.actor,
        "changed_at": "",
        "changed_by": "",
        "shape": 0,
        "shaped_at": "",
        "draws_on": [],
    }


def shown_city(postal: list[Fields]) -> str:
    """The city an address is listed under: that of its default postal address, private ones apart."""
    first = next((each for each in postal if each["is_default"]), postal[0] if postal else None)
    return first["city"] if first else ""


def _contribution(kind: str, document: Fields) -> tuple[Any, ...]:
    match kind:
        case "company":
            return tuple(document.get(name) for name in ("name", "alias", "city"))
        case "person":
            return tuple(document.get(name) for name in ("last_name", "first_name", "alias"))
        case "address-settings":
            return (document.get("alias_with_city", False),)
        case _:
            return ()


def _shape(kind: str, before: tuple[Any, ...], changed: Fields, event: RecordedEvent) -> None:
    if _contribution(kind, changed) != before:
        changed["shape"], changed["shaped_at"] = event.sequence, event.recordedtime


def _draws_on(kind: str, document: Fields) -> set[str]:
    if kind == "contact":
        persons = [document["person"]]
    elif kind == "couple":
        persons = [document["a"]["person"], document["b"]["person"]]
    else:
        persons = []
    companies = {f"company-{document['company']}"} if kind == "contact" and document["company"] else set[str]()
    return companies | {f"person-{person}" for person in persons if person}


def _remember_names(kind: str, before: Fields, changed: Fields) -> None:
    names = own_names(kind, changed)
    gone = [name for name in own_names(kind, before) if name not in names] if before else []
    if gone or changed["former"]:
        former = [name for name in changed["former"] if name not in gone and name not in names]
        changed["former"] = [*former, *gone][-_FORMER_NAMES:]


def own_names(kind: str, document: Fields) -> list[str]:
    """The names that are the address's own: none where a linked person gives it."""
    match kind:
        case "company":
            names = [document["name"]]
        case "couple":
            names = [full_name(document["a"]), full_name(document["b"])]
        case "contact":
            names = [full_name(document), document["supplement"]]
        case _:
            names = [full_name(document)]
    return [name for name in names if name]


def _remember(*names: str, **defaults: Any) -> Fold:
    """Take over these fields; one without default did not change where the event is silent."""

    def change(document: Fields, fields: Fields, event: RecordedEvent) -> None:
        document.update({name: fields[name] for name in names if name in fields})
        document.update({name: fields.get(name, default) for name, default in defaults.items()})

    return change


def _set(name: str, value: Any) -> Fold:
    def change(document: Fields, fields: Fields, event: RecordedEvent) -> None:
        document[name] = value

    return change


def _person_linked(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    document.update(person=fields["person"], last_name="", first_name="")


def _person_unlinked(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    document["person"] = None
    _NAMES(document, fields, event)


def _affiliation_ended(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    document.update(valid_to=fields["valid_to"], ended=True)
    document["successor"] = fields.get("successor") or document["successor"]


def _dates_corrected(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    document.update(valid_from=fields.get("valid_from"), valid_to=fields.get("valid_to"))
    document["ended"] = document["ended"] and document["valid_to"] is not None


def _half(fields: Mapping[str, Any], person: str | None = None) -> Fields:
    return {"person": person, "last_name": fields.get("last_name", ""), "first_name": fields.get("first_name", "")}


def _couple_registered(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    for side in ("a", "b"):
        document[side] = _half(fields[side], fields[side].get("person"))
    document["valid_from"] = fields.get("valid_from")


def _half_typed(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    document[fields["side"]] = _half(fields)


def _half_linked(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    document[fields["side"]] = _half({}, fields["person"])


def _half_corrected(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    half = fields["half"]
    document[fields["side"]] = _half(half, half.get("person"))


def _facts_changed(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    for name, value in fields.items():
        place = "private" if name in _PRIVATE_FACTS else "facts"
        kept = {known: fact for known, fact in document[place].items() if known != name}
        document[place] = kept if value is None else {**kept, name: value}


def _alias_set(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    document.update(alias=fields["alias"], alias_set_at=event.recordedtime)


def _alias_given_up(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    document.update(alias=None, alias_set_at=None)


def _keyword_assigned(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    gone = {fields["keyword"], *fields.get("instead_of", ())}
    kept = [each for each in document["keywords"] if each["keyword"] not in gone]
    document["keywords"] = [*kept, {"keyword": fields["keyword"], "group": fields["group"]}]


def _keyword_unassigned(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    document["keywords"] = [each for each in document["keywords"] if each["keyword"] != fields["keyword"]]


def _keyword_changed(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    keywords = document["keywords"]
    known = keywords.get(fields["keyword"], {"name": "", "position": 0, "is_active": True})
    said = {name: fields[name] for name in known if fields.get(name) is not None}
    document["keywords"] = {**keywords, fields["keyword"]: {**known, **said}}
    document["keyword_ids"] = sorted(document["keywords"])


def _linked(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    ends = [f"{end['type']}-{end['id']}" for end in (fields["one"], fields["other"])]
    document.update(link_type=fields["link_type"], one=ends[0], other=ends[1], ends=sorted(set(ends)))
    _LINK_FACTS(document, fields, event)


def _link_removed(document: Fields, fields: Fields, event: RecordedEvent) -> None:
    document.update(ends=[], removed=True)


def _said(*names: str) -> Fold:
    """Take over what the event says of these; silence or null changes nothing."""

    def change(document: Fields, fields: Fields, event: RecordedEvent) -> None:
        document.update({name: fields[name] for name in names if fields.get(name) is not None})

    return change


_NAMES = _remember(last_name="", first_name="")
_LINK_FACTS = _remember(valid_from=None, valid_to=None, remark="")
_PERIOD: Fields = {"valid_from": None, "valid_to": None}
_OF_KIND: dict[str, Fields] = {
    "company": {"name": "", "parent": None, "primary_contact": None},
    "person": {"last_name": "", "first_name": ""},
    "contact": {
        "company": None,
        "person": None,
        "last_name": "",
        "first_name": "",
        "supplement": "",
        "function": "",
        "department": "",
        **_PERIOD,
        "ended": False,
        "predecessor": None,
        "successor": None,
    },
    "couple": {"a": _half({}), "b": _half({}), **_PERIOD},
}
_LISTED: dict[str, Fields] = {
    "keyword-group": {"is_active": True, "owner": None, "keywords": {}, "keyword_ids": []},
    "link-type": {"is_active": True},
    "link": {"ends": [], "removed": False},
    "channel-type": {"is_active": True},
    SETTINGS: {"alias_with_city": False, "shape": 0, "shaped_at": ""},
}
_CONTACT: Callable[..., None] = _remember(
    company=None,
    person=None,
    last_name="",
    first_name="",
    supplement="",
    function="",
    department="",
    valid_from=None,
    valid_to=None,
    predecessor=None,
)
FOLDS: dict[str, Fold] = {
    a.CompanyRegistered.event_type: _remember("name", parent=None),
    a.CompanyRenamed.event_type: _remember("name"),
    a.CompanyParentSet.event_type: _remember("parent"),
    a.PrimaryContactSet.event_type: lambda d, fields, _: d.update(primary_contact=fields["contact"]),
    a.PersonRegistered.event_type: _NAMES,
    a.PersonRenamed.event_type: _NAMES,
    a.ContactRegistered.event_type: _CONTACT,
    a.ContactRenamed.event_type: _remember(last_name="", first_name="", supplement=""),
    a.ContactPositionChanged.event_type: _remember("function", "department"),
    a.PersonLinked.event_type: _person_linked,
    a.PersonUnlinked.event_type: _person_unlinked,
    a.PersonLinkCorrected.event_type: _remember(person=None, last_name="", first_name=""),
    a.AffiliationEnded.event_type: _affiliation_ended,
    a.AffiliationDatesCorrected.event_type: _dates_corrected,
    a.AffiliationCorrected.event_type: _remember("company"),
    a.CoupleRegistered.event_type: _couple_registered,
    a.CoupleHalfRenamed.event_type: _half_typed,
    a.CouplePersonLinked.event_type: _half_linked,
    a.CouplePersonUnlinked.event_type: _half_typed,
    a.CoupleHalfCorrected.event_type: _half_corrected,
    a.CoupleSeparated.event_type: _remember("valid_to"),
    a.CoupleDatesCorrected.event_type: _remember(valid_from=None, valid_to=None),
    a.AddressFactsChanged.event_type: _facts_changed,
    a.AccountManagerSet.event_type: lambda d, fields, _: d.update(account_manager=fields["user"]),
    a.AliasSet.event_type: _alias_set,
    a.AliasGivenUp.event_type: _alias_given_up,
    a.KeywordAssigned.event_type: _keyword_assigned,
    a.KeywordUnassigned.event_type: _keyword_unassigned,
    a.LayoutChosen.event_type: lambda d, fields, _: d.update(layout=fields),
    a.AddressDeactivated.event_type: _set("is_active", False),
    a.AddressReactivated.event_type: _set("is_active", True),
    a.AddressDeleted.event_type: _set("deleted", True),
    **CHANNELS,
    **POSTAL,
    a.KeywordGroupCreated.event_type: _remember("name", "is_exclusive", "types", owner=None, position=0),
    a.KeywordGroupChanged.event_type: _said("name", "is_exclusive", "types", "position", "is_active"),
    a.KeywordAdded.event_type: _keyword_changed,
    a.KeywordChanged.event_type: _keyword_changed,
    a.LinkTypeDefined.event_type: _remember("one", "other"),
    a.LinkTypeChanged.event_type: _said("one", "other", "is_active"),
    a.AddressesLinked.event_type: _linked,
    a.LinkChanged.event_type: _LINK_FACTS,
    a.LinkRemoved.event_type: _link_removed,
    a.ChannelTypeDefined.event_type: _remember("label", "kind", position=0),
    a.ChannelTypeChanged.event_type: _said("label", "position", "is_active"),
    a.AddressSettingsChanged.event_type: _said("alias_with_city"),
}
