"""Given events, when a decision is taken, then these events or this refusal: how domain rules are tested."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Generic, TypeVar

from dossier.contracts.base import Event
from dossier.contracts.codec import decode, encode
from dossier.contracts.rules import NotFound, RuleViolation

S = TypeVar("S")


class Scenarios(Generic[S]):
    """The scenarios of one aggregate: `Scenarios(Company, evolve).given(…).when(…).then(…)`."""

    def __init__(self, initial: Callable[[], S], evolve: Callable[[S, Event], S]) -> None:
        self._initial = initial
        self._evolve = evolve

    def given(self, *events: Event) -> Given[S]:
        """The aggregate after these events, read back from JSON as they would be from the store."""
        return Given(reduce(self._evolve, map(_stored, events), self._initial()), self._evolve)


class Given(Generic[S]):
    """An aggregate with a past."""

    def __init__(self, state: S, evolve: Callable[[S, Event], S]) -> None:
        self.state = state
        self._evolve = evolve

    def when(self, decide: Callable[[S], Sequence[Event]]) -> Outcome[S]:
        """Take a decision; its refusal is part of the outcome."""
        try:
            return Outcome(self.state, self._evolve, decide(self.state), None)
        except (RuleViolation, NotFound) as refusal:
            return Outcome(self.state, self._evolve, (), refusal)


class Outcome(Generic[S]):
    """What a decision came to."""

    def __init__(
        self,
        before: S,
        evolve: Callable[[S, Event], S],
        events: Sequence[Event],
        refusal: RuleViolation | NotFound | None,
    ) -> None:
        self._before = before
        self._evolve = evolve
        self._events = events
        self._refusal = refusal

    def then(self, *expected: Event) -> Given[S]:
        """Exactly these events came of it (none: nothing was to be done). Returns the aggregate after them."""
        if self._refusal is not None:
            raise AssertionError(f"refused: {self._refusal!r}") from self._refusal
        assert list(self._events) == list(expected)
        return Given(reduce(self._evolve, map(_stored, self._events), self._before), self._evolve)

    def refused(self, rule: str, field: str | None = None) -> str:
        """It was refused by this rule, at this field. Returns the reason."""
        assert isinstance(self._refusal, RuleViolation), f"not refused: {self._events!r} {self._refusal!r}"
        assert (self._refusal.rule, self._refusal.field) == (rule, field)
        return self._refusal.detail

    def not_found(self) -> None:
        """It was about something that does not exist."""
        assert isinstance(self._refusal, NotFound), f"found: {self._events!r} {self._refusal!r}"


def _stored(event: Event) -> Event:
    return decode(event.event_type, event.schema_version, encode(event))
