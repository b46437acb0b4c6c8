"""Rules of salutation and letter address, by their ids."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from addresses.domain import letters
from addresses.domain.letters import FIELDS, LANGUAGES, SHIPPED_LINES, Addressee, Human, Place

EVA = Human("Muster", "Eva", "female", "Dr.")
HANS = Human("Müller", "Hans", "male")
KIM = Human("Keller", "Kim", "diverse")
BERN = Place("Gasse 1", "3000", "Bern")
PERSON = Addressee(type="person", humans=(EVA,), place=BERN)
CONTACT = Addressee(type="contact", humans=(HANS,), company="Acme AG", department="Finance", place=BERN)
COUPLE = Addressee(type="couple", humans=(EVA, HANS), place=BERN)
COMPANY = Addressee(type="company", company="Acme AG", place=BERN)


def greeting(human: Human, language: str) -> str:
    return letters.salutation(replace(PERSON, humans=(human,), language=language))


@pytest.mark.parametrize(
    ("language", "female", "male", "neutral", "nobody"),
    [
        (
            "de",
            "Sehr geehrte Frau Dr. Muster",
            "Sehr geehrter Herr Müller",
            "Guten Tag Kim Keller",
            "Sehr geehrte Damen und Herren",
        ),
        ("en", "Dear Dr Muster", "Dear Mr Müller", "Dear Kim Keller", "Dear Sir or Madam"),
        ("fr", "Madame", "Monsieur", "Bonjour Kim Keller", "Madame, Monsieur"),
        (
            "it",
            "Gentile Dr. Muster",
            "Gentile Signor Müller",
            "Buongiorno Kim Keller",
            "Gentili Signore e Signori",
        ),
    ],
)
def test_lay_06_the_salutation_follows_the_language(
    language: str, female: str, male: str, neutral: str, nobody: str
) -> None:
    assert [greeting(human, language) for human in (EVA, HANS, KIM)] == [female, male, neutral]
    assert letters.salutation(replace(COMPANY, language=language)) == nobody


@pytest.mark.parametrize("gender", ["unspecified", "diverse", "agender", ""])
@pytest.mark.parametrize("language", LANGUAGES)
def test_gen_02_any_gender_but_male_or_female_is_greeted_neutrally(gender: str, language: str) -> None:
    human = Human("Keller", "Kim", gender)
    assert greeting(human, language) == greeting(KIM, language)
    assert letters.form_of_address(replace(PERSON, humans=(human,), language=language)) == ""


@pytest.mark.parametrize(
    ("title", "language", "form", "salutation"),
    [
        ("Dr.", "en", "", "Dear Dr Muster"),
        ("dr", "en", "", "Dear Dr Muster"),
        ("Dr. med.", "en", "", "Dear Dr Muster"),
        ("Prof. Dr. h.c.", "en", "", "Dear Professor Muster"),
        ("Dipl. Ing.", "en", "Ms", "Dear Ms Muster"),
        ("lic. iur.", "en", "Ms", "Dear Ms Muster"),
        ("", "en", "Ms", "Dear Ms Muster"),
        ("Prof. Dr.", "de", "Frau", "Sehr geehrte Frau Prof. Dr. Muster"),
        ("Dr.", "fr", "Madame", "Madame"),
        ("Dott.ssa", "it", "", "Gentile Dott.ssa Muster"),
        ("", "it", "Signora", "Gentile Signora Muster"),
    ],
)
def test_lay_06_a_title_is_said_as_the_language_says_it(title: str, language: str, form: str, salutation: str) -> None:
    to = replace(PERSON, humans=(replace(EVA, title=title),), language=language)
    assert (letters.form_of_address(to), letters.salutation(to)) == (form, salutation)


def test_lay_06_a_title_that_is_not_said_is_not_in_a_neutral_salutation_either() -> None:
    assert greeting(replace(KIM, title="Dipl. Ing."), "en") == "Dear Kim Keller"
    assert greeting(replace(KIM, title="Dr."), "en") == "Dear Dr Keller"


@pytest.mark.parametrize(
    ("humans", "expected"),
    [
        ((HANS, EVA), "Madame, Monsieur"),
        ((EVA, EVA), "Mesdames"),
        ((HANS, HANS), "Messieurs"),
        ((KIM, EVA), "Bonjour Kim Keller, Madame"),
        ((EVA, KIM), "Madame, bonjour Kim Keller"),
        ((KIM, KIM), "Bonjour Kim Keller, bonjour Kim Keller"),
    ],
)
def test_lay_06_a_french_couple_is_greeted_as_the_french_do(humans: tuple[Human, Human], expected: str) -> None:
    assert letters.salutation(replace(COUPLE, humans=humans, language="fr")) == expected


def test_gen_01_nobodys_gender_is_assumed() -> None:
    assert greeting(Human("Keller", "Kim"), "en") == "Dear Kim Keller"


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("de", "Sehr geehrte Frau Dr. Muster, sehr geehrter Herr Müller"),
        ("en", "Dear Dr Muster and Mr Müller"),
        ("fr", "Madame, Monsieur"),
        ("it", "Gentile Dr. Muster, gentile Signor Müller"),
    ],
)
def test_lay_06_a_couple_is_greeted_as_two(language: str, expected: str) -> None:
    assert letters.salutation(replace(COUPLE, language=language)) == expected


def test_lay_06_who_has_no_name_is_not_greeted_by_half_a_name() -> None:
    assert greeting(Human("", "Eva", "female"), "en") == "Dear Eva"
    assert letters.salutation(replace(CONTACT, humans=())) == "Dear Sir or Madam"
    assert letters.salutation(replace(COUPLE, humans=(Human(), HANS))) == "Dear Mr Müller"
    assert letters.salutation(replace(COUPLE, humans=(Human(), Human()))) == "Dear Sir or Madam"


def test_lay_05_a_typed_salutation_or_form_of_address_wins() -> None:
    typed = replace(PERSON, salutation="Liebe %first_name%", form_of_address="Frau Präsidentin")
    assert letters.salutation(typed) == "Liebe %first_name%"
    assert letters.letter_address(typed, "%form_of_address%") == ["Frau Präsidentin"]


def test_lay_03_what_stands_between_percent_signs_is_a_field_and_the_rest_is_printed() -> None:
    lines = "To %first_name% %last_name%\n100 %% sure\n%function%\n  \n%postal_code%   %city%"
    assert letters.letter_address(PERSON, lines) == ["To Eva Muster", "100 % sure", "3000 Bern"]


def test_lay_03_what_a_field_holds_is_not_evaluated() -> None:
    sly = replace(PERSON, humans=(Human("%city%", "{0.__class__}", "female", "%%"),))
    assert letters.letter_address(sly, "%title% %first_name% %last_name%") == ["%% {0.__class__} %city%"]


def test_lay_01_every_type_has_a_shipped_layout() -> None:
    shown = {to.type: letters.letter_address(to, SHIPPED_LINES[to.type]) for to in (COMPANY, PERSON, CONTACT, COUPLE)}
    assert shown == {
        "company": ["Acme AG", "Gasse 1", "3000 Bern"],
        "person": ["Dr. Eva Muster", "Gasse 1", "3000 Bern"],
        "contact": ["Acme AG", "Finance", "Mr Hans Müller", "Gasse 1", "3000 Bern"],
        "couple": ["Dr. Eva Muster", "Hans Müller", "Gasse 1", "3000 Bern"],
    }
    for lines in SHIPPED_LINES.values():
        letters.check_template(lines, "lines")


def test_lay_06_another_language_than_the_four_is_written_in_the_next_best() -> None:
    assert letters.letter_language(["es", None, "fr", "de"]) == "fr"
    assert letters.letter_language([None]) == "en"


PIECE = (
    st.sampled_from(sorted(FIELDS)).map(lambda name: (f"%{name}%", "Acme AG" if name in ("name", "company") else None))
    | st.just(("%%", "%"))
    | st.text(alphabet="ab{}._:!", min_size=1, max_size=5).map(lambda text: (text, text))
)


@given(st.lists(PIECE, max_size=8))
def test_lay_03_fields_are_filled_in_and_nothing_else_changes(pieces: list[tuple[str, str | None]]) -> None:
    nowhere = Addressee(type="company", company="Acme AG")
    template = " ".join(written for written, _ in pieces)
    letters.check_template(template, "lines")
    printed = " ".join(shown for _, shown in pieces if shown is not None)
    assert letters.letter_address(nowhere, template) == ([printed] if printed else [])
