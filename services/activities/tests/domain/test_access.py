"""Who may see an activity."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from activities.domain import access
from activities.domain.state import Activity, evolve
from dossier.contracts.activities import (
    Assignment,
    GrantsAdded,
    GrantsRevoked,
    Mail,
    MailSighted,
    ResponsibleAssigned,
    ResponsibleRemoved,
    Sighting,
    VisibilityChanged,
)
from dossier.contracts.base import Event
from dossier.contracts.common import Grant, GrantOrigin
from dossier.ids import new_id
from dossier.testing.activities import ANNA, ATLAS, BEN, CARA, DORA, SECRET, note
from dossier.testing.gwt import Scenarios

ACTIVITY = Scenarios(Activity, evolve)
TEAM = new_id()
NOTHING: Mapping[str, access.Readers] = {}
CHANNEL, PERSON = GrantOrigin(kind="channel", id="projects@example.com"), GrantOrigin(kind="person", id=ANNA)
BY_CHANNEL, BY_PERSON = Grant(to="group", id=TEAM, origin=CHANNEL), Grant(to="group", id=TEAM, origin=PERSON)


def test_rgt_10_an_open_activity_has_no_list_of_readers() -> None:
    assert ACTIVITY.given(note()).state.readers is None


def test_rgt_10_a_granted_one_is_seen_by_author_responsible_participants_and_grants() -> None:
    state = ACTIVITY.given(
        note(
            visibility="granted",
            responsible=Assignment(user=BEN),
            further_responsible=(Assignment(user=CARA),),
            participants=(DORA,),
            grants=(BY_CHANNEL,),
        )
    ).state
    assert state.readers == {f"user:{user}" for user in (ANNA, BEN, CARA, DORA)} | {f"group:{TEAM}"}
    assert state.insiders == {f"user:{user}" for user in (ANNA, BEN, CARA)}


def test_rgt_10_visibility_changes_once() -> None:
    after = ACTIVITY.given(note()).when(lambda state: access.change_visibility(state, "granted"))
    given = after.then(VisibilityChanged(visibility="granted"))
    assert given.state.readers == {f"user:{ANNA}"}
    given.when(lambda state: access.change_visibility(state, "granted")).then()


def left(
    events: Sequence[Event], *tokens: str, engagements: Mapping[str, access.Readers] = NOTHING
) -> Callable[[Activity], Sequence[Event]]:
    """The events, checked for a caller with these tokens, where these may see engagements."""

    def decide(state: Activity) -> Sequence[Event]:
        access.check_left(state, events, set(tokens), engagements)
        return events

    return decide


def test_rgt_05_nobody_hides_from_oneself_what_others_wrote() -> None:
    hidden, mine = VisibilityChanged(visibility="granted"), (f"user:{BEN}", f"group:{TEAM}")
    ACTIVITY.given(note()).when(left([hidden], *mine)).refused("RGT-05", "visibility")
    ACTIVITY.given(note(), GrantsAdded(grants=(BY_PERSON,))).when(left([hidden], *mine)).then(hidden)


def test_rgt_05_nobody_takes_from_oneself_the_right_to_it() -> None:
    mail, revoked = note(visibility="granted", grants=(BY_CHANNEL,)), GrantsRevoked(grants=(BY_CHANNEL,))
    mine = (f"user:{BEN}", f"group:{TEAM}")
    ACTIVITY.given(mail).when(left([revoked], *mine)).refused("RGT-05", "grants")
    ACTIVITY.given(mail, GrantsAdded(grants=(BY_PERSON,))).when(left([revoked], *mine)).then(revoked)
    ACTIVITY.given(mail).when(left([revoked], f"user:{ANNA}")).then(revoked)


def test_rgt_05_who_gives_up_an_own_part_loses_it_only_while_somebody_sees_it() -> None:
    only = note(visibility="granted", entered_by=None, responsible=Assignment(user=BEN))
    removed, by = ResponsibleRemoved(user=BEN), f"user:{BEN}"
    ACTIVITY.given(only).when(left([removed], by)).refused("RGT-05")
    handed_over = ResponsibleAssigned(assignment=Assignment(user=CARA), main=True)
    ACTIVITY.given(only).when(left([handed_over], by)).then(handed_over)
    ACTIVITY.given(only, GrantsAdded(grants=(BY_CHANNEL,))).when(left([removed], by)).then(removed)


def test_rgt_05_who_gives_up_a_part_leaves_others_who_may_see_what_it_is_linked_to() -> None:
    mail = note(
        visibility="granted",
        entered_by=None,
        responsible=Assignment(user=BEN),
        grants=(BY_CHANNEL,),
        project=ATLAS,
        invoice=SECRET,
    )
    removed = ResponsibleRemoved(user=BEN)

    def removing(**engagements: access.Readers) -> Callable[[Activity], Sequence[Event]]:
        known = {f"{kind}-{ATLAS if kind == 'project' else SECRET}": who for kind, who in engagements.items()}
        return left([removed], f"user:{BEN}", engagements=known)

    def users(*ids: str) -> frozenset[str]:
        return frozenset(f"user:{user}" for user in ids)

    given = ACTIVITY.given(mail)
    given.when(removing(project=users(BEN), invoice=None)).refused("RGT-05")
    given.when(removing(project=users(BEN, CARA), invoice=users(BEN, DORA))).refused("RGT-05")
    given.when(removing(project=users(BEN, CARA), invoice=users(CARA))).then(removed)
    given.when(removing(project=users(BEN), invoice=frozenset({f"group:{TEAM}"}))).refused("RGT-05")
    given.when(removing(project=frozenset({f"group:{TEAM}", f"user:{BEN}"}), invoice=None)).then(removed)
    given.when(removing()).then(removed)


def test_rgt_10_what_one_origin_granted_survives_the_revocation_of_another() -> None:
    given = ACTIVITY.given(note(visibility="granted", grants=(BY_CHANNEL,)))
    given = given.when(lambda state: access.add_grants(state, (BY_PERSON, BY_CHANNEL))).then(
        GrantsAdded(grants=(BY_PERSON,))
    )
    given = given.when(lambda state: access.revoke_grants(state, (BY_CHANNEL,))).then(
        GrantsRevoked(grants=(BY_CHANNEL,))
    )
    assert f"group:{TEAM}" in (given.state.readers or ())
    given.when(lambda state: access.revoke_grants(state, (BY_CHANNEL,))).then()
    given = given.when(lambda state: access.revoke_grants(state, (BY_PERSON,))).then(GrantsRevoked(grants=(BY_PERSON,)))
    assert given.state.readers == {f"user:{ANNA}"}


def test_act_mail_a_further_delivery_is_one_sighting_and_adds_its_grants() -> None:
    sighting = Sighting(delivery=new_id(), source="smtp")
    given = ACTIVITY.given(note(kind="email", mail=Mail(message=new_id(), sender="a@example.com")))
    given = given.when(lambda state: access.sight(state, sighting, (BY_CHANNEL,))).then(
        MailSighted(sighting=sighting, grants=(BY_CHANNEL,))
    )
    assert given.state.facts.grants == (BY_CHANNEL,)
    given.when(lambda state: access.sight(state, sighting, (BY_CHANNEL,))).then()


def test_act_mail_what_is_no_mail_is_not_sighted() -> None:
    sighting = Sighting(delivery=new_id(), source="smtp")
    ACTIVITY.given(note()).when(lambda state: access.sight(state, sighting, ())).refused("ACT-MAIL", "mail")
