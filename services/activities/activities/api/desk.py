"""One request's way to the activities: who calls, under which key, and how the answer looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import tzinfo
from typing import Annotated

from fastapi import Depends, Request

from activities.domain.state import Activity
from activities.handling import Activities, Decide, Order, Prepare
from activities.workers import Workers
from dossier.contracts.rules import RuleViolation
from dossier.http.after import After
from dossier.http.commands import Command
from dossier.http.models import Answer
from dossier.http.replaying import earlier
from dossier.ids import split_stream
from dossier.store import CommitStore, Committed
from dossier.texts import Texts


class Desk:
    """Takes the commands of one request."""

    def __init__(self, request: Request, command: Command) -> None:
        self.activities: Activities = request.app.state.activities
        self.texts: Texts = request.app.state.texts
        self.store: CommitStore = request.app.state.store
        self.workers: Workers = request.app.state.workers
        self.principal = command.principal
        self.expected_commit = command.expected_commit
        self.batch_id = command.batch_id
        self._command = command

    def part(self, place: str, batch_id: str) -> Desk:
        """The desk of one of several commands of the request; see `CommandContext.part`."""
        part = copy(self)
        part._command = self._command.part(place, batch_id)
        return part

    async def check(self, identifier: str, references: Mapping[str, str]) -> None:
        """Check what a command on this activity refers to: field to stream. Raises RuleViolation."""
        await self.activities.check(identifier, references, self.principal)

    async def begin(self, identifier: str, decide: Decide) -> Committed:
        """Begin an activity, or find it begun."""
        order = Order(self.principal, self._command.metadata())
        return await self.activities.change(identifier, order, decide, create=True, withdrawn_too=True)

    def answer(self, committed: Committed, *, created: bool = False) -> Answer:
        """What the command answers."""
        location = f"/v1/activities/{split_stream(committed.stream)[1]}" if created else None
        return self._command.answer(committed, location=location)

    async def change(self, identifier: str, decide: Decide, *, withdrawn_too: bool = False) -> Answer:
        """Change an activity that the caller may see; one that was withdrawn only by a command for such, too."""
        return self.answer(await self.commit(identifier, decide, withdrawn_too=withdrawn_too))

    async def commit(self, identifier: str, decide: Decide, *, withdrawn_too: bool = False) -> Committed:
        """As `change`, for whoever has more to tell of what was committed."""
        return await self.activities.change(identifier, self._order(), decide, withdrawn_too=withdrawn_too)

    async def earlier(self, error: Exception) -> Committed | None:
        """What this command committed before, if it was sent before and the refusal gives way to that."""
        first = await earlier(self.store, self._command, error)
        return first[0] if first else None

    async def change_prepared(self, identifier: str, prepare: Prepare, *, withdrawn_too: bool = False) -> Answer:
        """Change an activity that the caller may see, and others with it; see `change`."""
        return await self.answer_of_all(await self.commit_prepared(identifier, prepare, withdrawn_too=withdrawn_too))

    async def commit_prepared(
        self, identifier: str, prepare: Prepare, *, withdrawn_too: bool = False
    ) -> list[Committed]:
        """As `change_prepared`, for whoever has more to tell: the activity's own commit, and those of the others."""
        return await self.activities.change_prepared(identifier, self._order(), prepare, withdrawn_too=withdrawn_too)

    async def answer_of_all(self, commits: Sequence[Committed]) -> Answer:
        """What a command on an activity and others answers.

        Its `Dossier-After` names those others alone that the caller may see: it is signed, but not sealed.
        """
        committed, *others = commits
        seen = await self.activities.seen((split_stream(each.stream)[1] for each in others), self.principal)
        told = [each for each in others if split_stream(each.stream)[1] in seen]
        return self._command.answer(committed, *told)

    def _order(self) -> Order:
        return Order(self.principal, self._command.metadata(), self._command.expected_commit)

    def person(self, rule: str) -> str:
        """The user who calls. Raises RuleViolation for a service, which has no part in what people agree on."""
        if self.principal.user is None:
            raise RuleViolation(rule, "only people do this")
        return self.principal.user

    async def calendar_of(self, state: Activity) -> tzinfo:
        """Where the days of an activity's calendar are: with its author, or else with the caller (CAL-02)."""
        return await self.activities.zone(state.facts.entered_by or self.principal.user)

    async def see(self, identifier: str) -> Activity:
        """The activity as it stands, before something is prepared for it. Raises NotFound."""
        return (await self.activities.read(identifier, self.principal)).state


async def informed(request: Request, after: After) -> None:
    """Dependency: rights and names follow from what others told, of which the caller may know something newer."""
    await after.reached(request.app.state.world)


Informed = Annotated[None, Depends(informed)]


async def desk(request: Request, command: Command, _informed: Informed) -> Desk:
    """Dependency: the desk of this request. A class as dependency would be made in a thread."""
    return Desk(request, command)


AtDesk = Annotated[Desk, Depends(desk)]
