"""Who and what the demo is about, and the chance that the seed makes: the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

from dossier.demo import words
from dossier.demo.basis import AUTHORS, SHOWN, Chance, Post, Size
from dossier.ids import derived_id

T = TypeVar("T")


@dataclass
class Cast:
    """Ids of what was planned so far, by kind; later calls are about what earlier ones make."""

    seed: int
    today: date
    size: Size = field(default_factory=Size)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.companies: list[str] = []
        self.persons: list[str] = []
        self.posts: list[Post] = []
        self.couples: list[str] = []
        self.projects: list[tuple[str, str]] = []
        self.phases_of: dict[str, list[str]] = {}
        self.invoices_of: dict[str, list[str]] = {}
        self.chances: list[Chance] = []

    @property
    def shown(self) -> str:
        """The company to look at first."""
        return self.id("company", SHOWN)

    def id(self, *parts: object) -> str:
        """An id that is the same for the same seed."""
        return derived_id("demo", str(self.seed), *map(str, parts))

    def day(self, earliest: int, latest: int = 0) -> date:
        """A working day between so many days ago."""
        day = self.today - timedelta(days=self.random.randint(latest, earliest))
        return day - timedelta(days=max(0, day.weekday() - 4))

    def pick(self, choices: Sequence[T]) -> T:
        """One of these."""
        return self.random.choice(choices)

    def login(self) -> str:
        """One of those who write."""
        return self.random.choice(AUTHORS).login

    def name(self) -> dict[str, str]:
        """A human name."""
        return {
            "last_name": self.random.choice(words.LAST_NAMES),
            "first_name": self.random.choice(words.FIRST_NAMES),
        }
