"""Private data is for callers with the capability `private` alone."""

from __future__ import annotations

from collections.abc import Iterable

from addresses.domain.facts import PRIVATE
from dossier.auth.principals import Principal
from dossier.contracts.addresses import AddressFactsChanged, ChannelAdded, PostalAddressAdded
from dossier.contracts.base import Event
from dossier.http.problems import Problem


def needs_private(caller: Principal, field: str) -> None:
    """Raise Problem 403, at the field of the request that is about private data, unless the caller may see it."""
    if not caller.may("private"):
        detail = "This needs the capability 'private'."
        raise Problem(403, "not-allowed", "Not allowed", detail, rule="capability:private", field=field)


def without_private(events: Iterable[Event]) -> list[Event]:
    """How an address was entered, without what is private; which part was the default is not told, as that may be."""
    visible: list[Event] = []
    for event in events:
        match event:
            case ChannelAdded(private=True) | PostalAddressAdded(kind="private"):
                pass
            case ChannelAdded() | PostalAddressAdded():
                visible.append(event.model_copy(update={"is_default": False}))
            case AddressFactsChanged():
                public = event.model_fields_set - PRIVATE
                visible += [AddressFactsChanged(**{name: getattr(event, name) for name in public})] if public else []
            case _:
                visible.append(event)
    return visible
