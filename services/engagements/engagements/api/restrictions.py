"""Who may see a project or an opportunity, and what is linked to it (RGT-05)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from dossier.auth.guard import require
from dossier.commands import Aggregate
from dossier.contracts.base import Id
from dossier.contracts.common import Principals
from dossier.http.models import Answer
from dossier.http.problems import responses
from dossier.http.writing import Write
from dossier.ids import stream_id
from engagements import access
from engagements.api.models import Restriction
from engagements.api.references import References, people
from engagements.domain import engagement


def restriction_routes(prefix: str, aggregate: Aggregate[Any]) -> APIRouter:
    """The routes of one kind of engagement."""
    router = APIRouter(prefix=f"{prefix}/{{id}}/restriction", tags=["restrictions"], dependencies=[require("write")])

    @router.put("", responses=responses(409))
    async def restrict(id: Id, body: Restriction, write: Write, references: References) -> Answer:
        """Let only these users and groups see it, and what is linked to it."""
        to = Principals(users=body.users, groups=body.groups)
        engagement.restrict(await access.present(write, aggregate, id), to)
        named = people("users", "user", body.users) | people("groups", "group", body.groups)
        await references.check(stream_id(aggregate.kind, id), named)
        return await access.change(write, aggregate, id, lambda state: engagement.restrict(state, to))

    @router.delete("", responses=responses(409))
    async def open_to_all(id: Id, write: Write) -> Answer:
        """Let everybody see it again."""
        return await access.change(write, aggregate, id, engagement.open_to_all)

    return router
