"""Withdrawing, moving, and the place of an activity in single histories."""

from __future__ import annotations

import pytest

from activities.domain import corrections, linking
from activities.domain.state import Activity, evolve
from dossier.contracts.activities import (
    ActivityLinked,
    ActivityRestored,
    ActivityUnlinked,
    ActivityWithdrawn,
    EntryHidden,
    EntryPinned,
    EntryShown,
    EntryUnpinned,
)
from dossier.contracts.common import AddressRef, Reference
from dossier.contracts.rules import RuleViolation
from dossier.ids import new_id
from dossier.testing.activities import note
from dossier.testing.gwt import Scenarios

ACTIVITY = Scenarios(Activity, evolve)
MEYER, ACME, NOVA = (AddressRef(type=kind, id=new_id()) for kind in ("contact", "company", "company"))


def to(address: AddressRef) -> Reference:
    return Reference(type=address.type, id=address.id)


def test_act_withdrawn_it_is_withdrawn_with_a_reason_and_restored() -> None:
    after = ACTIVITY.given(note()).when(lambda state: corrections.withdraw(state, "entered twice"))
    withdrawn = after.then(ActivityWithdrawn(reason="entered twice"))
    assert withdrawn.state.withdrawn
    withdrawn.when(lambda state: corrections.withdraw(state, "again")).then()
    restored = withdrawn.when(lambda state: corrections.restore(state, "it was right")).then(
        ActivityRestored(reason="it was right")
    )
    assert not restored.state.withdrawn
    restored.when(lambda state: corrections.restore(state, "")).then()


def test_act_withdrawn_nothing_else_is_done_with_it() -> None:
    with pytest.raises(RuleViolation) as refusal:
        corrections.standing(ACTIVITY.given(note(), ActivityWithdrawn()).state)
    assert refusal.value.rule == "ACT-WITHDRAWN"
    standing = ACTIVITY.given(note(), ActivityWithdrawn(), ActivityRestored()).state
    assert corrections.standing(standing) == standing


def test_act_move_the_primary_address_is_replaced_by_the_new_one() -> None:
    given = ACTIVITY.given(note(address=MEYER, further_addresses=(ACME,)))
    after = given.when(lambda state: linking.move(state, MEYER, NOVA, "wrong company")).then(
        ActivityLinked(object=to(NOVA), primary=True, reason="wrong company"),
        ActivityUnlinked(object=to(MEYER), reason="wrong company"),
    )
    assert after.state.addresses == (NOVA, ACME)
    after.when(lambda state: linking.move(state, MEYER, NOVA, "")).then()


def test_act_move_to_an_address_that_is_linked_already_only_leaves_the_former() -> None:
    given = ACTIVITY.given(note(address=MEYER, further_addresses=(ACME, NOVA)))
    after = given.when(lambda state: linking.move(state, ACME, NOVA, "")).then(ActivityUnlinked(object=to(ACME)))
    assert after.state.addresses == (MEYER, NOVA)
    after = given.when(lambda state: linking.move(state, MEYER, NOVA, ""))
    assert after.then(ActivityLinked(object=to(NOVA), primary=True), ActivityUnlinked(object=to(MEYER))).state


def test_act_move_from_where_it_is_not_or_to_where_it_is_is_refused() -> None:
    given = ACTIVITY.given(note(address=MEYER))
    given.when(lambda state: linking.move(state, ACME, NOVA, "")).refused("ACT-MOVE", "former")
    given.when(lambda state: linking.move(state, MEYER, MEYER, "")).refused("ACT-MOVE", "to")


def test_act_move_no_rule_brings_it_back() -> None:
    moved = ACTIVITY.given(note(address=MEYER), ActivityLinked(object=to(NOVA)), ActivityUnlinked(object=to(MEYER)))
    moved.when(lambda state: linking.link(state, to(MEYER), primary=True, origin="rule")).then()


def test_act_pin_it_stands_out_per_object_until_unpinned() -> None:
    pinned = ACTIVITY.given(note(address=MEYER)).when(lambda state: corrections.pin(state, to(ACME)))
    after = pinned.then(EntryPinned(object=to(ACME)))
    assert after.state.pinned_on == (to(ACME),)
    after.when(lambda state: corrections.pin(state, to(ACME))).then()
    after.when(lambda state: corrections.unpin(state, to(NOVA))).then()
    unpinned = after.when(lambda state: corrections.unpin(state, to(ACME))).then(EntryUnpinned(object=to(ACME)))
    assert unpinned.state.pinned_on == ()


def test_act_hide_it_is_hidden_per_object_until_shown() -> None:
    given = ACTIVITY.given(note(address=MEYER), EntryPinned(object=to(ACME)))
    after = given.when(lambda state: corrections.hide(state, to(ACME), "private")).then(
        EntryHidden(object=to(ACME), reason="private")
    )
    assert (after.state.hidden_on, after.state.pinned_on) == ((to(ACME),), (to(ACME),))
    after.when(lambda state: corrections.hide(state, to(ACME), "")).then()
    shown = after.when(lambda state: corrections.show(state, to(ACME))).then(EntryShown(object=to(ACME)))
    assert shown.state.hidden_on == ()
    shown.when(lambda state: corrections.show(state, to(ACME))).then()
