"""What other systems keep: their word is taken in the order of their own versions, however it arrives (EXT-01)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from dossier.contracts.base import Event
from dossier.contracts.engagements import Source


class Kept(Protocol):
    """A state that another system may keep."""

    @property
    def source(self) -> Source | None:
        """The other system's last word, none if it never spoke."""
        ...


def is_news(state: Kept, source: Source) -> bool:
    """Whether the update is newer than everything that system said before; older and repeated ones are ignored."""
    return state.source is None or source.version > state.source.version


def changed(state: Kept, source: Source, facts: Mapping[str, Any], event: Callable[..., Event]) -> Sequence[Event]:
    """The update of something that is known: the source wins for the facts it sends, the others stay as they are.

    The event is made even if no fact differs, so that an older update that comes later is known to be older.
    """
    differing = {field: value for field, value in facts.items() if getattr(state, field) != value}
    return [event(**differing, source=source)]
