"""What a command's answer points out without refusing the command."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Annotated, Any, cast

from fastapi import Depends, Request

from addresses.aggregates import ADDRESSES, COMPANY, CONTACT
from addresses.api.duplicates import Finder, likely
from addresses.api.models import ContactAnswer, Notice, WarnedAnswer
from addresses.api.naming import Called, Naming
from addresses.api.owned import InCatalogue
from addresses.api.shown import Book
from addresses.catalogue import LINK
from addresses.domain import channels, postal
from addresses.domain.address import Address
from addresses.domain.channels import Channel, Channels
from addresses.domain.contact import Contact
from addresses.domain.links import coincide
from addresses.domain.postal import PostalAddress, PostalAddresses
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
        self,
        store: Store,
        book: Book,
        catalogue: InCatalogue,
        names: Naming,
        after: After,
        finder: Finder,
        caller: Principal,
        batch: bool,
    ) -> None:
        self._store = store
        self._catalogue = catalogue
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
            warnings += (*await self._put_aside(state), *self._given_twice(state)) if entered else ()
            warnings += await self._duplicates(with_values(subject, self._seen(state)) if entered else subject)
        return ContactAnswer(**answer.model_dump(), warnings=warnings)

    async def entered(self, answer: Answer) -> WarnedAnswer:
        """The answer, with what the new address may be a duplicate of by its names and channels (DUP-02, DUP-03)."""
        subject, state = await self._looked_at(answer)
        duplicates = await self._duplicates(with_values(subject, self._seen(state)))
        return _with(answer, self._given_twice(state), duplicates)

    async def named(self, answer: Answer) -> WarnedAnswer:
        """The answer, with what the address may be a duplicate of by its new name."""
        subject, _ = await self._looked_at(answer)
        return _with(answer, await self._duplicates(subject))

    async def reachable(self, answer: Answer, channel: str) -> WarnedAnswer:
        """The answer, with who else is reached by the channel (DUP-08), and whether it is there already (COM-01)."""
        subject, state = await self._looked_at(answer)
        own = [own for own in self._seen(state) if own.id == channel]
        duplicates = await self._duplicates(with_values(without_names(subject), own))
        return _with(answer, self._channel_twice(state, own), duplicates)

    async def placed(self, answer: Answer, postal_id: str) -> WarnedAnswer:
        """The answer, with a word if the postal address is there already (POS-01)."""
        _, state = await self._looked_at(answer)
        return _with(answer, self._place_twice(state, [own for own in self._places(state) if own.id == postal_id]))

    async def linked(self, answer: Answer) -> WarnedAnswer:
        """The answer, with a word if the two addresses are linked so already at the same time (ROL-07)."""
        state = (await load(self._store, LINK, answer.stream)).state
        if state.linked is None:
            return _with(answer)
        await self._after.reached(self._catalogue)
        streams = await self._catalogue.between(state.linked.one.stream, state.linked.other.stream)
        others = [(each, (await load(self._store, LINK, each)).state) for each in streams if each != answer.stream]
        ids, names = await self._named([stream for stream, other in others if coincide(state, other)])
        detail = "the two are linked so already at this time"
        return _with(answer, (Notice(rule="ROL-07", detail=detail, links=ids, names=names),) if ids else ())

    def _seen(self, state: Address) -> Channels:
        # Whoever repeats an entry is told nothing of what has become of the address since.
        return state.channels if self._caller.may("private") else channels.without_private(state.channels)

    async def _looked_at(self, answer: Answer) -> tuple[Subject, Any]:
        kind = cast("AddressType", split_stream(answer.stream)[0])
        state = (await load(self._store, ADDRESSES[kind], answer.stream)).state
        return subject_of(answer.stream, state), state

    def _places(self, state: Address) -> PostalAddresses:
        own = state.postal_addresses
        return own if self._caller.may("private") else postal.without_private(own)

    def _given_twice(self, state: Address) -> tuple[Notice, ...]:
        return self._channel_twice(state, self._seen(state)) + self._place_twice(state, self._places(state))

    def _channel_twice(self, state: Address, looked_at: Iterable[Channel]) -> tuple[Notice, ...]:
        seen = self._seen(state)
        found = {
            other.id: other.label or other.value for own in looked_at for other in channels.given_twice(seen, own.id)
        }
        return _parts("COM-01", "this address has the same channel more than once at the same time", found)

    def _place_twice(self, state: Address, looked_at: Iterable[PostalAddress]) -> tuple[Notice, ...]:
        seen = self._places(state)
        found = {
            other.id: other.label or ", ".join(filter(None, (other.street, other.city)))
            for own in looked_at
            for other in postal.given_twice(seen, own.id)
        }
        return _parts("POS-01", "this address has the same postal address more than once at the same time", found)

    async def _named(self, streams: Sequence[str]) -> tuple[list[str], dict[str, str]]:
        """The ids of these streams, and what they are called."""
        names = await self._names.of(streams)
        return [stream[-36:] for stream in streams], {stream[-36:]: name for stream, name in names.items()}

    async def _coinciding(self, answer: Answer, state: Contact) -> tuple[Notice, ...]:
        if state.person is None:
            return ()
        await self._after.reached(self._book)
        others = await self._book.coinciding(answer.id, state.person, state.company, state.valid_from, state.valid_to)
        detail = "this person has another contact in this company at the same time"
        ids, names = await self._named([stream_id("contact", other) for other in others])
        return (Notice(rule="CON-07", detail=detail, contacts=ids, names=names),) if ids else ()

    async def _put_aside(self, state: Contact) -> tuple[Notice, ...]:
        company = (await load(self._store, COMPANY, stream_id("company", state.company))).state
        return () if company.is_active else (Notice(rule="CON-01", detail="the company of this contact is inactive"),)

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


def _with(answer: Answer, *warnings: tuple[Notice, ...]) -> WarnedAnswer:
    return WarnedAnswer(**answer.model_dump(), warnings=tuple(notice for each in warnings for notice in each))


def _parts(rule: str, detail: str, found: dict[str, str]) -> tuple[Notice, ...]:
    return (Notice(rule=rule, detail=detail, parts=list(found), names=found),) if found else ()


async def _warner(
    request: Request,
    store: Store,
    book: Book,
    catalogue: InCatalogue,
    names: Called,
    after: After,
    finder: Finder,
    caller: Caller,
) -> Warner:
    batch = "dossier-batch" in request.headers
    return Warner(store, book, catalogue, names, after, finder, caller, batch)


Warn = Annotated[Warner, Depends(_warner)]
