"""What becomes of a message, whatever deliveries bring it and in whatever order."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from dossier.contracts.base import Event
from dossier.contracts.common import Grant, GrantOrigin
from dossier.contracts.emails import Delivery, MailKind, MessageDecided, MessageReceived, MessageRefused
from dossier.ids import derived_id
from email_ingest.domain.message import Message, evolve, receive, taken

ACTIVITY = derived_id("test", "activity")
KINDS: tuple[MailKind, ...] = ("human", "bulk", "auto_generated", "calendar")
DELIVERIES = st.lists(st.tuples(st.integers(0, 4), st.sampled_from(KINDS)), min_size=1, max_size=6).flatmap(
    lambda found: st.tuples(st.just(dict(found)), st.permutations(sorted(dict(found))))
)


def arrived(state: Message, number: int, kind: MailKind) -> list[Event]:
    """What a delivery of that number and kind decides."""
    delivery = Delivery(
        id=derived_id("test", f"delivery {number}"), source="lmtp", sha256="", size=1,
        received_at=datetime(2026, 11, 2, tzinfo=UTC),
    )  # fmt: skip
    files = kind in ("human", "calendar")
    decided = MessageDecided(outcome="file", activity=ACTIVITY) if files else MessageDecided(outcome="keep")
    return receive(state, MessageReceived(kind=kind, delivery=delivery), decided, [grant(number)])


def grant(number: int) -> Grant:
    """The right of a reader of the channel of that number."""
    return Grant(to="user", id=derived_id("test", f"user {number}"), origin=GrantOrigin(kind="channel", id=ACTIVITY))


def after(kinds: dict[int, MailKind], order: Sequence[int]) -> Message:
    """The message after the deliveries came in this order."""
    state = Message()
    for number in order:
        for event in arrived(state, number, kinds[number]):
            state = evolve(state, event)
    return state


def readers(state: Message, kinds: dict[int, MailKind]) -> set[int]:
    """Deliveries whose grants the activity gets: with its command, and by the sightings that are sent on."""
    assert state.received is not None
    told = {state.received.delivery.id, *state.sightings} if state.files else set(state.sightings)
    return {number for number in kinds if derived_id("test", f"delivery {number}") in told}


@given(DELIVERIES)
def test_whatever_the_order_of_the_deliveries_the_end_is_the_same(
    case: tuple[dict[int, MailKind], list[int]],
) -> None:
    kinds, order = case
    state = after(kinds, order)
    assert state.files == any(kind in ("human", "calendar") for kind in kinds.values())
    assert state.deliveries == {derived_id("test", f"delivery {number}") for number in kinds}
    assert readers(state, kinds) == set(kinds)
    assert after(kinds, [*order, *order]) == state


def test_a_list_copy_that_comes_first_does_not_keep_the_direct_mail_from_being_filed() -> None:
    state = after({0: "bulk", 1: "human"}, [0, 1])
    assert state.decided is not None
    assert state.decided.activity == ACTIVITY
    assert state.sightings[derived_id("test", "delivery 0")].grants == (grant(0),)


def test_a_list_copy_that_comes_later_does_not_undo_the_filing() -> None:
    assert after({0: "human", 1: "bulk"}, [0, 1]).files


def test_an_id_that_is_taken_is_replaced_once_for_each_refusal_and_given_up_with_a_word_at_last() -> None:
    state = Message()
    for event in arrived(state, 0, "human"):
        state = evolve(state, event)
    state = evolve(state, MessageDecided(outcome="file", activity=ACTIVITY, request='{"id": "x", "title": "Öl"}'))
    ids = [ACTIVITY, *(derived_id("test", str(number)) for number in range(5))]
    for old, fresh in pairwise(ids[:5]):
        [decided] = taken(state, old, fresh, "taken")
        assert isinstance(decided, MessageDecided)
        assert json.loads(decided.request) == {"id": fresh, "title": "Öl"}
        state = evolve(state, decided)
        assert taken(state, old, fresh, "taken") == []  # another worker was told the same
    [given_up] = taken(state, ids[4], ids[5], "taken")
    assert given_up == MessageRefused(reason="taken")
