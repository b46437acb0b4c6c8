"""Which keywords an activity can have."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from activities.domain import keywords
from activities.domain.keywords import KeywordGroup
from dossier.contracts.rules import RuleViolation
from dossier.testing.activities import ANNA, BEN

GROUPS = (
    KeywordGroup("theme", False, ("activity", "company"), None, True, {"tax": True, "law": True, "old": False}),
    KeywordGroup("phase", True, ("activity",), None, True, {"early": True, "late": True}),
    KeywordGroup("industry", True, ("company",), None, True, {"health": True}),
    KeywordGroup("mine", False, ("activity",), ANNA, True, {"later": True}),
    KeywordGroup("gone", False, ("activity",), None, False, {"gone": True}),
)


def refused(asked: Sequence[str], there: Sequence[str] = (), user: str | None = ANNA) -> tuple[str, str | None] | None:
    try:
        keywords.check(asked, there, GROUPS, user, "keywords")
    except RuleViolation as violation:
        return violation.rule, violation.field
    return None


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        (["tax", "law", "early", "later"], None),
        (["tax", "nothing"], "REF-01"),
        (["tax", "health"], "KEY-01"),
        (["tax", "old"], "KEY-05"),
        (["tax", "gone"], "KEY-05"),
        (["early", "late"], "KEY-04"),
        (["early", "early"], None),
    ],
)
def test_key_07_keywords_are_those_that_are_offered_for_activities(asked: list[str], rule: str | None) -> None:
    assert refused(asked) == (None if rule is None else (rule, "keywords.1"))


def test_key_05_what_it_has_stays_whatever_became_of_it() -> None:
    assert refused(["old", "health", "nothing", "tax"], there=["old", "health", "nothing"]) is None
    assert refused(["early", "late"], there=["early"]) == ("KEY-04", "keywords.1")


def test_key_06_anothers_keyword_is_like_one_that_there_is_not() -> None:
    assert refused(["later"], user=BEN) == refused(["nothing"], user=BEN) == ("REF-01", "keywords.0")
    assert refused(["later"], user=None) is None
