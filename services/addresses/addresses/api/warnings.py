"""What a command's answer points out without refusing the command."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated, Any, cast

from fastapi import Depends, Request

from addresses.aggregates import ADDRESSES, CONTACT
from addresses.api.duplicates import Finder, likely
from addresses.api.models import ContactAnswer, Notice, WarnedAnswer
from addresses.api.naming import Called, Naming
from addresses.api.shown import Book
from addresses.domain import channels
from addresses.domain.address import Address
from addresses.domain.channels import Channels
from addresses.domain.contact import Contact
from addresses.duplicates import Subject, subject_of, with_values, without_names
from dossier.auth.guard import Caller
from dossier.auth.principals import Principal
from dossier.commands import load
from dossier.contracts.common import AddressType
from dossier.http.after import After
from dossier.http.models import Answer
from dossier.http.writing import Store
from dossier.ids import split_stream, stream_id


class Warner:
    """Looks at an address after a command.

    It reads views, which are a moment behind: a caller who wants to be warned of what it has just written itself sends
    `Dossier-After` and `Prefer: wait`, as for any query. Commands of a batch are not compared with all others: nobody
    looks at their answers.
    """

    def __init__(
        self, store: Store, book: Book, names: Naming, after: After, finder: Finder, caller: Principal, batch: bool
    ) -> None:
        self._store = store
        self._names = names
        self._book = book
        self._after = after
        self._finder = finder
        self._caller = caller
        self._batch = batch

    async def warned(self, answer: Answer, *, named: bool = False, entered: bool = False) -> ContactAnswer:
        """The answer, with a word if this person has another contact in this company at the same time (CON-07).

        `named`: the contact has a new name, so that it may be a duplicate; `entered`: and channels.
        """
        state = (await load(self._store, CONTACT, answer.stream)).state
        warnings = await self._coinciding(answer, state)
        if named or entered:
            subject = subject_of(answer.stream, state)
            warnings += await self._duplicates(with_values(subject, self._seen(state)) if entered else subject)
        return ContactAnswer(**answer.model_dump(), warnings=warnings)

    async def entered(self, answer: Answer) -> WarnedAnswer:
        """The answer, with what the new address may be a duplicate of by its names and channels (DUP-02, DUP-03)."""
        subject, state = await self._looked_at(answer)
        return await self._with_duplicates(answer, with_values(subject, self._seen(state)))

    async def named(self, answer: Answer) -> WarnedAnswer:
        """The answer, with what the address may be a duplicate of by its new name."""
        subject, _ = await self._looked_at(answer)
        return await self._with_duplicates(answer, subject)

    async def reachable(self, answer: Answer, channel: str) -> WarnedAnswer:
        """The answer, with who else is reached by the new channel (DUP-08)."""
        subject, state = await self._looked_at(answer)
        added = [own for own in self._seen(state) if own.id == channel]
        return await self._with_duplicates(answer, with_values(without_names(subject), added))

    def _seen(self, state: Address) -> Channels:
        # Whoever repeats an entry is told nothing of what has become of the address since.
        return state.channels if self._caller.may("private") else channels.without_private(state.channels)

    async def _looked_at(self, answer: Answer) -> tuple[Subject, Any]:
        kind = cast("AddressType", split_stream(answer.stream)[0])
        state = (await load(self._store, ADDRESSES[kind], answer.stream)).state
        return subject_of(answer.stream, state), state

    async def _with_duplicates(self, answer: Answer, subject: Subject) -> WarnedAnswer:
        return WarnedAnswer(**answer.model_dump(), warnings=await self._duplicates(subject))

    async def _coinciding(self, answer: Answer, state: Contact) -> tuple[Notice, ...]:
        if state.person is None:
            return ()
        await self._after.reached(self._book)
        others = await self._book.coinciding(answer.id, state.person, state.company, state.valid_from, state.valid_to)
        detail = "this person has another contact in this company at the same time"
        names = await self._names.of(stream_id("contact", other) for other in others)
        named = {stream[-36:]: name for stream, name in names.items()}
        return (Notice(rule="CON-07", detail=detail, contacts=others, names=named),) if others else ()

    async def _duplicates(self, subject: Subject) -> tuple[Notice, ...]:
        if self._batch:
            return ()
        await self._after.reached(self._finder.view)
        hits = await self._finder.of(subject, private=self._caller.may("private"))
        by_rule = groupby(sorted(await likely(self._finder, hits), key=lambda hit: hit.rule), key=lambda hit: hit.rule)
        return tuple(
            Notice(rule=rule, detail="this address may be there already", addresses=list(found))
            for rule, found in by_rule
        )


async def _warner(
    request: Request, store: Store, book: Book, names: Called, after: After, finder: Finder, caller: Caller
) -> Warner:
    return Warner(store, book, names, after, finder, caller, "dossier-batch" in request.headers)


Warn = Annotated[Warner, Depends(_warner)]
