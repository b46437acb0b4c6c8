"""One request's way to the activities: who calls, under which key, and how the answer looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request

from activities.domain.state import Activity
from activities.handling import Activities, Decide, Order, Prepare
from activities.texts import Texts
from dossier.contracts.rules import RuleViolation
from dossier.http.commands import Command
from dossier.http.models import Answer
from dossier.store import CommitStore, Committed


class Desk:
    """Takes the commands of one request."""

    def __init__(self, request: Request, command: Command) -> None:
        self.activities: Activities = request.app.state.activities
        self.texts: Texts = request.app.state.texts
        self.store: CommitStore = request.app.state.store
        self.principal = command.principal
        self._command = command

    async def check(self, identifier: str, references: Mapping[str, str]) -> None:
        """Check what a command on this activity refers to: field to stream. Raises RuleViolation."""
        await self.activities.check(identifier, references, self.principal)

    async def record(self, identifier: str, decide: Decide) -> Answer:
        """Begin an activity, or find it begun."""
        order = Order(self.principal, self._command.metadata())
        committed = await self.activities.change(identifier, order, decide, create=True)
        return self._command.answer(committed, location=f"/v1/activities/{identifier}")

    async def change(self, identifier: str, decide: Decide) -> Answer:
        """Change an activity that the caller may see."""
        return self._command.answer(await self.activities.change(identifier, self._order(), decide))

    async def change_prepared(self, identifier: str, prepare: Prepare) -> Answer:
        """Change an activity that the caller may see, and others with it."""
        return self._command.answer(*await self.activities.change_prepared(identifier, self._order(), prepare))

    async def make(self, identifier: str, prepare: Prepare) -> tuple[Answer, list[Committed]]:
        """Change an activity that the caller may see, and make others: the answer about it, and their commits."""
        committed, *others = await self.activities.change_prepared(identifier, self._order(), prepare)
        return self._command.answer(committed, *others), others

    def _order(self) -> Order:
        return Order(self.principal, self._command.metadata(), self._command.expected_commit)

    def person(self, rule: str) -> str:
        """The user who calls. Raises RuleViolation for a service, which has no part in what people agree on."""
        if self.principal.user is None:
            raise RuleViolation(rule, "only people do this")
        return self.principal.user

    async def see(self, identifier: str) -> Activity:
        """The activity as it stands, before something is prepared for it. Raises NotFound."""
        return (await self.activities.read(identifier, self.principal)).state


async def desk(request: Request, command: Command) -> Desk:
    """Dependency: the desk of this request. A class as dependency would be made in a thread."""
    return Desk(request, command)


AtDesk = Annotated[Desk, Depends(desk)]
