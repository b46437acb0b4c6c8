"""What people corrected of an activity's place: it was entered in error, stands at the top of a page, or is not on one.

Each correction is kept with its recorded interval, so that as-of reading stays possible.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dossier.contracts import RecordedEvent
from dossier.contracts import activities as a
from histories.domain.documents import Correction, Entry, Fields, Fold
from histories.domain.rules import UNASSIGNED

WITHDRAWN, PINNED, HIDDEN = "withdrawn", "pinned", "hidden"


class Placed(NamedTuple):
    """The pages that show an activity, those that show it at the top, and those that do not although they could."""

    shown_on: list[str]
    pinned: list[str]
    hidden: list[str]


def placed(corrections: Sequence[Correction], objects: list[str]) -> Placed:
    """Where an activity is shown that belongs to these objects. One that was withdrawn is on no page."""
    if not corrections:
        return Placed(objects, [], [])
    hidden = set(standing(corrections, HIDDEN))
    if is_withdrawn(corrections):
        hidden |= set(objects) - {UNASSIGNED}
        return Placed([], [], sorted(hidden))
    shown_on = [stream for stream in objects if stream not in hidden]
    return Placed(shown_on, sorted(set(standing(corrections, PINNED)) & set(shown_on)), sorted(hidden))


def standing(corrections: Sequence[Correction], how: str) -> list[str]:
    """The objects for which such a correction holds now."""
    return [each["at"] for each in corrections if each["how"] == how and "until" not in each and "at" in each]


def is_withdrawn(corrections: Sequence[Correction]) -> bool:
    """Whether the activity is withdrawn now."""
    return any(each["how"] == WITHDRAWN and "until" not in each for each in corrections)


def _begins(how: str) -> Fold:
    def fold(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
        if not any(_is(each, how, fields) for each in entry["corrections"]):
            begun: Correction = {"how": how, "event": event.sequence, "since": event.recordedtime}
            if at := _at(fields):
                begun["at"] = at
            entry["corrections"].append(begun)
        _note(entry)

    return fold


def _ends(how: str) -> Fold:
    def fold(entry: Entry, fields: Fields, event: RecordedEvent) -> None:
        for each in entry["corrections"]:
            if _is(each, how, fields):
                each["until"] = event.recordedtime
        _note(entry)

    return fold


def _is(correction: Correction, how: str, fields: Fields) -> bool:
    return correction["how"] == how and "until" not in correction and correction.get("at", "") == _at(fields)


def _at(fields: Fields) -> str:
    place = fields.get("object")
    return f"{place['type']}-{place['id']}" if place else ""


def _note(entry: Entry) -> None:
    """What no query may forget stands among the own fields, too."""
    if is_withdrawn(entry["corrections"]):
        entry["own"]["withdrawn"] = True
    else:
        entry["own"].pop("withdrawn", None)


FOLDS: dict[str, Fold] = {
    a.ActivityWithdrawn.event_type: _begins(WITHDRAWN),
    a.ActivityRestored.event_type: _ends(WITHDRAWN),
    a.EntryPinned.event_type: _begins(PINNED),
    a.EntryUnpinned.event_type: _ends(PINNED),
    a.EntryHidden.event_type: _begins(HIDDEN),
    a.EntryShown.event_type: _ends(HIDDEN),
}
