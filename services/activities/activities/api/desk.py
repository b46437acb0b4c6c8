"""One request's way to the activities: who calls, under which key, and how the answer looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request

from activities.domain.state import Activity
from activities.handling import Activities, Decide, Order
from activities.texts import Texts
from dossier.http.commands import Command
from dossier.http.models import Answer


class Desk:
    """Takes the commands of one request."""

    def __init__(self, request: Request, command: Command) -> None:
        self.activities: Activities = request.app.state.activities
        self.texts: Texts = request.app.state.texts
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
        order = Order(self.principal, self._command.metadata(), self._command.expected_commit)
        return self._command.answer(await self.activities.change(identifier, order, decide))

    async def see(self, identifier: str) -> Activity:
        """The activity as it stands, before something is prepared for it. Raises NotFound."""
        return (await self.activities.read(identifier, self.principal)).state


async def desk(request: Request, command: Command) -> Desk:
    """Dependency: the desk of this request. A class as dependency would be made in a thread."""
    return Desk(request, command)


AtDesk = Annotated[Desk, Depends(desk)]
