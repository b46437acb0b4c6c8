"""Couples: two halves, each linked to a person or typed, and which of their days are the persons' too (CON-11).

A person belongs to the couple on the days of the membership (`valid_from` to `valid_to` of the couple) that lie within
the link of that half. Both change by themselves, so the links are kept and the hops stated anew.
"""

from __future__ import annotations

from typing import TypedDict, cast

from dossier.contracts import RecordedEvent
from dossier.contracts import addresses as a
from histories.domain.documents import Fields, Node
from histories.domain.hops import Fold, Way, day_after, state
from histories.domain.rules import MEMBER_OF_COUPLE

SIDES = ("a", "b")


class _Link(TypedDict):
    person: str
    events: list[int]
    valid_from: str | None
    valid_before: str | None


def _registered(node: Node, fields: Fields, event: RecordedEvent) -> None:
    node["facts"].update({"valid_from": None, "valid_to": None, "dated_by": [], "links": {side: [] for side in SIDES}})
    if fields.get("valid_from"):
        node["facts"].update({"valid_from": fields["valid_from"], "dated_by": [event.sequence]})
    for side in SIDES:
        _is(node, side, fields[side], event)
    _state(node, event)


def _half_renamed(node: Node, fields: Fields, event: RecordedEvent) -> None:
    node["facts"][fields["side"]] = _typed(fields)


def _person_linked(node: Node, fields: Fields, event: RecordedEvent) -> None:
    """A link covers the days from the end of the link before it; the first one covers all that came before."""
    links = _links(node, fields["side"])
    start = links[-1]["valid_before"] if links else None
    links.append({"person": fields["person"], "events": [event.sequence], "valid_from": start, "valid_before": None})
    node["facts"][fields["side"]] = {"person": fields["person"]}
    _state(node, event)


def _person_unlinked(node: Node, fields: Fields, event: RecordedEvent) -> None:
    """What is dated before the end stays with the person."""
    links = _links(node, fields["side"])
    links[-1] = {
        **links[-1],
        "events": [*links[-1]["events"], event.sequence],
        "valid_before": fields["unlinked_on"],
    }
    node["facts"][fields["side"]] = _typed(fields)
    _state(node, event)


def _half_corrected(node: Node, fields: Fields, event: RecordedEvent) -> None:
    """The half was wrong from the start: everything moves to the right person, or away if none is linked."""
    _is(node, fields["side"], fields["half"], event)
    _state(node, event)


def _separated(node: Node, fields: Fields, event: RecordedEvent) -> None:
    node["facts"].update({"valid_to": fields["valid_to"], "dated_by": [event.sequence]})
    _state(node, event)


def _dates_corrected(node: Node, fields: Fields, event: RecordedEvent) -> None:
    dates = {name: fields[name] for name in ("valid_from", "valid_to")}
    node["facts"].update({**dates, "dated_by": [event.sequence]})
    _state(node, event)


def _is(node: Node, side: str, half: Fields, event: RecordedEvent) -> None:
    """From the start, whatever was said before."""
    person = half.get("person")
    node["facts"][side] = {"person": person} if person else _typed(half)
    link: _Link = {"person": person or "", "events": [event.sequence], "valid_from": None, "valid_before": None}
    node["facts"]["links"][side] = [link] if person else []


def _links(node: Node, side: str) -> list[_Link]:
    return cast("list[_Link]", node["facts"]["links"][side])


def _typed(names: Fields) -> Fields:
    return {name: names.get(name, "") for name in ("last_name", "first_name")}


def _state(node: Node, event: RecordedEvent) -> None:
    for side in SIDES:
        state(node, event, side, [_way(node, link) for link in _links(node, side)])


def _way(node: Node, link: _Link) -> Way:
    facts = node["facts"]
    starts = [day for day in (facts["valid_from"], link["valid_from"]) if day]
    ends = [day for day in (day_after(facts["valid_to"]), link["valid_before"]) if day]
    return Way(
        MEMBER_OF_COUPLE,
        f"person-{link['person']}",
        sorted({*link["events"], *facts["dated_by"]}),
        max(starts, default=None),
        min(ends, default=None),
    )


FOLDS: dict[str, Fold] = {
    a.CoupleRegistered.event_type: _registered,
    a.CoupleHalfRenamed.event_type: _half_renamed,
    a.CouplePersonLinked.event_type: _person_linked,
    a.CouplePersonUnlinked.event_type: _person_unlinked,
    a.CoupleHalfCorrected.event_type: _half_corrected,
    a.CoupleSeparated.event_type: _separated,
    a.CoupleDatesCorrected.event_type: _dates_corrected,
}
