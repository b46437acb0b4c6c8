"""What of an address a caller may see, whoever asks for it: the change log and what a conflict tells."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any

from addresses.domain import facts
from addresses.domain.address import Address
from addresses.domain.person import Person
from dossier.auth.principals import Principal
from dossier.contracts.addresses import KeywordAssigned, KeywordGroupCreated
from dossier.contracts.recorded import RecordedEvent
from dossier.http.changes import Shown
from dossier.ids import stream_id
from dossier.store import CommitStore

_LIFTED = ("facts", "names")
"""Parts of the state that the interface does not know as parts: their fields are the address's own."""
_WITH_PRIVATE_PARTS = ("channels", "postal_addresses")


def shown_to(caller: Principal, hidden_groups: Collection[str] | None = None) -> Shown[Address]:
    """What this caller may see of an address: private data only with the capability, and no keyword of these groups.

    Without word of the groups no keyword is shown: it could be a personal one of somebody else (KEY-06).
    """

    def shown(state: Address) -> Mapping[str, object]:
        named = everything(state) if caller.may("private") else public(state)
        if "keywords" in named:
            named["keywords"] = _keywords(named["keywords"], hidden_groups)
        return named

    return shown


async def others_groups(store: CommitStore, events: Collection[RecordedEvent], caller: Principal) -> set[str]:
    """The personal keyword groups of others among those that these events of an address name (KEY-06)."""
    assigned = (event.event() for event in events if event.type == KeywordAssigned.event_type)
    groups = {event.group for event in assigned if isinstance(event, KeywordAssigned)}
    return {group for group in groups if await _owner(store, group) not in (None, caller.user)}


def everything(state: Address) -> dict[str, Any]:
    """All fields of the address under the names that the interface gives them."""
    named = _named(state)
    for name in _LIFTED:
        if name in named:
            named |= _named(named.pop(name))
    return named


def public(state: Address) -> dict[str, Any]:
    """The same without private data.

    Of a person's channels also not which is the default: that moves when a private one takes it over.
    """
    shown = {name: value for name, value in everything(state).items() if name not in facts.PRIVATE}
    if isinstance(state, Person):
        for name in _WITH_PRIVATE_PARTS:
            shown[name] = [_part(part) for part in shown.get(name, ()) if not _is_private(part)]
    return shown


def _named(state: Any) -> dict[str, Any]:
    return {field.name: getattr(state, field.name) for field in fields(state)}


def _part(part: object) -> Mapping[str, object]:
    return {name: value for name, value in _named(part).items() if name != "is_default"}


def _is_private(part: Any) -> bool:
    return getattr(part, "private", False) or getattr(part, "kind", None) == "private"


def _keywords(assigned: Collection[Any], hidden: Collection[str] | None) -> list[str]:
    return [] if hidden is None else [each.keyword for each in assigned if each.group not in hidden]


async def _owner(store: CommitStore, group: str) -> str | None:
    for event in (await store.history(stream_id("keyword-group", group))).events[:1]:
        created = event.event()
        return created.owner if isinstance(created, KeywordGroupCreated) else None
    return None
