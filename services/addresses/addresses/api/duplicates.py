"""Duplicates: asked for while typing, and dismissed for good. What is told on save is in `warnings`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, cast

from fastapi import Depends, Request

from addresses.aggregates import AGGREGATES, PAIR, Collection
from addresses.api.duplicate_models import Likely, LikelyAddresses, LikelyReason, TypedAddress, TypedChannel
from addresses.channel_values import normalise
from addresses.domain import pairs
from addresses.duplicates import Duplicates, Reasons, Subject, pair_stream
from addresses.views.likeness_folding import COMPARED_KINDS
from dossier.auth.guard import Caller, require
from dossier.commands import Step
from dossier.contracts.base import Id
from dossier.contracts.common import AddressRef, AddressType
from dossier.contracts.rules import RuleViolation
from dossier.http.after import After
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Write, present
from dossier.ids import split_stream, stream_id
from dossier.store import CommitStore

router = Router(tags=["duplicates"])


async def _finder(request: Request) -> Duplicates:
    return request.app.state.duplicates


Finder = Annotated[Duplicates, Depends(_finder)]


@router.post("/v1/duplicates", dependencies=[require("read")])
async def find(body: TypedAddress, finder: Finder, request: Request, after: After, caller: Caller) -> LikelyAddresses:
    """What an address that is being typed may be a duplicate of. It is a query: nothing is written.

    It is sent as a body, so that no name or number is in an address line or a log.
    """
    _require_fitting(body)
    await after.reached(finder.view)
    region: str = request.app.state.settings.region
    hits = await finder.of(_subject(body, region), private=caller.may("private"))
    return LikelyAddresses(items=await likely(finder, hits))


@router.put(
    "/v1/{collection}/{id}/no-duplicates/{other_collection}/{other}",
    dependencies=[require("write")],
    responses=responses(409),
)
async def dismiss(collection: Collection, id: Id, other_collection: Collection, other: Id, write: Write) -> Answer:
    """Remember that the two are not the same; they are not proposed again, whichever of the two is looked at."""
    one, two = await _present(write.store, collection, id), await _present(write.store, other_collection, other)
    stream = pair_stream(one.stream, two.stream)

    async def plan() -> list[Step]:
        return [(PAIR, stream, lambda pair: pairs.dismiss(pair, one, two))]

    (committed,) = await write.change_all(plan, [stream])
    return write.command.answer(committed)


@router.delete(
    "/v1/{collection}/{id}/no-duplicates/{other_collection}/{other}",
    dependencies=[require("write")],
    responses=responses(409),
)
async def reconsider(collection: Collection, id: Id, other_collection: Collection, other: Id, write: Write) -> Answer:
    """Let the two be proposed again."""
    one, two = stream_id(AGGREGATES[collection].kind, id), stream_id(AGGREGATES[other_collection].kind, other)
    return await write.change(PAIR, split_stream(pair_stream(one, two))[1], pairs.reconsider)


async def likely(finder: Duplicates, found: Sequence[Reasons]) -> list[Likely]:
    """The addresses for an answer."""
    labels = await finder.labels([first.document for first, *_ in found])
    return [
        Likely(
            type=cast("AddressType", split_stream(first.stream)[0]),
            id=split_stream(first.stream)[1],
            label=labels[first.stream],
            is_active=first.document["is_active"],
            rule=first.rule,
            field=first.field,
            why=first.why,
            reasons=[LikelyReason(rule=each.rule, field=each.field, why=each.why) for each in (first, *others)],
        )
        for first, *others in found
    ]


async def _present(store: CommitStore, collection: Collection, identifier: str) -> AddressRef:
    aggregate = AGGREGATES[collection]
    await present(store, aggregate, identifier)
    return AddressRef(type=cast("AddressType", aggregate.kind), id=identifier)


_COMPARED: Mapping[AddressType, tuple[str, ...]] = {
    "company": ("name",),
    "person": ("last_name", "first_name"),
    "contact": ("last_name", "first_name", "company", "person"),
    "couple": ("a", "b"),
}
"""What is compared of a type beside its channels."""
_COMMON = ("type", "id", "channels")


def _require_fitting(typed: TypedAddress) -> None:
    """Raise RuleViolation for what the type does not have, or if nothing is said that could be compared."""
    own = _COMPARED[typed.type]
    for field, value in typed:
        if value and field not in (*own, *_COMMON):
            raise RuleViolation("ADR-01", f"a {typed.type} has no {field}, but {', '.join(own)}", field)
    if not typed.channels and typed.model_fields_set.isdisjoint(own):
        raise RuleViolation("DUP-04", f"a {typed.type} is compared by {', '.join(own)} and channels", own[0])


def _subject(typed: TypedAddress, region: str) -> Subject:
    halves = (typed.a.half(), typed.b.half()) if typed.a and typed.b else None
    values = {f"channels.{index}.value": _normalised(each, region) for index, each in enumerate(typed.channels)}
    return Subject(
        type=typed.type,
        id=typed.id,
        last_name=typed.name if typed.type == "company" else typed.last_name,
        first_name="" if typed.type == "company" else typed.first_name,
        company=typed.company,
        person=typed.person,
        halves=halves,
        values={field: value for field, value in values.items() if value},
    )


def _normalised(typed: TypedChannel, region: str) -> str:
    """The comparable form, or nothing for what is not compared, or is not typed to its end."""
    if typed.kind not in COMPARED_KINDS:
        return ""
    try:
        return normalise(typed.kind, typed.value, region)
    except RuleViolation:
        return ""
