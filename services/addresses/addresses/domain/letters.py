"""Salutation and letter address (LAY-01 to LAY-06, GEN-01, GEN-02): pure functions of what is known of an address.

A template is text with fields between percent signs (`%last_name%`); `%%` is a percent sign. A field is a name out of
`FIELDS` and nothing else: nothing is evaluated, and what a field holds is never read as a template again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from dossier.contracts.common import AddressType
from dossier.contracts.rules import RuleViolation

_FIELD = re.compile(r"%([^%\n]*)%")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")


@dataclass(frozen=True)
class Human:
    """Somebody a letter goes to."""

    last_name: str = ""
    first_name: str = ""
    gender: str = "unspecified"
    title: str = ""

    @property
    def name(self) -> str:
        """First and last name."""
        return _words(self.first_name, self.last_name)


@dataclass(frozen=True)
class Place:
    """Where a letter goes. `country` is its name as printed, empty within the own country."""

    street: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""
    supplement: str = ""


@dataclass(frozen=True, kw_only=True)
class Addressee:
    """What a letter needs to know of an address.

    `humans` are the person, the human of a contact (none for a contact without a name), or both of a couple; a company
    has none. `company` is a company's own name, or that of a contact's company. `form_of_address` and `salutation` are
    typed ones that win over those made here.
    """

    type: AddressType
    language: str = "en"
    humans: tuple[Human, ...] = ()
    company: str = ""
    function: str = ""
    department: str = ""
    supplement: str = ""
    attention_of: str = ""
    form_of_address: str = ""
    salutation: str = ""
    place: Place = Place()


@dataclass(frozen=True)
class Wording:
    """How one language addresses people. `both` joins the salutations of two.

    `titled` is for those with a title that takes the place of Mr and Ms, also before the name; `spoken` says what of a
    title is said so, if anything.
    """

    forms: Mapping[str, str]
    salutations: Mapping[str, str]
    neutral: str
    nobody: str
    both: Callable[[str, str], str]
    titled: str = ""
    spoken: Callable[[str], str] = str

    def title_of(self, human: Human) -> str:
        """The title that takes the place of Mr and Ms, if there is one."""
        return self.spoken(human.title) if self.titled else ""

    def template(self, human: Human) -> str:
        """The salutation of somebody with a last name, to be filled in: neutral but for male and female (GEN-02)."""
        return self.titled if self.title_of(human) else self.salutations.get(human.gender, self.neutral)


def _one_after_the_other(first: str, second: str) -> str:
    return f"{first}, {second[:1].lower()}{second[1:]}"


def _in_english(title: str) -> str:
    """Nobody is greeted as "Dipl. Ing." or "Dr. med." in English. Dr has no full stop, as Mr and Ms have none."""
    found = _ENGLISH_TITLE.search(title)
    return "" if found is None else "Professor" if found[0].casefold().startswith("prof") else "Dr"


def _in_french(first: str, second: str) -> str:
    """Ladies first, and two of a kind in one word; who is greeted otherwise comes after them."""
    two = sorted((first, second), key=("Madame", "Monsieur").index) if {first, second} <= _FRENCH.keys() else None
    if two is not None:
        return ", ".join(two) if first != second else _FRENCH[first]
    if first in _FRENCH:
        return _one_after_the_other(first, second)
    return f"{first}, {second}" if second in _FRENCH else _one_after_the_other(first, second)


_ENGLISH_TITLE = re.compile(r"\bprof|\bdr\b", re.IGNORECASE)
_FRENCH = {"Madame": "Mesdames", "Monsieur": "Messieurs"}


WORDINGS: Mapping[str, Wording] = {
    "de": Wording(
        forms={"male": "Herr", "female": "Frau"},
        salutations={
            "male": "Sehr geehrter Herr %title% %last_name%",
            "female": "Sehr geehrte Frau %title% %last_name%",
        },
        neutral="Guten Tag %title% %first_name% %last_name%",
        nobody="Sehr geehrte Damen und Herren",
        both=_one_after_the_other,
    ),
    "en": Wording(
        forms={"male": "Mr", "female": "Ms"},
        salutations={"male": "Dear Mr %last_name%", "female": "Dear Ms %last_name%"},
        neutral="Dear %title% %first_name% %last_name%",
        nobody="Dear Sir or Madam",
        both=lambda first, second: f"{first} and {second.removeprefix('Dear ')}",
        titled="Dear %title% %last_name%",
        spoken=_in_english,
    ),
    "fr": Wording(
        forms={"male": "Monsieur", "female": "Madame"},
        salutations={"male": "Monsieur", "female": "Madame"},
        neutral="Bonjour %title% %first_name% %last_name%",
        nobody="Madame, Monsieur",
        both=_in_french,
    ),
    "it": Wording(
        forms={"male": "Signor", "female": "Signora"},
        salutations={
            "male": "Gentile Signor %last_name%",
            "female": "Gentile Signora %last_name%",
        },
        neutral="Buongiorno %title% %first_name% %last_name%",
        nobody="Gentili Signore e Signori",
        both=_one_after_the_other,
        titled="Gentile %title% %last_name%",
    ),
}
LANGUAGES = tuple(WORDINGS)
"""The languages of letters; an address with another one, or none, gets the default language of the settings."""

_PLACE = "%address_supplement%\n%street%\n%postal_code% %city%\n%country%"
SHIPPED_LINES: Mapping[AddressType, str] = {
    "company": f"%company%\n%supplement%\n%attention_of%\n{_PLACE}",
    "person": f"%form_of_address%\n%title% %first_name% %last_name%\n%supplement%\n{_PLACE}",
    "contact": f"%company%\n%department%\n%form_of_address% %title% %first_name% %last_name%\n%supplement%\n{_PLACE}",
    "couple": f"%name_a%\n%name_b%\n%supplement%\n{_PLACE}",
}
"""The template of each type that is shipped as its default."""


def salutation(to: Addressee) -> str:
    """How a letter begins: the typed salutation, else the one of the language.

    Neutral unless the gender is male or female (LAY-06, GEN-02), and to nobody by name if no name is known.
    """
    if to.salutation:
        return to.salutation
    wording = WORDINGS[to.language]
    named = [_greeted(wording, human) for human in to.humans if human.name]
    if len(named) < max(1, len(to.humans)):
        return named[0] if named else wording.nobody
    return named[0] if len(named) == 1 else wording.both(*named[:2])


def form_of_address(to: Addressee) -> str:
    """The word before the name: the typed one, else by gender (LAY-05).

    None for neutral, for companies and couples, and where the title takes its place: nobody is "Ms Dr. Muster".
    """
    if to.form_of_address:
        return to.form_of_address
    if to.type == "couple" or not to.humans or not to.humans[0].name:
        return ""
    wording = WORDINGS[to.language]
    return "" if wording.title_of(to.humans[0]) else wording.forms.get(to.humans[0].gender, "")


def letter_address(to: Addressee, template: str) -> list[str]:
    """The lines of the letter address. Lines that come out empty are dropped, and spaces that a field left."""
    return _filled(template, _values(to))


def check_template(template: str, field: str) -> None:
    """Raise RuleViolation LAY-03 for a field that does not exist, or a percent sign without its other one."""
    for name in _FIELD.findall(template):
        if name and name not in FIELDS:
            which = f"called {name}" if _NAME.fullmatch(name) else "of such a form"
            raise RuleViolation("LAY-03", f"there is no field {which}; there are: {', '.join(sorted(FIELDS))}", field)
    if "%" in _FIELD.sub("", template):
        raise RuleViolation("LAY-03", "fields stand between two percent signs on one line; %% is a percent sign", field)


def _values(to: Addressee) -> dict[str, str]:
    human = to.humans[0] if to.humans else Human()
    names = [_words(each.title, each.name) for each in to.humans] + ["", ""]
    place = to.place
    return {
        "name": to.company if to.type == "company" else " & ".join(filter(None, names)),
        "name_a": names[0],
        "name_b": names[1],
        "company": to.company,
        "form_of_address": form_of_address(to),
        "title": human.title,
        "first_name": human.first_name,
        "last_name": human.last_name,
        "function": to.function,
        "department": to.department,
        "supplement": to.supplement,
        "attention_of": to.attention_of,
        "street": place.street,
        "postal_code": place.postal_code,
        "city": place.city,
        "country": place.country,
        "address_supplement": place.supplement,
    }


FIELDS = frozenset(_values(Addressee(type="person")))
"""What can stand between percent signs."""


def _greeted(wording: Wording, human: Human) -> str:
    # Without a last name "Dear Mr" would be left of it.
    template = wording.template(human) if human.last_name else wording.neutral
    values = {"title": wording.spoken(human.title), "first_name": human.first_name, "last_name": human.last_name}
    return _filled(template, values)[0]


def _filled(template: str, values: Mapping[str, str]) -> list[str]:
    def value(match: re.Match[str]) -> str:
        # A template that was saved is checked; should one be older than a field's end, it prints nothing.
        return values.get(match[1], "") if match[1] else "%"

    lines = (_words(*_FIELD.sub(value, line).split()) for line in template.splitlines())
    return [line for line in lines if line]


def _words(*words: str) -> str:
    return " ".join(filter(None, words))


def letter_language(languages: Sequence[str | None]) -> str:
    """The first of these languages in which letters are written; English if none is."""
    return next((language for language in languages if language is not None and language in WORDINGS), "en")
