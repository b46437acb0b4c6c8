"""Which names are alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addresses.domain.likeness import LONGEST_KEY, contains, endings, folded, forms, human, written

NAMES = st.text(max_size=40)


@pytest.mark.parametrize(
    ("names", "fold"),
    [
        (("Müller", "Mueller", "MULLER", "Müller"), "muller"),
        (("Élodie", "Elodie"), "elodie"),
        (("Strauß", "STRAUSS"), "strauss"),
        (("Acme A.G.", "ACME AG", " acme   ag "), "acme ag"),
        (("Müller-Meier", "Mueller Meier"), "muller meier"),
        (("Sørensen", "Sorensen", "Soerensen"), "sorensen"),
        (("Łukasz",), "lukasz"),
        (("", " - ", "…"), ""),
    ],
)
def test_dup_07_and_beyond_umlauts_accents_and_punctuation_fold(names: tuple[str, ...], fold: str) -> None:
    assert {folded(name) for name in names} == {fold}


@given(NAMES, NAMES, NAMES)
def test_dup_05_what_is_contained_as_written_is_alike_in_any_case(before: str, part: str, after: str) -> None:
    name = before + part + after
    if written(part) and written(part) in written(name):
        assert contains([name], part)
        assert contains([name.upper()], part) or written(name.upper()) != written(name)


@given(NAMES, st.text(min_size=1, max_size=30))
def test_an_ending_begins_with_exactly_what_is_contained(name: str, typed: str) -> None:
    for part in forms(typed):
        found = any(ending.startswith(part[:LONGEST_KEY]) for ending in endings(forms(name)))
        assert found or not any(part in form for form in forms(name))
        if len(part) <= LONGEST_KEY:
            assert found == any(part in form for form in forms(name))


def test_dup_05_a_human_needs_both_names() -> None:
    assert human("Müller", "Zoé") == human("MUELLER", "zoe") == "muller\nzoe"
    assert human("Müller", " ") is human("", "Zoe") is None
