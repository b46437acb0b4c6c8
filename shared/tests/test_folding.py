"""Folding: what is the same for somebody who searches, and that the beginning of a text begins its folded form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dossier.folding import digits, fold, is_number, split, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "MUELLER"),
        ("Müller", "Muller"),
        ("Jäger", "jaeger"),
        ("Ölmühle", "Oelmuehle"),
        ("Strauß", "STRAUSS"),
        ("Élodie Çelik", "elodie celik"),
        ("Ångström", "angstrom"),
        ("Łódź", "lodz"),
        ("Søren", "Soren"),
        ("ﬁrma", "Firma"),
    ],
)
def test_case_accents_and_umlauts_make_no_difference(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize("word", ["steuern", "neue", "mauer", "quelle", "queue"])
def test_vowels_that_are_no_umlaut_stay(word: str) -> None:
    assert fold(word.upper()) == word


@given(st.text())
def test_plain_and_other_texts_have_their_words_alike(text: str) -> None:
    folded = fold(text)
    assert split(folded) == [word for word in split(folded + " þ") if word != "þ"]


@pytest.mark.parametrize("marks", ["\u0301\u0316", "\u0f73"])
def test_a_run_of_marks_takes_no_longer_than_other_text(marks: str) -> None:
    assert fold("b" + marks * 500_000 + "é") == "be"  # the square of it would be hours


@given(st.text(), st.integers(0, 20))
def test_what_begins_a_text_begins_its_folded_form(text: str, length: int) -> None:
    assert fold(text).startswith(fold(text[:length]))


@given(st.text(st.characters(max_codepoint=127)))
def test_a_text_of_plain_letters_is_folded_as_any_other(text: str) -> None:
    assert fold(text) == fold(text + "\u0301")


@given(st.lists(st.sampled_from(["Müller", "aee", "Zoé", "Bauer", "Israel", "oeuvre", "Queue"]), min_size=1))
def test_a_word_is_found_by_each_of_its_beginnings(texts: list[str]) -> None:
    for word in texts:
        for length in range(1, len(word) + 1):
            assert fold(word).startswith(fold(word[:length]))


def test_words_are_letters_and_digits() -> None:
    assert words("Meier-Huber & Söhne (Zürich), 8001") == ("meier", "huber", "sohne", "zurich", "8001")
    assert words("eva.muster@acme.example") == ("eva", "muster", "acme", "example")
    assert words("--- ") == ()


def test_a_number_is_known_however_it_is_written() -> None:
    assert digits("+41 (0)44 668-18.00") == "410446681800"
    assert is_number("044 668")
    assert is_number("+41 44/668")
    assert not is_number("4711 GmbH")
    assert not is_number("12")
