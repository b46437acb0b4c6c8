"""Who may see an activity: everybody, or its grants, its responsible users, its participants and its author, and who is
asked to take it over (DLG-03) or to review it.

Every grant has an origin (a channel, a person, a rule), so that what one origin gave can be taken back without taking
what another gave (RGT-10).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import reduce
from typing import Protocol

from activities.domain.state import Activity, evolve
from dossier.contracts.activities import (
    GrantsAdded,
    GrantsRevoked,
    MailSighted,
    Sighting,
    Visibility,
    VisibilityChanged,
)
from dossier.contracts.base import Event
from dossier.contracts.common import Grant
from dossier.contracts.rules import RuleViolation

Readers = frozenset[str] | None
"""Those who may see something, as `user:…` and `group:…`; none means everybody."""


class Seen(Protocol):
    """What decides who sees an activity: its readers, who sees it whatever is not known, and its engagements."""

    @property
    def readers(self) -> Readers:
        """Who has a right to it."""
        ...

    @property
    def insiders(self) -> frozenset[str]:
        """Who sees it while it is not known who may see its engagements."""
        ...

    @property
    def engagements(self) -> tuple[str, ...]:
        """Streams of the engagements it is linked to."""
        ...


def may_see(state: Seen, tokens: AbstractSet[str], engagements: Mapping[str, Readers]) -> bool:
    """Whether a caller with these tokens may see the activity: it takes the right to it and its engagements (RGT-10).

    `engagements` are the readers of the linked engagements as far as they are known. One that is not known yet may
    turn out restricted, so until then only author and responsible users see the activity.
    """

    def allowed(readers: Readers) -> bool:
        return readers is None or not readers.isdisjoint(tokens)

    linked = (engagements.get(stream, state.insiders) for stream in state.engagements)
    return allowed(state.readers) and all(allowed(readers) for readers in linked)


def is_kept_out(user: str, engagements: Mapping[str, Readers]) -> bool:
    """Whether the user certainly sees nothing that is linked to all of these engagements (RGT-10).

    Who is in a group is not known here: of an engagement that a group may see nothing is certain.
    """
    return any(
        readers is not None and f"user:{user}" not in readers and not any(one.startswith("group:") for one in readers)
        for readers in engagements.values()
    )


def change_visibility(state: Activity, visibility: Visibility) -> Sequence[Event]:
    """Let everybody see it, or only those named."""
    return [] if state.facts.visibility == visibility else [VisibilityChanged(visibility=visibility)]


def check_left(
    before: Activity, events: Sequence[Event], tokens: AbstractSet[str], engagements: Mapping[str, Readers]
) -> None:
    """Raise RuleViolation RGT-05 if a caller with these tokens would leave nobody who sees it and could show it again.

    It takes the right to its `engagements`, too, as far as their readers are known. Nor does the caller lose sight of
    it by taking rights from others: nobody hides from oneself what others wrote. Who gives up an own part in it (is no
    longer responsible, does not take part, declines) may, while others see it.
    """
    if before.now is None:
        return
    left = reduce(evolve, events, before)
    if may_see(left, tokens, engagements):
        return
    if left.readers is not None and left.readers.isdisjoint(tokens):
        for field, taking in (("visibility", VisibilityChanged), ("grants", GrantsRevoked)):
            if any(isinstance(event, taking) for event in events):
                raise RuleViolation(
                    "RGT-05", "you would not see it any more; grant it to yourself or a group of yours first", field
                )
    if not _others_may_see(left, tokens, engagements):
        raise RuleViolation(
            "RGT-05",
            "nobody would see it any more; make somebody responsible, or grant it to somebody, who may see what it is "
            "linked to first",
        )


def _others_may_see(state: Activity, tokens: AbstractSet[str], engagements: Mapping[str, Readers]) -> bool:
    """Whether somebody else may see it, who has each right that it takes. Who is in a group is not known here: a right
    that a group has may be that of anybody but the caller, who does not see it."""
    rights = (state.readers, *(engagements.get(stream) for stream in state.engagements))
    named = [
        readers.difference(tokens)
        for readers in rights
        if readers is not None and not any(one.startswith("group:") for one in readers)
    ]
    return not named or bool(frozenset.intersection(*named))


def add_grants(state: Activity, grants: Sequence[Grant]) -> Sequence[Event]:
    """Let more users or groups see it; grants that exist from the same origin are left out."""
    new = _new(state, grants)
    return [GrantsAdded(grants=new)] if new else []


def revoke_grants(state: Activity, grants: Sequence[Grant]) -> Sequence[Event]:
    """Take grants back; those that do not exist are left out, and the same right from another origin stays."""
    gone = tuple(grant for grant in dict.fromkeys(grants) if grant in state.facts.grants)
    return [GrantsRevoked(grants=gone)] if gone else []


def sight(state: Activity, sighting: Sighting, grants: Sequence[Grant]) -> Sequence[Event]:
    """Note that the mail came by another road, and let that road's readers see it.

    The same delivery again changes nothing. Raises RuleViolation ACT-MAIL if the activity is no mail.
    """
    if state.facts.mail is None:
        raise RuleViolation("ACT-MAIL", "only a mail can be sighted", "mail")
    if any(sighting.delivery == earlier.delivery for earlier in state.sightings):
        return []
    return [MailSighted(sighting=sighting, grants=_new(state, grants))]


def _new(state: Activity, grants: Sequence[Grant]) -> tuple[Grant, ...]:
    return tuple(grant for grant in dict.fromkeys(grants) if grant not in state.facts.grants)
