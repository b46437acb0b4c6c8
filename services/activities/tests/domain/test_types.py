"""The list of types an activity can be of."""

from __future__ import annotations

import pytest

from activities.domain import types
from activities.domain.types import SHIPPED, ActivityType
from dossier.contracts.activity_types import ActivityTypeChanged, ActivityTypeDefined
from dossier.contracts.rules import RuleViolation
from dossier.testing.gwt import Scenarios

TYPES = Scenarios(ActivityType, types.evolve)
INSPECTION = ActivityTypeDefined(code="inspection", label="Inspection", kinds=("appointment",), position=9)
OTHERS = [defined.label for defined in SHIPPED.values()]


def test_act_21_a_type_is_defined_once() -> None:
    after = TYPES.given().when(lambda state: types.define(state, INSPECTION, OTHERS)).then(INSPECTION)
    after.when(lambda state: types.define(state, INSPECTION, OTHERS)).then()
    other = INSPECTION.model_copy(update={"label": "Visit"})
    after.when(lambda state: types.define(state, other, OTHERS)).refused("ACT-21", "code")
    shipped = ActivityTypeDefined(code="offer", label="Quote")
    TYPES.given().when(lambda state: types.define(state, shipped, [])).refused("ACT-21", "code")


@pytest.mark.parametrize("label", ["  ", "deadline", " Offer "])
def test_act_21_labels_are_there_and_unique(label: str) -> None:
    new = INSPECTION.model_copy(update={"label": label})
    TYPES.given().when(lambda state: types.define(state, new, OTHERS)).refused("ACT-21", "label")
    changed = TYPES.given(INSPECTION).when(lambda state: types.change(state, None, {"label": label}, OTHERS))
    changed.refused("ACT-21", "label")


def test_act_21_a_shipped_type_begins_with_its_first_change() -> None:
    facts = {"label": "Frist", "position": SHIPPED["deadline"].position}
    after = TYPES.given().when(lambda state: types.change(state, "deadline", facts, ["Offer"]))
    given = after.then(SHIPPED["deadline"], ActivityTypeChanged(label="Frist"))
    given.when(lambda state: types.change(state, "deadline", {"is_active": True}, [])).then()
    TYPES.given().when(lambda state: types.change(state, None, {"label": "x"}, [])).not_found()


def test_dln_01_both_types_of_deadlines_are_shipped() -> None:
    assert {SHIPPED[code].label for code in types.DEADLINES} == {"Deadline", "Deadline with review"}


def test_act_21_only_active_types_of_the_kind_are_for_new_entries() -> None:
    state = TYPES.given(INSPECTION).state
    types.offered(state, "appointment", "activity_type")
    types.offered(TYPES.given(SHIPPED["offer"]).state, "note", "activity_type")
    inactive = TYPES.given(INSPECTION, ActivityTypeChanged(is_active=False)).state
    for refused, kind in ((state, "note"), (inactive, "appointment"), (None, "note")):
        with pytest.raises(RuleViolation, match="ACT-21") as refusal:
            types.offered(refused, kind, "activity_type")
        assert refusal.value.field == "activity_type"
