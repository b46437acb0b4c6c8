"""What an activity belongs to."""

from __future__ import annotations

from activities.domain import linking
from activities.domain.state import Activity, evolve
from dossier.contracts.activities import ActivityLinked, ActivityRecorded, ActivityUnlinked, LinkOrigin
from dossier.contracts.base import Event
from dossier.contracts.common import AddressRef, Reference
from dossier.ids import new_id
from dossier.testing.activities import note
from dossier.testing.gwt import Given, Outcome, Scenarios

ACTIVITY = Scenarios(Activity, evolve)
MEYER, ACME, NOVA = (AddressRef(type=kind, id=new_id()) for kind in ("contact", "company", "company"))
ATLAS, BOREAS = Reference(type="project", id=new_id()), Reference(type="project", id=new_id())


def to(address: AddressRef) -> Reference:
    return Reference(type=address.type, id=address.id)


def link(
    given: Given[Activity], linked: Reference, *, primary: bool = False, origin: LinkOrigin = "person"
) -> Outcome[Activity]:
    return given.when(lambda state: linking.link(state, linked, primary=primary, origin=origin))


def unlink(
    given: Given[Activity], linked: Reference, new_primary: AddressRef | None = None, origin: LinkOrigin = "person"
) -> Outcome[Activity]:
    return given.when(lambda state: linking.unlink(state, linked, new_primary=new_primary, origin=origin))


def two_addresses() -> ActivityRecorded:
    return note(address=MEYER, further_addresses=(ACME,))


def test_act_09_the_first_address_is_the_primary_one() -> None:
    after = link(ACTIVITY.given(note()), to(MEYER)).then(ActivityLinked(object=to(MEYER), primary=True))
    after = link(after, to(ACME)).then(ActivityLinked(object=to(ACME)))
    assert after.state.addresses == (MEYER, ACME)


def test_act_09_another_address_becomes_primary_and_the_former_stays() -> None:
    after = link(ACTIVITY.given(two_addresses()), to(ACME), primary=True).then(
        ActivityLinked(object=to(ACME), primary=True)
    )
    assert after.state.addresses == (ACME, MEYER)
    link(after, to(ACME), primary=True).then()


def test_act_09_unlinking_the_primary_lets_the_named_or_the_first_further_take_over() -> None:
    three = ACTIVITY.given(note(address=MEYER, further_addresses=(ACME, NOVA)))
    after = unlink(three, to(MEYER)).then(ActivityUnlinked(object=to(MEYER), new_primary=ACME))
    assert after.state.addresses == (ACME, NOVA)
    after = unlink(three, to(MEYER), NOVA).then(ActivityUnlinked(object=to(MEYER), new_primary=NOVA))
    assert after.state.addresses == (NOVA, ACME)


def test_act_09_only_a_linked_address_takes_over_and_only_from_the_primary() -> None:
    unlink(ACTIVITY.given(two_addresses()), to(MEYER), NOVA).refused("ACT-09", "new_primary")
    unlink(ACTIVITY.given(two_addresses()), to(ACME), MEYER).refused("ACT-09", "new_primary")


def test_act_01_the_last_address_may_go() -> None:
    after = unlink(ACTIVITY.given(note(address=MEYER)), to(MEYER)).then(ActivityUnlinked(object=to(MEYER)))
    assert after.state.addresses == ()


def test_linking_and_unlinking_again_changes_nothing() -> None:
    link(ACTIVITY.given(two_addresses()), to(ACME)).then()
    link(ACTIVITY.given(note(project=ATLAS.id)), ATLAS).then()
    unlink(ACTIVITY.given(two_addresses()), to(NOVA)).then()


def test_act_10_one_project_at_a_time_and_the_change_is_visible() -> None:
    after = link(ACTIVITY.given(note(project=ATLAS.id)), BOREAS).then(
        ActivityUnlinked(object=ATLAS), ActivityLinked(object=BOREAS)
    )
    assert after.state.engagements == (BOREAS.stream,)


def test_act_10_it_belongs_to_addresses_and_engagements_at_the_same_time() -> None:
    linked: list[Event] = [
        ActivityLinked(object=Reference.model_validate({"type": kind, "id": new_id()}), primary=False)
        for kind in ("project", "phase", "opportunity", "invoice", "couple", "person")
    ]
    assert len(ACTIVITY.given(two_addresses(), *linked).state.links) == 8


def test_act_10_only_an_address_is_primary() -> None:
    link(ACTIVITY.given(note()), ATLAS, primary=True).refused("ACT-10", "primary")


def test_a_rule_never_links_again_what_a_person_unlinked() -> None:
    for linked in (to(MEYER), ATLAS):
        apart = ACTIVITY.given(note(address=MEYER, project=ATLAS.id), ActivityUnlinked(object=linked))
        link(apart, linked, origin="rule").then()


def test_a_person_links_again_what_a_person_unlinked_and_then_a_rule_has_nothing_to_say() -> None:
    apart = ACTIVITY.given(note(project=ATLAS.id), ActivityUnlinked(object=ATLAS))
    again = link(apart, ATLAS).then(ActivityLinked(object=ATLAS))
    assert again.state.kept_apart == frozenset()
    unlink(again, ATLAS, origin="rule").then()


def test_a_rule_links_what_nobody_decided_and_takes_back_only_that() -> None:
    unmatched = ACTIVITY.given(note())
    by_rule = ActivityLinked(object=to(MEYER), primary=True, origin="rule")
    after = link(unmatched, to(MEYER), origin="rule").then(by_rule)
    back = unlink(after, to(MEYER), origin="rule").then(ActivityUnlinked(object=to(MEYER), origin="rule"))
    link(back, to(MEYER), origin="rule").then(by_rule)
    unlink(ACTIVITY.given(two_addresses()), to(ACME), origin="rule").then()


def test_a_rule_replaces_neither_the_primary_address_nor_the_project() -> None:
    after = link(ACTIVITY.given(note(address=MEYER, project=ATLAS.id)), to(ACME), primary=True, origin="rule").then(
        ActivityLinked(object=to(ACME), origin="rule")
    )
    assert after.state.addresses == (MEYER, ACME)
    link(after, BOREAS, origin="rule").then()


def test_a_persons_link_is_not_taken_back_by_a_rule() -> None:
    ruled = ACTIVITY.given(
        note(address=ACME),
        ActivityLinked(object=to(MEYER), origin="rule"),
        ActivityLinked(object=to(MEYER), primary=True, origin="person"),
    )
    unlink(ruled, to(MEYER), origin="rule").then()
