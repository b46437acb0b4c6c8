"""Taking back the last change: whatever it was, the activity says again what it said before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import reduce
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.domain import access, corrections, linking, recording, tasks, undoing
from activities.domain.state import Activity, evolve
from dossier.contracts.activities import (
    ActivityChanges,
    ActivityCorrected,
    ActivityUnlinked,
    ActivityWithdrawn,
    Assignment,
    MailSighted,
    Sighting,
)
from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef, Grant, GrantOrigin, Reference
from dossier.contracts.rules import RuleViolation
from dossier.contracts.tasks import ReviewWaived
from dossier.ids import derived_id
from dossier.testing.activities import ACME, ANNA, ATLAS, BEN, CARA, MEYER, NOVA, note

USERS = st.sampled_from([ANNA, BEN, CARA])
DAYS = st.sampled_from([None, date(2026, 5, 1), date(2026, 6, 1)])
ADDRESSES = st.sampled_from(
    [AddressRef(type="company", id=ACME), AddressRef(type="company", id=NOVA), AddressRef(type="contact", id=MEYER)]
)
PLACES = st.one_of(
    ADDRESSES.map(lambda each: Reference(type=each.type, id=each.id)),
    st.sampled_from([Reference(type="project", id=ATLAS), Reference(type="project", id=derived_id("project", "b"))]),
)
GRANTS = st.lists(
    st.sampled_from(
        [Grant(to="user", id=user, origin=GrantOrigin(kind="person", id=user)) for user in (ANNA, BEN, CARA)]
    ),
    max_size=2,
)
Decide = Callable[[Activity], Sequence[Event]]


def command(draw: st.DrawFn) -> Decide:
    """A command with whatever it needs."""
    user, on, address, place, grants = draw(USERS), draw(DAYS), draw(ADDRESSES), draw(PLACES), draw(GRANTS)
    flag, other = draw(st.booleans()), draw(ADDRESSES)
    title = draw(st.sampled_from(["Offer", "Contract"]))
    commands: list[Decide] = [
        lambda s: recording.correct(s, ActivityChanges(title=title, participants=(user,)), "typo"),
        lambda s: linking.link(s, place, primary=flag and place.type != "project", origin="person"),
        lambda s: linking.unlink(s, place, new_primary=None, origin="person"),
        lambda s: linking.move(s, address, other, ""),
        lambda s: tasks.assign(s, user, main=flag, follow_up_on=on),
        lambda s: tasks.remove(s, user),
        lambda s: tasks.move_follow_up(s, user, on),
        lambda s: tasks.move_due(s, on),
        lambda s: tasks.complete(s, date(2026, 5, 5)),
        tasks.reopen,
        lambda s: access.change_visibility(s, "granted" if flag else "everyone"),
        lambda s: access.add_grants(s, grants),
        lambda s: access.revoke_grants(s, grants),
        lambda s: corrections.pin(s, place) if flag else corrections.unpin(s, place),
        lambda s: corrections.hide(s, place, "") if flag else corrections.show(s, place),
        lambda s: corrections.withdraw(s, "") if flag else corrections.restore(s, ""),
    ]
    return draw(st.sampled_from(commands))


def said(state: Activity) -> dict[str, Any]:
    """All that an activity says. Apart from the first ones, lists have no order that means anything."""
    further = {name: frozenset(getattr(state.facts, name)) for name in ("further_addresses", "further_responsible")}
    places = (frozenset(state.pinned_on), frozenset(state.hidden_on))
    grants = {"grants": frozenset(state.facts.grants)}
    more = {"done": state.completed_on, "withdrawn": state.withdrawn, "places": places}
    return dict(state.facts) | further | grants | more


@settings(max_examples=500, deadline=None)
@given(data=st.data())
def test_act_undo_every_change_that_has_an_opposite_is_taken_back_and_that_again(data: st.DataObject) -> None:
    state = evolve(Activity(), note(address=AddressRef(type="company", id=ACME), responsible=Assignment(user=ANNA)))
    for _ in range(data.draw(st.integers(1, 12))):
        decide = data.draw(st.composite(command)())
        try:
            events = decide(state)
        except RuleViolation:
            continue
        after = reduce(evolve, events, state)
        opposite = undoing.undo(state, events, "a slip")
        undone = reduce(evolve, opposite, after)
        assert said(undone) == said(state)
        redone = reduce(evolve, undoing.undo(after, opposite, ""), undone)
        assert said(redone) == said(after)
        state = after


def test_act_undo_it_says_why() -> None:
    before = evolve(Activity(), note())
    changes = ActivityChanges(title="Contract")
    (undone,) = undoing.undo(before, [ActivityCorrected(changes=changes)], "a slip")
    assert undone == ActivityCorrected(changes=ActivityChanges(title="Offer"), reason="a slip")


@pytest.mark.parametrize("event", [note(), ReviewWaived(), MailSighted(sighting=Sighting(delivery=ACME, source="x"))])
def test_act_undo_what_has_no_opposite_is_refused(event: Event) -> None:
    before = evolve(Activity(), note())
    with pytest.raises(RuleViolation) as refusal:
        undoing.undo(before, [event], "")
    assert refusal.value.rule == "ACT-UNDO"


def test_act_undo_of_a_change_of_several_events_is_refused_whole_if_one_has_no_opposite() -> None:
    before = evolve(Activity(), note(project=ATLAS))
    unlinked = ActivityUnlinked(object=Reference(type="project", id=ATLAS))
    with pytest.raises(RuleViolation):
        undoing.undo(before, [unlinked, MailSighted(sighting=Sighting(delivery=ACME, source="x"))], "")
    assert undoing.undo(before, [unlinked, ActivityWithdrawn()], "")
