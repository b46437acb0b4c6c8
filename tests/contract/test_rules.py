"""The table of rules is fresh, and says of each rule either who shows it or why nobody does."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent


def _generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("rules_and_tests", HERE / "rules.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATOR = _generator()


def test_the_committed_table_is_fresh() -> None:
    committed = HERE.parents[1] / "docs" / "rules.md"
    assert committed.read_text() == GENERATOR.rendered(), "run `make docs`"


def test_every_rule_is_shown_or_says_why_not() -> None:
    titles, not_done = GENERATOR.table()
    tests = GENERATOR.shown()
    assert [rule for rule in titles if rule not in tests and rule not in not_done] == []
    assert [rule for rule in not_done if rule in tests or rule not in titles] == []


def test_no_test_names_a_rule_that_does_not_exist() -> None:
    titles, _ = GENERATOR.table()
    assert sorted(set(GENERATOR.shown()) - set(titles)) == []
