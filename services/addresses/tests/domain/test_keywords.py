"""Rules of keywords and their groups, by their ids."""

from __future__ import annotations

from functools import reduce
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from addresses.domain import keywords
from addresses.domain.keywords import Assigned, KeywordGroup
from addresses.domain.person import Person
from addresses.domain.person import evolve as evolve_person
from dossier.contracts.addresses import (
    KeywordAdded,
    KeywordAssigned,
    KeywordChanged,
    KeywordGroupChanged,
    KeywordGroupCreated,
    KeywordUnassigned,
    PersonRegistered,
)
from dossier.contracts.common import KeywordedType
from dossier.ids import new_id
from dossier.testing.gwt import Scenarios

groups = Scenarios(KeywordGroup, keywords.evolve)
persons = Scenarios(Person, evolve_person)
GROUP, OTHER_GROUP, ONE, TWO, THREE, ANNA = (new_id() for _ in range(6))
INDUSTRY = KeywordGroupCreated(name="Industry", is_exclusive=True, types=("company",))
LISTS = KeywordGroupCreated(name="Lists", is_exclusive=False, types=("person", "contact"))
CHEMISTRY, TRADE = KeywordAdded(keyword=ONE, name="Chemistry"), KeywordAdded(keyword=TWO, name="Trade")
EVA = PersonRegistered(last_name="Muster")


def group(*events: KeywordGroupCreated | KeywordGroupChanged | KeywordAdded | KeywordChanged) -> KeywordGroup:
    return reduce(keywords.evolve, events, KeywordGroup())


def test_key_01_a_group_is_created_once_for_some_types() -> None:
    again = INDUSTRY.model_copy(update={"name": " Industry ", "types": ("company", "company")})
    once = groups.given().when(lambda g: keywords.create(g, again)).then(INDUSTRY)
    once.when(lambda g: keywords.create(g, INDUSTRY)).then()
    once.when(lambda g: keywords.create(g, LISTS)).refused("KEY-01", "id")
    none = INDUSTRY.model_copy(update={"types": ()})
    groups.given().when(lambda g: keywords.create(g, none)).refused("KEY-01", "types")
    nameless = INDUSTRY.model_copy(update={"name": " "})
    groups.given().when(lambda g: keywords.create(g, nameless)).refused("STA-03", "name")


def test_key_01_a_group_changes_only_in_what_is_given() -> None:
    wanted = KeywordGroupChanged(name="Branch", is_exclusive=True, position=3)
    changed = groups.given(INDUSTRY).when(lambda g: keywords.change(g, wanted))
    after = changed.then(KeywordGroupChanged(name="Branch", position=3))
    assert (after.state.name, after.state.is_exclusive, after.state.types) == ("Branch", True, ("company",))
    after.when(lambda g: keywords.change(g, wanted)).then()


def test_key_01_names_are_unique_within_their_group() -> None:
    with_one = groups.given(INDUSTRY, CHEMISTRY)
    for name in ("chemistry", " CHEMISTRY ", "Ｃhemistry"):
        added = KeywordAdded(keyword=TWO, name=name)
        with_one.when(lambda g, added=added: keywords.add_keyword(g, added)).refused("KEY-01", "name")
    with_two = with_one.when(lambda g: keywords.add_keyword(g, TRADE)).then(TRADE)
    renamed = KeywordChanged(keyword=TWO, name="chemistry")
    with_two.when(lambda g: keywords.change_keyword(g, renamed)).refused("KEY-01", "name")
    own = KeywordChanged(keyword=ONE, name="CHEMISTRY")
    with_two.when(lambda g: keywords.change_keyword(g, own)).then(own)


def test_key_01_a_keyword_is_added_once_also_after_it_was_renamed() -> None:
    renamed = groups.given(INDUSTRY, CHEMISTRY, KeywordChanged(keyword=ONE, name="Pharma"))
    renamed.when(lambda g: keywords.add_keyword(g, CHEMISTRY)).then()
    other = KeywordAdded(keyword=ONE, name="Trade")
    renamed.when(lambda g: keywords.add_keyword(g, other)).refused("KEY-01", "id")


def test_key_03_a_renamed_keyword_keeps_its_id() -> None:
    renamed = KeywordChanged(keyword=ONE, name="Pharma")
    after = groups.given(INDUSTRY, CHEMISTRY).when(lambda g: keywords.change_keyword(g, renamed)).then(renamed)
    assert [(keyword.id, keyword.name) for keyword in after.state.keywords] == [(ONE, "Pharma")]
    unknown = KeywordChanged(keyword=TWO, name="Pharma")
    after.when(lambda g: keywords.change_keyword(g, unknown)).not_found()


def test_key_04_a_second_keyword_of_an_exclusive_group_replaces_the_first() -> None:
    exclusive = group(INDUSTRY.model_copy(update={"types": ("person",)}), CHEMISTRY, TRADE)
    first = KeywordAssigned(keyword=ONE, group=GROUP)
    second = KeywordAssigned(keyword=TWO, group=GROUP, instead_of=(ONE,))
    elsewhere = KeywordAssigned(keyword=THREE, group=OTHER_GROUP)
    has = persons.given(EVA, elsewhere, first)
    after = has.when(lambda p: keywords.assign(p.keywords, "person", exclusive, GROUP, TWO)).then(second)
    assert after.state.keywords == (Assigned(THREE, OTHER_GROUP), Assigned(TWO, GROUP))


def test_key_04_keywords_of_an_inclusive_group_add_up() -> None:
    inclusive = group(LISTS, CHEMISTRY, TRADE)
    has = persons.given(EVA, KeywordAssigned(keyword=ONE, group=GROUP))
    second = KeywordAssigned(keyword=TWO, group=GROUP)
    after = has.when(lambda p: keywords.assign(p.keywords, "person", inclusive, GROUP, TWO)).then(second)
    assert [each.keyword for each in after.state.keywords] == [ONE, TWO]
    after.when(lambda p: keywords.assign(p.keywords, "person", inclusive, GROUP, TWO)).then()


def test_key_04_a_group_that_became_exclusive_is_settled_by_the_next_assignment() -> None:
    became = group(LISTS, CHEMISTRY, TRADE, KeywordGroupChanged(is_exclusive=True))
    both = persons.given(EVA, KeywordAssigned(keyword=ONE, group=GROUP), KeywordAssigned(keyword=TWO, group=GROUP))
    settled = KeywordAssigned(keyword=ONE, group=GROUP, instead_of=(TWO,))
    after = both.when(lambda p: keywords.assign(p.keywords, "person", became, GROUP, ONE)).then(settled)
    assert after.state.keywords == (Assigned(ONE, GROUP),)
    after.when(lambda p: keywords.assign(p.keywords, "person", became, GROUP, ONE)).then()


def test_key_01_a_group_does_not_take_other_types() -> None:
    industry = group(INDUSTRY, CHEMISTRY)
    refusal = persons.given(EVA).when(lambda p: keywords.assign(p.keywords, "person", industry, GROUP, ONE))
    refusal.refused("KEY-01", "keyword")
    persons.given(EVA).when(lambda p: keywords.assign(p.keywords, "person", industry, GROUP, TWO)).not_found()


def test_key_05_an_inactive_keyword_is_not_offered_and_stays_where_it_is() -> None:
    for inactive in (KeywordChanged(keyword=ONE, is_active=False), KeywordGroupChanged(is_active=False)):
        offered = group(LISTS, CHEMISTRY, inactive)
        refusal = persons.given(EVA).when(lambda p, g=offered: keywords.assign(p.keywords, "person", g, GROUP, ONE))
        refusal.refused("KEY-05", "keyword")
        has = persons.given(EVA, KeywordAssigned(keyword=ONE, group=GROUP))
        has.when(lambda p, g=offered: keywords.assign(p.keywords, "person", g, GROUP, ONE)).then()
        gone = has.when(lambda p: keywords.unassign(p.keywords, ONE)).then(KeywordUnassigned(keyword=ONE))
        gone.when(lambda p: keywords.unassign(p.keywords, ONE)).then()
    back = groups.given(LISTS, CHEMISTRY, KeywordChanged(keyword=ONE, is_active=False))
    active = KeywordChanged(keyword=ONE, is_active=True)
    assert back.when(lambda g: keywords.change_keyword(g, active)).then(active).state.keyword(ONE).is_active


def test_key_07_a_group_can_be_for_everything_that_has_keywords() -> None:
    everything: tuple[KeywordedType, ...] = get_args(KeywordedType)
    wide = KeywordGroupCreated(name="Everything", is_exclusive=False, types=everything)
    assert groups.given().when(lambda g: keywords.create(g, wide)).then(wide).state.types == everything


STEP = st.tuples(st.sampled_from(["assign", "unassign", "exclusive", "inclusive"]), st.integers(0, 5))


@given(st.lists(STEP, max_size=40))
def test_key_04_after_an_assignment_in_an_exclusive_group_there_is_one(steps: list[tuple[str, int]]) -> None:
    """Whatever came before, and however often the group changed its mind."""
    ids = [ONE, TWO, THREE]
    added = [KeywordAdded(keyword=keyword, name=f"Keyword {number}") for number, keyword in enumerate(ids)]
    states = {GROUP: group(LISTS, *added), OTHER_GROUP: group(LISTS, *added)}
    person = evolve_person(Person(), EVA)
    for step, number in steps:
        group_id, keyword = (GROUP, OTHER_GROUP)[number // 3], ids[number % 3]
        if step in ("exclusive", "inclusive"):
            changed = keywords.change(states[group_id], KeywordGroupChanged(is_exclusive=step == "exclusive"))
            states[group_id] = reduce(keywords.evolve, changed, states[group_id])
            continue
        others = [each for each in person.keywords if each.group != group_id]
        events = (
            keywords.assign(person.keywords, "person", states[group_id], group_id, keyword)
            if step == "assign" and not any(each.keyword == keyword for each in others)
            else keywords.unassign(person.keywords, keyword)
        )
        person = reduce(evolve_person, events, person)
        if step == "assign" and states[group_id].is_exclusive:
            assert sum(each.group == group_id for each in person.keywords) <= 1
        assert len({each.keyword for each in person.keywords}) == len(person.keywords)
