"""Readers who ask, and the decisions that are kept of what they were answered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any

import httpx

from dossier.auth.groups import CONSULTANTS
from dossier.testing.tokens import bearer
from leaks.firm import Firm, canary
from leaks.office import Office
from leaks.rights import Rights

NAMED = re.compile(r"zq[a-p]{16}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
KINDS = ("activity", "project", "phase", "opportunity", "invoice")
PLURAL = {
    "company": "companies", "person": "persons", "contact": "contacts", "couple": "couples", "project": "projects",
    "phase": "phases", "opportunity": "opportunities", "invoice": "invoices",
}  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """A user with the groups the user is in now."""

    user: str
    groups: tuple[str, ...]
    headers: dict[str, str] = field(compare=False)

    @property
    def tokens(self) -> set[str]:
        """What rights name."""
        return {f"user:{self.user}", *(f"group:{group}" for group in self.groups)}


@dataclass
class Probes:
    """What was asked and decided. `leaks` was shown and may not be; `losses` may be seen and was not shown."""

    office: Office
    firm: Firm
    rights: Rights
    random: Random
    requests: int = 0
    decisions: Counter[str] = field(default_factory=Counter[str])
    leaks: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    losses: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])
    tags: dict[str, tuple[str, bytes]] = field(default_factory=dict[str, tuple[str, bytes]])
    """Of each user's calendar feed what was read last: tag and content."""
    _streams: dict[str, str] = field(default_factory=dict[str, str])

    @cached_property
    def everybody(self) -> set[str]:
        """Who sees whatever anybody does."""
        return {f"user:{user}" for user in self.firm.users} | {f"group:{group}" for group in self.firm.groups}

    def reader(self, user: str | None = None, role: str = CONSULTANTS) -> Reader:
        """Somebody, with a token of now. The role tells what one does, never what one sees."""
        user = user or self.random.choice(self.firm.users)
        groups = self.firm.groups_of(user)
        token = self.office.tokens.user(groups=(role, *groups), sub=user)
        return Reader(user, tuple(groups), bearer(token))

    def decide(self, surface: str, reader: Reader, thing: str, *, shown: bool, allowed: bool) -> None:
        """Note one decision."""
        self.decisions[surface] += 1
        if shown and not allowed:
            self.leaks.append((surface, reader.user, thing))
        elif allowed and not shown:
            self.losses.append((surface, reader.user, thing))

    async def ask(
        self, surface: str, reader: Reader, service: str, path: str, *, of_owner: bool | None = None, **how: Any
    ) -> httpx.Response:
        """A request; whatever it answers must name nothing that the reader may not know of.

        `of_owner` says whether owners of what is set aside have a part in the answer.
        """
        self.requests += 1
        answer = await self.office.services[service].http.request(
            how.pop("method", "GET"), path, headers=reader.headers | how.pop("headers", {}), **how
        )
        of_owner = service != "histories" if of_owner is None else of_owner
        self.inspect(surface, reader, answer.text, asked=path, of_owner=of_owner)
        assert answer.status_code < 500, f"{path}: {answer.status_code} {answer.text}"
        return answer

    def inspect(self, surface: str, reader: Reader, text: str, asked: str = "", *, of_owner: bool) -> None:
        """Every id and every word of a title that is said, unless the reader asked with it.

        An owner knows all events of what is set aside elsewhere, and so better than the oracle.
        """
        for word in set(NAMED.findall(text)):
            stream = self._stream(word)
            if stream is None or word in asked or (of_owner and stream in self.rights.parked):
                continue
            by_name = word.startswith("zq")
            may = self.rights.may_be_called if by_name else self.rights.may_be_named
            if not may(stream, reader.tokens):
                self.leaks.append((surface, reader.user, f"{stream} is {'called' if by_name else 'named'} by {asked}"))

    async def listed(
        self,
        surface: str,
        reader: Reader,
        path: str,
        scope: Sequence[str],
        allowed: Callable[[str], bool],
        *,
        most: int = 3,
        id_of: Callable[[dict[str, Any]], str] = lambda row: row["id"],
    ) -> list[dict[str, Any]]:
        """Read a list of histories, up to so many pages, and decide on everything of its scope in that part of it.

        `scope` is in the order of the list. Returns the rows.
        """
        rows: list[dict[str, Any]] = []
        joint, cursor = "&" if "?" in path else "?", ""
        for _ in range(most):
            answer = await self.ask(surface, reader, "histories", f"{path}{joint}limit=200{cursor}")
            assert answer.status_code == 200, f"{path}: {answer.text}"
            found = answer.json()
            rows += found["items"]
            if not found["next"]:
                break
            cursor = f"&cursor={found['next']}"
        shown = [f"activity-{id_of(row)}" for row in rows]
        self.compare(surface, reader, scope if not found["next"] else _until(scope, shown), shown, allowed)
        return rows

    def compare(
        self, surface: str, reader: Reader, scope: Iterable[str], shown: Iterable[str], allowed: Callable[[str], bool]
    ) -> None:
        """Decide on everything in a scope, and on everything that is shown beyond it."""
        told = set(shown)
        for thing in scope:
            self.decide(surface, reader, thing, shown=thing in told, allowed=allowed(thing))
            told.discard(thing)
        for thing in sorted(told):
            self.decide(surface, reader, thing, shown=True, allowed=False)

    def forget(self) -> None:
        """Begin anew with what was found."""
        self.leaks.clear()
        self.losses.clear()

    def report(self) -> str:
        """How many decisions on which surface."""
        lines = [f"{surface:<24}{count:>9,}" for surface, count in sorted(self.decisions.items())]
        total = f"{self.requests:,} requests, {self.decisions.total():,} decisions"
        return "\n".join([*lines, total, f"{len(self.leaks)} leaks, {len(self.losses)} losses"])

    def assert_tight(self) -> None:
        """No leak and no loss."""
        assert not self.leaks, f"{len(self.leaks)} leaks: {self.leaks[:10]}"
        assert not self.losses, f"{len(self.losses)} losses: {self.losses[:10]}"

    def _stream(self, word: str) -> str | None:
        if not self._streams:
            known = [stream for stream in self.rights.known if stream[:-37] in KINDS]
            self._streams = {name: stream for stream in known for name in (stream[-36:], canary(stream))}
        return self._streams.get(word)


def _until(scope: Sequence[str], shown: Sequence[str]) -> Sequence[str]:
    """The part of the scope that was read: up to what was shown last."""
    last = shown[-1]
    return scope[: scope.index(last) + 1] if last in scope else scope
