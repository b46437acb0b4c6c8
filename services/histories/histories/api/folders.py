"""What lies in a folder: everything, and the activities alone as rows of a page."""

from __future__ import annotations

from fastapi import Response

from dossier.auth.guard import Caller, require
from dossier.contracts.base import Id
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.routing import Router
from histories.api.listed import shown_page
from histories.api.models import FolderPage, HistoryPage
from histories.api.requests import Questions, answer
from histories.views.families import EVERYTHING
from histories.views.wanted import Place

router = Router(prefix="/v1/folders", tags=["folders"])


@router.get("/{id}/activities", dependencies=[require("read")], response_model=HistoryPage, responses=responses(404))
async def activities(id: Id, questions: Questions, caller: Caller, paging: Paging, response: Response) -> Response:
    """The activities in a folder that the reader may see, by age: what was recorded last comes first (FOL-01)."""
    folders = questions.folders(caller.user)
    of = await folders.head(id)
    turn = paging.turn("folder", id)
    place = Place(turn.key[0] if turn.key else None, turn.back)
    found = await folders.activities(id, place, paging.limit + 1)
    window = paging.window(found, lambda entry: (entry["_id"],), turn, "folder", id)
    return answer({**await shown_page(questions, EVERYTHING, window), "of": of}, response)


@router.get("/{id}/entries", dependencies=[require("read")], response_model=FolderPage, responses=responses(404))
async def entries(id: Id, questions: Questions, caller: Caller, paging: Paging, response: Response) -> Response:
    """Everything in a folder that the reader may see, by type and id, each with its name or title (FOL-01)."""
    folders = questions.folders(caller.user)
    of, position = await folders.head(id), paging.position("entries", id)
    found = await folders.entries(id, position[0] if position else "", paging.limit + 1)
    shown = paging.page(found, lambda each: (f"{each['type']}-{each['id']}",), "entries", id)
    return answer({"of": of, "items": shown.items, "next": shown.next}, response)
