"""An address book of any size, as commits: companies, persons, contacts and couples, one company with very many."""

from __future__ import annotations

import random
from collections.abc import Iterator

from benchmarks.data import commit
from dossier.contracts import addresses as adr
from dossier.contracts.base import Event
from dossier.demo.words import COMPANIES, FIRST_NAMES, FUNCTIONS, LAST_NAMES
from dossier.ids import derived_id, stream_id
from dossier.store.documents import Draft

CITIES = ("Zürich", "Genève", "Basel", "Bern", "Luzern", "St. Gallen", "Lugano", "Winterthur", "Chur", "Aarau", "Zug")
SHARES = {"company": 0.3, "person": 0.2, "couple": 0.02}
"""Of all addresses; the others are contacts."""
_SYLLABLES = (
    "bar",
    "ten",
    "lo",
    "min",
    "vogt",
    "ess",
    "ra",
    "gen",
    "hol",
    "der",
    "wil",
    "mat",
    "ist",
    "ko",
    "sen",
    "au",
)


def identifier(kind: str, number: int) -> str:
    """The id of an address, by number."""
    return derived_id("bench", "book", kind, str(number))


LARGE = identifier("company", 0)
"""The company with very many contacts."""


class BookOf:
    """A book of so many addresses, `crowd` of them contacts of one company."""

    def __init__(self, size: int, crowd: int) -> None:
        self.crowd = crowd
        self.counts = {kind: int(size * share) for kind, share in SHARES.items()}
        self.counts["contact"] = size - sum(self.counts.values())
        self._choice = random.Random(5)
        self.last_names = [*LAST_NAMES, *(self._invented() for _ in range(2_000))]

    def commits(self) -> Iterator[Draft]:
        """One commit for each address."""
        for kind, count in self.counts.items():
            make = {"company": self._company, "person": self._person, "couple": self._couple}.get(kind, self._contact)
            for number in range(count):
                yield commit(stream_id(kind, identifier(kind, number)), "addresses", make(number))[0]

    def typed(self, number: int) -> str:
        """What somebody types who looks for an address: some letters of one or two words."""
        choice = random.Random(number)
        words = [choice.choice((*COMPANIES, *CITIES)).split()[0], self._last_name(choice), choice.choice(FIRST_NAMES)]
        chosen = choice.sample(words, choice.choice((1, 1, 2)))
        return " ".join(word[: choice.randint(1, len(word))] for word in chosen)

    def newcomer(self, number: int) -> dict[str, object]:
        """An address that somebody enters: a person, a contact of the large company, or a company with its phone."""
        choice = random.Random(number)
        names = {"last_name": self._last_name(choice), "first_name": choice.choice(FIRST_NAMES)}
        phone = f"+4144{choice.randrange(2 * self.counts['company']):07d}"
        return choice.choice(
            [
                {"type": "person", **names},
                {"type": "contact", "company": LARGE, **names},
                {"type": "company", "name": choice.choice(COMPANIES), "channels": [{"kind": "T", "value": phone}]},
            ]
        )

    def address(self, number: int) -> str:
        """An address of any type, the large company now and then."""
        choice = random.Random(number)
        if choice.random() < 0.02:
            return stream_id("company", LARGE)
        kind = choice.choices(list(self.counts), weights=list(self.counts.values()))[0]
        return stream_id(kind, identifier(kind, choice.randrange(self.counts[kind])))

    def _invented(self) -> str:
        return "".join(self._choice.choices(_SYLLABLES, k=self._choice.randint(2, 3))).capitalize()

    def _last_name(self, choice: random.Random) -> str:
        """A few names are frequent and most are rare."""
        return self.last_names[int(len(self.last_names) * choice.random() ** 3)]

    def _names(self) -> dict[str, str]:
        return {"last_name": self._last_name(self._choice), "first_name": self._choice.choice(FIRST_NAMES)}

    def _company(self, number: int) -> list[Event]:
        name = f"{self._choice.choice(COMPANIES)} {self._invented()}"
        phone = f"+4144{number:07d}"
        identity = identifier("channel", number)
        return [
            adr.CompanyRegistered(name=name),
            adr.ChannelAdded(channel_id=identity, kind="T", value=phone, normalised=phone, is_default=True),
            adr.PostalAddressAdded(
                postal_id=identity, kind="visit", city=self._choice.choice(CITIES), country="CH", is_default=True
            ),
        ]

    def _person(self, number: int) -> list[Event]:
        return [adr.PersonRegistered(**self._names())]

    def _couple(self, number: int) -> list[Event]:
        person = identifier("person", self._choice.randrange(self.counts["person"]))
        return [adr.CoupleRegistered(a=adr.Half(person=person), b=adr.Half(**self._names()))]

    def _contact(self, number: int) -> list[Event]:
        company = 0 if number < self.crowd else self._choice.randrange(1, self.counts["company"])
        linked = self._choice.random() < 0.3
        person = identifier("person", self._choice.randrange(self.counts["person"])) if linked else None
        typed = {} if linked else self._names()
        function, department = self._choice.choice(FUNCTIONS)
        mail = f"kontakt{number}@firma{company}.example"
        identity = identifier("mail", number)
        return [
            adr.ContactRegistered(
                company=identifier("company", company),
                person=person,
                function=function,
                department=department,
                **typed,
            ),
            adr.ChannelAdded(channel_id=identity, kind="E", value=mail, normalised=mail, is_default=True),
        ]
