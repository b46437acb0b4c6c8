"""What stands at the top of a history."""

from __future__ import annotations

from fastapi import Response

from dossier.auth.guard import require
from dossier.http.models import Window
from dossier.http.paging import Paging
from dossier.http.problems import responses
from dossier.http.routing import Router
from histories.api.listed import shown_page
from histories.api.models import HistoryPage
from histories.api.requests import Questions, Target, answer
from histories.views.families import Family

router = Router(prefix="/v1", tags=["histories"])


@router.get(
    "/{objects}/{id}/pinned", dependencies=[require("read")], response_model=HistoryPage, responses=responses(404)
)
async def pinned(of: Target, questions: Questions, paging: Paging, response: Response) -> Response:
    """The activities that are pinned to an object's history, newest first.

    They are for the top of the page; in the history they are in their place as well, marked. Pinned to a subsidiary is
    not pinned to its parent.
    """
    listed = ("pinned", of)
    position = paging.position(*listed)
    found = await questions.pinned(of, position[0] if position else None, paging.limit + 1)
    page = paging.page(found, lambda entry: (entry["dated"],), *listed)
    window = Window(items=page.items, next=page.next)
    return answer(await shown_page(questions, Family.alone(of), window), response)
