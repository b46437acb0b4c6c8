"""Deleting an address: only what nothing refers to, here or in another service."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from addresses.aggregates import AGGREGATES, Collection
from addresses.domain import address
from addresses.domain.address import Address
from addresses.referrers import Referrers, Told
from dossier.auth.guard import Caller, require
from dossier.commands import Step
from dossier.contracts.base import Event, Id
from dossier.contracts.rules import NotFound
from dossier.deleting import deleting
from dossier.http.after import After
from dossier.http.models import Answer
from dossier.http.problems import Problem, responses
from dossier.http.writing import Write
from dossier.ids import stream_id

router = APIRouter(prefix="/v1/{collection}/{id}", tags=["addresses"])


async def _referrers(request: Request) -> Referrers:
    return request.app.state.referrers


@router.delete("", dependencies=[require("deactivate")], responses=responses(409))
async def delete(
    collection: Collection,
    id: Id,
    write: Write,
    caller: Caller,
    after: After,
    referrers: Annotated[Referrers, Depends(_referrers)],
) -> Answer:
    """Delete the address. If something refers to it, 409 tells what, as far as the caller may see it: deactivate it.

    Its id stays known as that of a deleted address: reading it answers 410, and so does every command.
    """
    aggregate = AGGREGATES[collection]
    stream = stream_id(aggregate.kind, id)
    await after.reached(referrers.view)

    def decide(state: Address) -> list[Event]:
        if state == aggregate.initial():
            raise NotFound(id)
        return list(address.delete(state))

    async def plan() -> list[Step]:
        if found := await referrers.of(stream):
            raise _refused(await referrers.told(stream, found, caller))
        return [(aggregate, stream, decide)]

    (committed,) = await write.change_all(plan, [stream], guards=deleting(stream))
    return write.command.answer(committed)


def _refused(told: Told) -> Problem:
    return Problem(
        409,
        "referred-to",
        "Still referred to",
        "Something refers to this address. Deactivate it, or take the references back first.",
        rule="DEL-03",
        field="id",
        references=[asdict(referrer) for referrer in told.referrers],
        others=told.others,
    )
