"""Who is responsible, as the entry of an activity says it: the same as the activity itself says (ACT-02)."""

from __future__ import annotations

from typing import Any

from dossier.contracts import Event
from dossier.contracts import activities as act
from dossier.ids import new_id, stream_id
from dossier.testing.activities import note
from dossier.testing.recorded import recorded
from histories.domain.activities import fold_activity, insiders, new_entry

ANNA, BEN = new_id(), new_id()


def own_after(*events: Event) -> dict[str, Any]:
    stream = stream_id("activity", new_id())
    entry = new_entry(stream)
    fold_activity(entry, recorded(stream, note(responsible=act.Assignment(user=ANNA), entered_by=None), *events))
    return entry["own"]


def assigned(user: str, *, main: bool) -> Event:
    return act.ResponsibleAssigned(assignment=act.Assignment(user=user), main=main)


def test_act_02_a_main_responsible_who_becomes_a_further_one_is_no_longer_the_main_one() -> None:
    own = own_after(assigned(ANNA, main=False))
    assert own["responsible"] is None
    assert [assignment["user"] for assignment in own["further_responsible"]] == [ANNA]
    assert insiders(own) == [f"user:{ANNA}"]


def test_act_02_a_further_responsible_who_becomes_the_main_one_is_no_longer_a_further_one() -> None:
    own = own_after(assigned(BEN, main=False), assigned(BEN, main=True))
    assert own["responsible"]["user"] == BEN
    assert own["further_responsible"] == []


def test_act_02_who_is_removed_is_neither_and_a_follow_up_moves_where_the_user_is() -> None:
    own = own_after(
        assigned(BEN, main=False),
        assigned(ANNA, main=False),
        act.ResponsibleRemoved(user=BEN),
        act.FollowUpMoved(user=ANNA, follow_up_on=None),
    )
    assert own["responsible"] is None
    assert [assignment["user"] for assignment in own["further_responsible"]] == [ANNA]
