"""Keywords of projects and opportunities (KEY-07). Which there are, and for what, the address book says."""

from __future__ import annotations

from typing import Any

from dossier.auth.guard import require
from dossier.commands import Aggregate
from dossier.contracts.base import Id
from dossier.http.after import After
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.routing import Router
from dossier.http.writing import Write
from engagements import access
from engagements.api.references import KnownStreams
from engagements.api.sight import OwnSight, Sight
from engagements.domain import engagement
from engagements.domain.engagement import KeywordGroup
from engagements.views.known import Known


def keyword_routes(prefix: str, aggregate: Aggregate[Any]) -> Router:
    """The routes of one kind of engagement."""
    router = Router(prefix=f"{prefix}/{{id}}/keywords", tags=["keywords"], dependencies=[require("write")])

    @router.put("/{keyword}", responses=responses(409))
    async def assign(id: Id, keyword: Id, write: Write, known: KnownStreams, sight: OwnSight, after: After) -> Answer:
        """Give it a keyword; in an exclusive group it replaces the one that was there.

        Whoever has just made the keyword sends `Dossier-After` and `Prefer: wait`, as for a query.
        """
        await after.reached(known)
        group = await _own_group(keyword, known, sight)
        return await access.change(
            write, aggregate, id, lambda state: engagement.assign_keyword(state, aggregate.kind, keyword, group)
        )

    @router.delete("/{keyword}", responses=responses(409))
    async def unassign(id: Id, keyword: Id, write: Write, sight: OwnSight) -> Answer:
        """Take the keyword away."""
        seen = await sight.of([await access.present(write, aggregate, id)])
        return await access.change(
            write,
            aggregate,
            id,
            lambda state: engagement.unassign_keyword(state, keyword if keyword in seen.keywords(state) else ""),
        )

    return router


async def keyword_filter(keyword: str | None, known: Known, sight: Sight) -> str | None:
    """The keyword, if it is one the caller may see; else one that nothing has."""
    if keyword is None:
        return None
    return keyword if await _own_group(keyword, known, sight) is not None else ""


async def _own_group(keyword: str, known: Known, sight: Sight) -> KeywordGroup | None:
    group = await known.keyword_group(keyword)
    return group if group is not None and sight.owns(group.owner) else None
