"""What chance decides in a random world: which events are recorded, when, and of which day."""

from __future__ import annotations

import uuid
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from dossier.clock import rfc3339
from dossier.contracts import Event, RecordedEvent
from dossier.contracts.streams import context_of
from oracle.recording import recorded

BEGINNING = datetime(2024, 1, 8, 8, tzinfo=UTC)
FIRST_DAY = date(2024, 1, 1)
DAYS = 30
CONTEXTS = ("directory", "addresses", "engagements", "activities")


class Chance:
    """Events in the order they were recorded, by services whose clocks may disagree."""

    def __init__(self, seed: int, *, skewed: bool) -> None:
        self.random = Random(seed)
        self.events: list[RecordedEvent] = []
        self.now = BEGINNING
        shifts = (0, 0, -2, 3) if skewed else (0,)
        self.skew = {context: timedelta(seconds=self.random.choice(shifts)) for context in CONTEXTS}
        self.versions: dict[str, int] = defaultdict(int)
        self.last: dict[str, str] = defaultdict(str)

    def new_id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def pick(self, choices: Any) -> Any:
        return self.random.choice(list(choices))

    def maybe(self, share: float = 0.5) -> bool:
        return self.random.random() < share

    def day(self) -> date:
        return FIRST_DAY + timedelta(days=self.random.randrange(DAYS))

    def bounds(self) -> tuple[date | None, date | None]:
        first, last = sorted((self.day(), self.day()))
        return (first if self.maybe() else None), (last if self.maybe() else None)

    def record(self, kind: str, identifier: str, event: Event, actor: str = "service:tests") -> None:
        """Append to the stream; its recorded time never decreases."""
        stream = f"{kind}-{identifier}"
        if self.maybe(0.8):
            self.now += timedelta(seconds=self.random.choice((1, 60, 86_400)))
        context = context_of(stream)
        moment = max(rfc3339(self.now + self.skew[context]), self.last[stream])
        self.last[stream] = moment
        self.versions[stream] += 1
        self.events.append(recorded(stream, self.versions[stream], event, moment, actor))
