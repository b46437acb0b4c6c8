"""Deleting an address: only what nothing refers to, here or in another service."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Depends, Request

from addresses.aggregates import AGGREGATES, Collection
from addresses.api.naming import Called, Naming
from addresses.domain import address
from addresses.domain.address import Address
from addresses.referrers import Referrers, Told
from dossier.auth.guard import Caller, require
from dossier.auth.principals import Principal
from dossier.commands import Aggregate, Step
from dossier.contracts.base import Event, Id
from dossier.contracts.rules import NotFound
from dossier.deleting import deleting
from dossier.http.after import After
from dossier.http.models import Answer
from dossier.http.problems import Problem, responses
from dossier.http.routing import Router
from dossier.http.writing import Write, Writer
from dossier.ids import stream_id

router = Router(tags=["addresses"])
_WHAT = "Something refers to this address. Deactivate it, or take the references back first."
_OTHERS = "What refers to this address is nothing that you may see. Deactivate it instead."


async def _referrers(request: Request) -> Referrers:
    return request.app.state.referrers


InUse = Annotated[Referrers, Depends(_referrers)]


def _deleted_from(collection: Collection) -> None:
    """A route for each collection: one for all would take the paths of what is no address."""
    path = f"/v1/{collection}/{{id}}"

    @router.delete(path, dependencies=[require("deactivate")], responses=responses(409))
    async def delete(id: Id, write: Write, caller: Caller, after: After, referrers: InUse, names: Called) -> Answer:
        """Delete the address. If something refers to it, 409 tells what, as far as the caller may see it.

        Its id stays known as that of a deleted address: reading it answers 410, and so does every command.
        """
        await after.reached(referrers.view)
        return await _delete(AGGREGATES[collection], id, write, caller, referrers, names)


for _collection in AGGREGATES:
    _deleted_from(_collection)


async def _delete(
    aggregate: Aggregate[Any], identifier: str, write: Writer, caller: Principal, referrers: Referrers, names: Naming
) -> Answer:
    stream = stream_id(aggregate.kind, identifier)

    def decide(state: Address) -> list[Event]:
        if state == aggregate.initial():
            raise NotFound(identifier)
        return list(address.delete(state))

    async def plan() -> list[Step]:
        if found := await referrers.of(stream):
            raise await _refused(await referrers.told(stream, found, caller), names)
        return [(aggregate, stream, decide)]

    (committed,) = await write.change_all(plan, [stream], guards=deleting(stream))
    return write.command.answer(committed)


async def _refused(told: Told, names: Naming) -> Problem:
    found = await names.of(stream for each in told.referrers for stream in each.streams)
    return Problem(
        409,
        "referred-to",
        "Still referred to",
        _WHAT if told.referrers else _OTHERS,
        rule="DEL-03",
        field="id",
        references=[
            asdict(each) | {"names": {stream[-36:]: found[stream] for stream in each.streams if stream in found}}
            for each in told.referrers
        ],
        others=told.others,
    )
