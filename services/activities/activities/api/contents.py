"""What documents say, for the service that searches it."""

from __future__ import annotations

from fastapi import Request
from pydantic import BaseModel

from activities.documents import Documents
from dossier.auth.guard import require
from dossier.contracts.attachments import Outcome
from dossier.contracts.base import Id
from dossier.contracts.rules import NotFound
from dossier.http.problems import responses
from dossier.http.routing import Router

router = Router(prefix="/v1/contents", tags=["documents"])


class Contents(BaseModel):
    """What a stored file says; whoever may read the feed may read it, whatever activity it belongs to."""

    outcome: Outcome
    text: str
    is_cut: bool


@router.get("/{id}", dependencies=[require("feed")], responses=responses(404))
async def contents(id: Id, request: Request) -> Contents:
    """What a stored file says, by the id of the stream that tells that it was read."""
    documents: Documents = request.app.state.documents
    found = await documents.contents.find(id)
    if found is None:
        raise NotFound(id)
    return Contents(outcome=found["outcome"], text=found["text"], is_cut=found["is_cut"])
