"""What a conflict (409) tells of the changes that came in between: what the change log tells, without the values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request

from dossier.auth.guard import caller_of
from dossier.auth.principals import Principal
from dossier.commands import Aggregate, load
from dossier.http.changes import changes_since
from dossier.http.problems import changes
from dossier.ids import split_stream
from dossier.store import ConflictError
from engagements import access
from engagements.aggregates import INVOICE, OPPORTUNITY, PHASE, PROJECT
from engagements.api import invoices
from engagements.api.naming import Naming
from engagements.api.sight import Sight

_ENGAGEMENTS: Mapping[str, Aggregate[Any]] = {aggregate.kind: aggregate for aggregate in (PROJECT, OPPORTUNITY)}
_PARTS: Mapping[str, Aggregate[Any]] = {aggregate.kind: aggregate for aggregate in (PHASE, INVOICE)}


async def conflict_view(request: Request, error: ConflictError) -> list[dict[str, Any]]:
    """As everywhere, but of hidden links (RGT-05) and personal keywords (KEY-06) only who and when.

    Raises NotFound if the engagement, or the project that it follows, was restricted meanwhile.
    """
    caller, store = caller_of(request), request.app.state.store
    if caller is None:
        return await changes(request, error)
    told = await _told(request, error, caller)
    names = await Naming(store, request.app.state.known, caller).users(change["actor"] for change in told)
    named = [{"actor_name": names[each["actor"]]} if each["actor"] in names else {} for each in told]
    return [{**each, **name} for each, name in zip(told, named, strict=True)]


async def _told(request: Request, error: ConflictError, caller: Principal) -> list[dict[str, Any]]:
    store, (kind, id) = request.app.state.store, split_stream(error.stream)
    if (engagement := _ENGAGEMENTS.get(kind)) is not None:
        sight = Sight(store, request.app.state.known, caller)
        return changes_since(engagement, error, await sight.history(engagement, id))
    if (part := _PARTS.get(kind)) is not None:
        await access.visible_part(store, (await load(store, part, error.stream)).state, caller)
    if kind == INVOICE.kind:
        return changes_since(INVOICE, error, await invoices.shown_to(store, id, caller))
    return await changes(request, error)
