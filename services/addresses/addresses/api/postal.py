"""Own postal addresses of every address type: add, change, remove, make default."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, Query

from addresses.aggregates import AGGREGATES, PERSON, Collection
from addresses.api.models import WarnedAnswer
from addresses.api.postal_models import NewPostalAddress, PostalChange, PostalFacts
from addresses.api.private import needs_private
from addresses.api.warnings import Warn
from addresses.book_settings import book_settings
from addresses.domain import alias, postal
from addresses.domain.address import Address
from addresses.domain.alias import AliasChoice
from addresses.domain.postal import PostalAddress
from dossier.auth.guard import Caller, require
from dossier.auth.principals import Principal
from dossier.contracts.base import Event, Id
from dossier.contracts.rules import NotFound
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routes import adds
from dossier.http.routing import Router
from dossier.http.writing import Store, Write
from dossier.ids import new_id

router = Router(prefix="/v1/{collection}/{id}/postal-addresses", tags=["postal addresses"])
_WRITE = [require("write")]
Moves = Callable[[Address, Sequence[Event]], Sequence[Event]]


async def _moving(
    collection: Collection,
    store: Store,
    choice: Annotated[
        AliasChoice | None,
        Query(
            alias="alias",
            description="Needed if the city is part of the alias and a typed one stands: keep it, or compute it anew",
        ),
    ] = None,
) -> Moves:
    """What becomes of a typed alias, given the settings: the city may be part of a company's alias (ALI-04)."""
    if collection == "companies" and (await book_settings(store)).alias_with_city:
        return lambda state, changes: alias.moving(state, changes, choice)
    return lambda _, changes: changes


Moving = Annotated[Moves, Depends(_moving)]


@router.post("", status_code=201, dependencies=_WRITE, responses=responses(409))
@adds("postal_id")
async def add(
    collection: Collection, id: Id, body: NewPostalAddress, write: Write, caller: Caller, moves: Moving, warn: Warn
) -> WarnedAnswer:
    """Add an own postal address. The first is the default."""
    if body.private:
        needs_private(caller, "kind")
    aggregate = AGGREGATES[collection]
    new = entered(body.id or new_id(), body)

    def decide(state: Address) -> Sequence[Event]:
        return moves(state, postal.add(state.postal_addresses, new, private_allowed=aggregate is PERSON))

    answer = await write.change(aggregate, id, decide, adds=("postal_id", new.id))
    return await warn.placed(answer, answer.part or new.id)


@router.patch("/{postal_address}", dependencies=_WRITE, responses=responses(409))
async def change(
    collection: Collection,
    id: Id,
    postal_address: Id,
    body: PostalChange,
    write: Write,
    caller: Caller,
    moves: Moving,
    warn: Warn,
) -> WarnedAnswer:
    """Let an own postal address read differently, or hold for other days; its kind and what is absent stay."""
    said = _trimmed(body.model_dump(exclude_unset=True))

    def decide(state: Address) -> Sequence[Event]:
        present = _visible(state, postal_address, caller)
        return moves(state, postal.change(state.postal_addresses, replace(present, **said)))

    return await warn.placed(await write.change(AGGREGATES[collection], id, decide), postal_address)


@router.delete("/{postal_address}", dependencies=_WRITE, responses=responses(409))
async def remove(
    collection: Collection, id: Id, postal_address: Id, write: Write, caller: Caller, moves: Moving
) -> Answer:
    """Remove an own postal address; if it was the default, the oldest other one takes over."""

    def decide(state: Address) -> Sequence[Event]:
        return moves(state, postal.remove(state.postal_addresses, _visible(state, postal_address, caller).id))

    return await write.change(AGGREGATES[collection], id, decide)


@router.post("/{postal_address}/make-default", dependencies=_WRITE, responses=responses(409))
async def make_default(
    collection: Collection, id: Id, postal_address: Id, write: Write, caller: Caller, moves: Moving
) -> Answer:
    """Make it the default postal address; the flag moves."""

    def decide(state: Address) -> Sequence[Event]:
        return moves(state, postal.set_default(state.postal_addresses, _visible(state, postal_address, caller).id))

    return await write.change(AGGREGATES[collection], id, decide)


def entered(id: str, body: NewPostalAddress) -> PostalAddress:
    """The postal address of a request."""
    fields = {name: getattr(body, name) for name in PostalFacts.model_fields}
    return PostalAddress(id=id, kind=body.kind, is_default=body.is_default, **_trimmed(fields))


def _trimmed(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}


def _visible(state: Address, postal_id: str, caller: Principal) -> PostalAddress:
    """The postal address; a private one does not exist for callers who may not see private data."""
    address = postal.find(state.postal_addresses, postal_id)
    if address.private and not caller.may("private"):
        raise NotFound(postal_id)
    return address
