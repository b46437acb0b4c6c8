"""What all address types have in common: active or not, the typed alias, who looks after the address."""

from __future__ import annotations

from addresses.aggregates import AGGREGATES, Collection
from addresses.api.part_models import AccountManager, TypedAlias
from addresses.api.references import References
from addresses.domain import address, alias
from dossier.auth.guard import require
from dossier.contracts.base import Id
from dossier.contracts.rules import NotFound
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Write
from dossier.ids import stream_id

router = Router(prefix="/v1/{collection}/{id}", tags=["addresses"])


@router.post("/deactivate", dependencies=[require("deactivate")], responses=responses(409))
async def deactivate(collection: Collection, id: Id, write: Write) -> Answer:
    """Keep the address readable, but offer it no longer."""
    return await write.change(AGGREGATES[collection], id, address.deactivate)


@router.post("/reactivate", dependencies=[require("deactivate")], responses=responses(409))
async def reactivate(collection: Collection, id: Id, write: Write) -> Answer:
    """Offer the address again."""
    return await write.change(AGGREGATES[collection], id, address.reactivate)


@router.put("/alias", dependencies=[require("write")], responses=responses(409))
async def set_alias(collection: Collection, id: Id, body: TypedAlias, write: Write) -> Answer:
    """Let a typed alias stand instead of the computed one, until it is given up."""
    return await write.change(AGGREGATES[collection], id, lambda state: alias.set_alias(state, body.alias))


@router.delete("/alias", dependencies=[require("write")], responses=responses(409))
async def give_up_alias(collection: Collection, id: Id, write: Write) -> Answer:
    """Let the computed alias stand again."""
    return await write.change(AGGREGATES[collection], id, alias.give_up_alias)


@router.put("/account-manager", dependencies=[require("write")], responses=responses(409))
async def set_account_manager(
    collection: Collection, id: Id, body: AccountManager, write: Write, references: References
) -> Answer:
    """Say which user looks after the address, or that nobody does."""
    aggregate = AGGREGATES[collection]
    if not (await write.store.head(stream_id(aggregate.kind, id))).exists:
        raise NotFound(id)
    if body.user is not None:
        await references.check(stream_id(aggregate.kind, id), {"user": stream_id("user", body.user)})
    return await write.change(aggregate, id, lambda state: address.set_account_manager(state, body.user))
