"""Services that lack a safeguard of rights in one place each: what looks for leaks has to find every one of them.

Each variant lets one method of the product run as if everybody might see everything, or takes its answer for granted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from copy import copy
from dataclasses import dataclass
from typing import Any

import pytest

from activities.handling import Activities
from activities.sight import Sight
from activities.views import world
from dossier.mongo import Document
from engagements import access
from engagements.api import finding
from histories.views.calendar import Calendar
from histories.views.customers import Customers
from histories.views.folders import Folders
from histories.views.listing import Listing
from histories.views.names import Names
from histories.views.pages import Pages
from histories.views.people import People
from histories.views.pulse import Pulse
from histories.views.readers import Reader
from histories.views.worklists import WorkLists

Drop = Callable[[pytest.MonkeyPatch, Collection[str]], None]
"""Takes a safeguard away; it is told of the tokens of everybody."""


class AllSeeing(Reader):
    """Somebody for whom the rights filter is gone."""

    def admitted_to(self, readers: Collection[str] | None) -> bool:
        return True

    def seen(self, *, withdrawn_too: bool = False) -> list[Document]:
        return [{}] if withdrawn_too else [{"own.withdrawn": {"$ne": True}}]

    def doubtful(self) -> list[Document] | None:
        return None


def blind(kind: type, method: str) -> Drop:
    """The method runs with a reader who sees everything."""

    def drop(patch: pytest.MonkeyPatch, everybody: Collection[str]) -> None:
        original = getattr(kind, method)

        def unfiltered(self: Any, *args: Any, **named: Any) -> Any:
            seeing = copy(self)
            name = "reader" if hasattr(self, "reader") else "_reader"
            object.__setattr__(seeing, name, AllSeeing(sorted(everybody)))
            return original(seeing, *args, **named)

        patch.setattr(kind, method, unfiltered)

    return drop


def several(*drops: Drop) -> Drop:
    """Several safeguards that back each other are gone together."""

    def drop(patch: pytest.MonkeyPatch, everybody: Collection[str]) -> None:
        for each in drops:
            each(patch, everybody)

    return drop


def answering(where: Any, name: str, answer: Callable[..., Any]) -> Drop:
    """What is asked for at this place is answered without looking."""
    return lambda patch, _: patch.setattr(where, name, answer)


async def _of_anybody(self: Any, *_: Any, **__: Any) -> None:
    return None


async def _nothing_hidden(self: Any, *_: Any, **__: Any) -> set[str]:
    return set()


class _NoDoubt:
    """Nothing is set aside."""

    def __init__(self, projection: Any) -> None:
        pass

    async def everything_hidden(self) -> frozenset[str]:
        return frozenset()

    async def hidden(self, streams: Collection[str]) -> set[str]:
        return set()


def _trusting(patch: pytest.MonkeyPatch, _: Collection[str]) -> None:
    """The directory is believed in what is set aside of it."""
    original = People.__init__
    patch.setattr(People, "__init__", lambda self, nodes, parked: original(self, nodes, ()))


def _doubtless(patch: pytest.MonkeyPatch, _: Collection[str]) -> None:
    """What hangs on streams that are set aside is shown as if nothing could have restricted it."""
    original = Reader.seen

    def seen(self: Reader, *, withdrawn_too: bool = False) -> list[Document]:
        return original(Reader(self.tokens), withdrawn_too=withdrawn_too)

    patch.setattr(Reader, "seen", seen)


@dataclass(frozen=True)
class Blindness:
    """A safeguard that is dropped, and the surfaces that must be found to leak."""

    drop: Drop
    surfaces: tuple[str, ...]


VARIANTS: dict[str, Blindness] = {
    "lists": Blindness(
        blind(Listing, "conditions"),
        (
            "page", "jump", "filters", "folded", "subsidiaries", "full text", "excerpts", "search", "mail search",
            "saved search", "unassigned", "silent customers", "export",
        ),
    ),
    "whose page": Blindness(blind(Pages, "require_seen"), ("page", "pinned", "touchpoints")),
    "pinned": Blindness(blind(Pages, "pins"), ("pinned",)),
    "last contacts": Blindness(blind(Pages, "touchpoints"), ("touchpoints",)),
    "next task": Blindness(blind(Pulse, "open_tasks"), ("touchpoints",)),
    "counts by month": Blindness(blind(Pulse, "months"), ("counts",)),
    "one activity": Blindness(blind(Pages, "activity"), ("why",)),
    "names": Blindness(answering(Names, "withheld", lambda self, stream: False), ("why",)),
    "work lists": Blindness(several(blind(WorkLists, "listing"), blind(WorkLists, "rows")), ("work list",)),
    "whose work list": Blindness(answering(People, "require_list_of", _of_anybody), ("work list",)),
    "calendars": Blindness(blind(Calendar, "_list"), ("calendar", "calendar feed")),
    "folders": Blindness(blind(Folders, "activities"), ("folder",)),
    "contents of folders": Blindness(blind(Folders, "entries"), ("folder contents",)),
    "customers by role": Blindness(blind(Customers, "_by_role"), ("silent customers",)),
    "doubt": Blindness(_doubtless, ("page", "search", "why")),
    "doubt of the directory": Blindness(_trusting, ("work list",)),
    "activities": Blindness(
        answering(Sight, "allows", lambda self, state: True),
        ("activity", "activity/text", "activity/changes", "activity/readers", "document", "bytes"),
    ),
    "links of activities": Blindness(answering(Activities, "hidden", _nothing_hidden), ("activity/changes",)),
    "doubt of activities": Blindness(answering(world, "Parking", _NoDoubt), ("activity",)),
    "engagements": Blindness(answering(access, "may_see", lambda state, caller: True), ("engagement",)),
    "lists of engagements": Blindness(
        several(
            answering(access, "may_see", lambda state, caller: True),
            answering(finding, "visible_to", lambda caller: {}),
        ),
        ("engagements",),
    ),
}  # fmt: skip
